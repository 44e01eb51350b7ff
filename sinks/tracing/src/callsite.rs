//! Where events come from, as `tracing` sees it: made at run time, kept until the process ends.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use tracing_core::field::FieldSet;
use tracing_core::metadata::{Kind, LevelFilter};
use tracing_core::subscriber::Interest;
use tracing_core::{Callsite, Level, Metadata, callsite, dispatcher, identify_callsite};

/// One kind of event: a target, a level, the names of its fields.
#[derive(Debug)]
pub(crate) struct Site {
    interest: AtomicU8,
    metadata: OnceLock<Metadata<'static>>,
}

/// No subscriber wants its events, until told otherwise.
const NEVER: u8 = 0;
/// Subscribers want to be asked each time. So it begins, before it is registered.
const SOMETIMES: u8 = 1;
/// Every subscriber wants all of them.
const ALWAYS: u8 = 2;

impl Site {
    /// Makes one that lives as long as the process, since subscribers may keep what they are
    /// shown.
    pub(crate) fn leaked(
        target: &'static str,
        level: Level,
        names: &'static [&'static str],
    ) -> &'static Site {
        let site: &'static Site = Box::leak(Box::new(Site {
            interest: AtomicU8::new(SOMETIMES),
            metadata: OnceLock::new(),
        }));
        // The metadata names its callsite, which holds the metadata: hence in two steps.
        let fields = FieldSet::new(names, identify_callsite!(site));
        site.metadata.get_or_init(|| {
            Metadata::new(
                "alert",
                target,
                level,
                None,
                None,
                None,
                fields,
                Kind::EVENT,
            )
        });
        site
    }

    /// Makes it known to all subscribers, now and later ones. Runs their code.
    pub(crate) fn register(&'static self) {
        callsite::register(self);
    }

    /// Its metadata.
    pub(crate) fn data(&'static self) -> &'static Metadata<'static> {
        self.metadata
            .get()
            .expect("`leaked`, the only maker, has set it")
    }

    /// Whether this thread's subscriber wants an event, asked as `tracing`'s own macros ask.
    pub(crate) fn is_wanted(&'static self) -> bool {
        let data = self.data();
        if *data.level() > LevelFilter::current() {
            return false;
        }
        match self.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => dispatcher::get_default(|subscriber| subscriber.enabled(data)),
        }
    }
}

impl Callsite for Site {
    fn set_interest(&self, interest: Interest) {
        let interest = if interest.is_never() {
            NEVER
        } else if interest.is_always() {
            ALWAYS
        } else {
            SOMETIMES
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata
            .get()
            .expect("`leaked`, the only maker, has set it")
    }
}
