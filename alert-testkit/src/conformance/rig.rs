use alert_core::{Alert, AlertBuilder, SinkConfig};

use crate::Skip;

/// The world of one sink, for [`conformance!`](crate::conformance!): a
/// destination that can be looked at, and how the sink is configured for it.
///
/// A rig is made, used and dropped on one thread; the sink runs on another, as
/// in a pipeline. The crate's page has an example.
pub trait Rig: Sized {
    /// The configuration under test.
    type Config: SinkConfig;

    /// The sink's documentation, with a sample of its configuration:
    /// `include_str!("../README.md")`. Every TOML block in it is read that has
    /// a sink of this type.
    const README: &'static str;

    /// Makes an empty destination of its own, which is gone when the rig is
    /// dropped: a temporary folder, a server on a free loopback port.
    fn fresh() -> Self;

    /// The configuration of a sink for this destination.
    fn config(&self) -> Self::Config;

    /// What the destination holds: one text for each alert, in the order of
    /// their arrival, which contains the alert's title if that is plain.
    ///
    /// Read it as strictly as its readers do, and panic at what is no record.
    fn read_back(&self) -> Vec<String>;

    /// An alert that the sink takes. Override it for a sink that wants more
    /// than a title, a dedup key say.
    fn alert(&self, title: String) -> AlertBuilder {
        Alert::warning(title)
    }

    /// Texts in the configuration that must never show.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// How the destination can fail.
    ///
    /// # Errors
    /// Why it cannot be made to, which is the default.
    fn outage(&self) -> Result<impl Outage, Skip> {
        Err::<NoOutage, _>(Skip::because("the rig has no `outage`"))
    }

    /// How the destination can fall silent: it takes what is sent and never
    /// answers.
    ///
    /// # Errors
    /// Why it cannot be made to, which is the default.
    fn silence(&self) -> Result<impl Outage, Skip> {
        Err::<NoOutage, _>(Skip::because("the rig has no `silence`"))
    }

    /// Whether the destination keeps the order in which alerts arrive.
    ///
    /// # Errors
    /// Why it has none.
    fn keeps_order(&self) -> Result<(), Skip> {
        Ok(())
    }

    /// Whether the sink knows an alert again by its id, so that one that is
    /// sent twice is there once.
    ///
    /// # Errors
    /// Why it does not, which is the default.
    fn knows_ids(&self) -> Result<(), Skip> {
        Err(Skip::because("the sink does not claim to know an id again"))
    }
}

/// A time in which a destination does not work. It begins when this is made.
pub trait Outage {
    /// Ends it: from now on the destination works as before.
    fn end(self);
}

/// The outage of a destination that cannot have one; there is none of these.
///
/// ```
/// use alert_testkit::{NoOutage, Outage, Skip};
///
/// fn silence() -> Result<impl Outage, Skip> {
///     Err::<NoOutage, _>(Skip::because("a folder always answers"))
/// }
/// # assert!(silence().is_err());
/// ```
#[derive(Debug, Clone, Copy)]
pub enum NoOutage {}

impl Outage for NoOutage {
    fn end(self) {}
}
