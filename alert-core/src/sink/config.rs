use std::any::Any;
use std::fmt::Debug;

use serde::de::DeserializeOwned;

use crate::alert::Alert;
use crate::config::Findings;
use crate::observe::Observer;
use crate::policy::Silence;
use crate::sink::{Attempt, Limits, OpenContext, Preview, Sink, SinkError};

/// The configuration of a kind of sink: how it reads, and how it opens.
///
/// Derive `Debug`, `serde::Deserialize` (with `deny_unknown_fields`) and
/// `schemars::JsonSchema`; the field docs become the reference and the editor's
/// help. Keep secrets in [`crate::Secret`], durations and sizes in
/// [`crate::ConfigDuration`] and [`crate::Size`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sink's config",
    label = "this type does not implement `SinkConfig`",
    note = "implement `SinkConfig` for it: a `KIND`, a `Sink` type and `open`; and derive `Debug` and `serde::Deserialize`"
)]
pub trait SinkConfig: DeserializeOwned + Debug + Send + Sync + 'static {
    /// The word after `type =`: lower-case letters, digits and single hyphens,
    /// beginning with a letter.
    const KIND: &'static str;

    /// The sink that it opens.
    type Sink: Sink;

    /// Opens the sink, on the worker's thread; again after a panic or an
    /// `unusable` error. May block until the context's deadline.
    ///
    /// # Errors
    /// Any error is taken as `unusable`: the sink is opened anew after 1 s,
    /// growing to 1 h, or not before the configuration changes
    /// ([`SinkError::until_changed`]).
    fn open(&self, cx: &OpenContext<'_>) -> Result<Self::Sink, SinkError>;

    /// What the destination can take.
    fn limits(&self) -> Limits {
        Limits::none()
    }

    /// Finds mistakes that one field alone does not show, and claims what two
    /// sinks must not share (a file).
    fn check(&self, found: &mut Findings) {
        let _ = found;
    }

    /// What it would send for this alert, without opening or asking anything.
    /// `None`, the default, where there is nothing to show. The alert is already
    /// cut to [`SinkConfig::limits`].
    fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview> {
        let _ = (alert, attempt);
        None
    }

    /// The JSON Schema of the config: [`crate::schema_of`] over a derived
    /// `JsonSchema`. Without it, only the parser knows the keys.
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object" })
    }

    /// Whether it keeps a record rather than telling people: silences do not
    /// stop it, unless its `when` says `silenced = false`. Default: no.
    fn keeps_record(&self) -> bool {
        false
    }

    /// The silences that this sink's part of the pipeline's table begins with,
    /// so that also the first alerts find them and those of a program that ends
    /// before the sink is open. Asked on the thread that builds or reloads the
    /// pipeline, which it keeps waiting: some milliseconds at most. Later
    /// ones come from the sink itself ([`OpenContext::silences`]).
    fn silences(&self) -> Vec<Silence> {
        Vec::new()
    }

    /// Something that wants to hear of every outcome; runs on the reporter's
    /// thread.
    fn observer(&self) -> Option<Box<dyn Observer>> {
        None
    }
}

/// A [`SinkConfig`] behind a pointer.
pub(crate) trait AnyConfig: Debug + Send + Sync + Any {
    fn open(&self, cx: &OpenContext<'_>) -> Result<Box<dyn Sink>, SinkError>;
    fn limits(&self) -> Limits;
    fn check(&self, found: &mut Findings);
    fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview>;
    fn keeps_record(&self) -> bool;
    fn silences(&self) -> Vec<Silence>;
    fn observer(&self) -> Option<Box<dyn Observer>>;
}

impl<C: SinkConfig> AnyConfig for C {
    fn open(&self, cx: &OpenContext<'_>) -> Result<Box<dyn Sink>, SinkError> {
        SinkConfig::open(self, cx).map(|sink| Box::new(sink) as Box<dyn Sink>)
    }

    fn limits(&self) -> Limits {
        SinkConfig::limits(self)
    }

    fn check(&self, found: &mut Findings) {
        SinkConfig::check(self, found);
    }

    fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview> {
        SinkConfig::preview(self, alert, attempt)
    }

    fn keeps_record(&self) -> bool {
        SinkConfig::keeps_record(self)
    }

    fn silences(&self) -> Vec<Silence> {
        SinkConfig::silences(self)
    }

    fn observer(&self) -> Option<Box<dyn Observer>> {
        SinkConfig::observer(self)
    }
}
