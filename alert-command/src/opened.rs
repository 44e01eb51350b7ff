//! From a config to a running pipeline, whatever is wrong with it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use alert::config::{Config, Environment, Host, data_folder};
use alert::{
    Alert, LaneState, Pipeline, PipelineBuilder, Problem, Problems, Registry, SinkEntry, SinkStats,
};

use crate::account::{Ending, settle};

/// A pipeline of all that can be used, and what is wrong with the rest.
#[derive(Debug)]
pub(crate) struct Opened {
    /// `None`: there is not even a config that could be read.
    pipeline: Option<Pipeline>,
    pub(crate) problems: Problems,
    /// Whether there is a sink that could be opened, as far as the config tells.
    pub(crate) usable: bool,
    /// What each sink writes to, where that is known.
    places: BTreeMap<String, String>,
}

/// The config at `path`, or the one that is found.
pub(crate) fn find(path: Option<&Path>, environment: &Environment) -> Result<Config, Problems> {
    guarded(|| Config::open(path, environment, Host::Command))
}

impl Opened {
    /// Opens what can be used of a config, and of that what `wanted` leaves in, for a process that
    /// ends after `within`: what hangs is left a moment before, to say what it waited for and to
    /// give its fallback some time.
    pub(crate) fn of(
        found: Result<Config, Problems>,
        within: Duration,
        wanted: impl FnOnce(PipelineBuilder) -> PipelineBuilder,
    ) -> Self {
        let opened = found.and_then(|config| {
            guarded(|| {
                let (builder, problems) = config.pipeline(&Registry::linked());
                let builder = wanted(builder).attempts_within(within / 10 * 7);
                let places = builder.entries().iter().filter_map(place).collect();
                Ok((builder.build(), problems, places))
            })
        });
        match opened {
            Ok((pipeline, problems, places)) => Self {
                usable: is_usable(&pipeline),
                pipeline: Some(pipeline),
                problems,
                places,
            },
            Err(problems) => Self {
                pipeline: None,
                problems,
                usable: false,
                places: BTreeMap::new(),
            },
        }
    }

    /// Gives the alert to every sink and closes; returns after at most `within` and a moment.
    pub(crate) fn settle(&self, alert: Alert, within: Duration) -> Vec<Ending> {
        let endings = self
            .pipeline
            .as_ref()
            .map(|pipeline| settle(pipeline, alert, within));
        let mut endings = endings.unwrap_or_default();
        for ending in &mut endings {
            ending.place = self.places.get(&ending.sink).cloned();
        }
        endings
    }
}

/// The sink's name and the first thing that it claims for itself: the file it writes to.
fn place(entry: &SinkEntry) -> Option<(String, String)> {
    let (_, claims) = entry.plan().check();
    let claim = claims.first()?;
    Some((entry.name().to_owned(), claim.id().to_owned()))
}

fn is_usable(pipeline: &Pipeline) -> bool {
    let sinks = pipeline.stats().sinks;
    let halted = |sink: &SinkStats| matches!(sink.state, LaneState::Halted(_));
    !sinks.iter().all(halted)
}

/// A sink's own `Deserialize` or check may panic; that is a mistake like another.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Problems>) -> Result<T, Problems> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        // A payload may panic again while it is dropped.
        std::mem::forget(payload);
        let help = "set RUST_BACKTRACE=1 to see where";
        Err(Problem::error("a sink's config panicked, or this command")
            .help(help)
            .into())
    })
}

/// The name of the one sink of [`log_alone`].
pub(crate) const LAST_LOG: &str = "default-log";

/// Nothing but the default log, for alerts that no sink of the config can take. `None` if there is
/// no place for it.
pub(crate) fn log_alone(environment: &Environment, within: Duration) -> Option<Opened> {
    let path = log_path(environment)?;
    // A string of JSON is one of TOML, but for a character that TOML wants escaped.
    let path = serde_json::to_string(&path)
        .ok()?
        .replace('\u{7f}', "\\u007f")
        .replace("${", "$${");
    let text = format!("[sinks.{LAST_LOG}]\ntype = \"file\"\npath = {path}\n");
    let config = Config::parse(&text, "the default log", environment);
    Some(Opened::of(Ok(config), within, |all| all))
}

/// Where the default pipeline's log is.
fn log_path(environment: &Environment) -> Option<String> {
    let named = environment.get("ALERT_LOG").filter(|path| !path.is_empty());
    match named.and_then(|path| path.to_str()) {
        Some(path) => Some(path.to_owned()),
        None => {
            let path = data_folder(environment).ok()?.join("alerts.log");
            path.to_str().map(str::to_owned)
        }
    }
}
