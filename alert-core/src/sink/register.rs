//! The two doors of a kind: a start-up submission and a constant.

use crate::sink::SinkKind;

/// What `register_sink!` submits. Not public API.
#[doc(hidden)]
#[derive(Debug)]
pub struct Submission(pub SinkKind);

inventory::collect!(Submission);

/// Every submitted kind that is linked into this program.
pub(crate) fn submitted() -> impl Iterator<Item = SinkKind> {
    inventory::iter::<Submission>().map(|submission| submission.0)
}

/// Makes kinds of sinks known: each line is a public constant for
/// [`Registry::with`](crate::Registry::with), and is found by
/// [`Registry::linked`](crate::Registry::linked) in every program that mentions
/// the crate (`use pager_sink as _;`).
///
/// The name in [`SinkConfig::KIND`](crate::SinkConfig::KIND) is checked at
/// compile time.
///
/// ```standalone_crate
/// # use alert_core::{Alert, Attempt, Delivered, OpenContext, Sink, SinkConfig, SinkError};
/// # #[derive(Debug, serde::Deserialize)]
/// # struct PagerConfig {}
/// # struct Pager;
/// # impl Sink for Pager {
/// #     fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
/// #         Ok(Delivered::new())
/// #     }
/// # }
/// # impl SinkConfig for PagerConfig {
/// #     const KIND: &'static str = "pager";
/// #     type Sink = Pager;
/// #     fn open(&self, _: &OpenContext<'_>) -> Result<Pager, SinkError> { Ok(Pager) }
/// # }
/// alert_core::register_sink! {
///     /// Sends alerts to a pager.
///     pub PAGER: PagerConfig
/// }
/// # fn main() {
/// assert_eq!(PAGER.docs(), "Sends alerts to a pager.");
/// assert!(alert_core::Registry::linked().get("pager").is_ok());
/// # }
/// ```
#[macro_export]
macro_rules! register_sink {
    ($($(#[doc = $doc:literal])* $vis:vis $name:ident : $config:ty);+ $(;)?) => {$(
        const _: () = ::core::assert!(
            $crate::__private::is_kind_name(<$config as $crate::SinkConfig>::KIND),
            "KIND must be lower-case letters, digits and single hyphens, beginning with a letter",
        );
        $(#[doc = $doc])*
        $vis const $name: $crate::SinkKind = $crate::SinkKind::of::<$config>(
            ::core::concat!($($doc, "\n",)* ""),
            ::core::env!("CARGO_PKG_NAME"),
        );
        $crate::__private::inventory::submit! {
            $crate::__private::Submission($name)
        }
    )+};
}

/// A test that these kinds are linked into this program. A crate that nothing
/// mentions is not linked, silently: this makes it loud.
///
/// ```standalone_crate
/// # #[derive(Debug, serde::Deserialize)]
/// # struct C {}
/// # struct S;
/// # impl alert_core::Sink for S {
/// #     fn deliver(&mut self, _: &alert_core::Alert, _: &alert_core::Attempt<'_>)
/// #         -> Result<alert_core::Delivered, alert_core::SinkError> { unreachable!() }
/// # }
/// # impl alert_core::SinkConfig for C {
/// #     const KIND: &'static str = "pager";
/// #     type Sink = S;
/// #     fn open(&self, _: &alert_core::OpenContext<'_>) -> Result<S, alert_core::SinkError> { Ok(S) }
/// # }
/// # alert_core::register_sink! { pub PAGER: C }
/// alert_core::expect_linked!("pager");
/// ```
#[macro_export]
macro_rules! expect_linked {
    ($($kind:literal),+ $(,)?) => {
        #[test]
        fn every_expected_sink_kind_is_linked() {
            let registry = $crate::Registry::linked();
            let missing: ::std::vec::Vec<::std::string::String> = [$($kind),+]
                .into_iter()
                .filter_map(|kind| registry.get(kind).err())
                .map(|error| ::std::string::ToString::to_string(&error))
                .collect();
            ::std::assert!(missing.is_empty(), "{}", missing.join("\n"));
        }
    };
}
