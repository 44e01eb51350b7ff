//! The ways in: from a file, or from wherever a config is found.

use std::path::Path;

use alert_core::{Pipeline, Plan, Problem, Problems, Registry, SinkEntry};

use crate::config::Config;
use crate::default_pipeline;
use crate::environment::Environment;
use crate::host::Host;
use crate::places::find;

impl Config {
    /// Finds and reads the config: at `given`, else `$ALERT_CONFIG`, else
    /// `$XDG_CONFIG_HOME/alert/alert.toml` (by default under `~/.config`), else
    /// `alert/alert.toml` in one of `$XDG_CONFIG_DIRS` (by default `/etc/xdg`), else
    /// `/etc/alert/alert.toml`. Without any, it is the default pipeline: the file `alerts.log` and
    /// the state database `state.db` (where a sink of type `sqlite-state` is linked) in the data
    /// folder, and what `ALERT_LOG` (the path of the log), `ALERT_WEBHOOK` and `ALERT_DATA_DIR`
    /// say; these are ignored, with a remark, where there is a config.
    ///
    /// # Errors
    /// If the file is there, or was asked for, and cannot be read.
    pub fn open(
        given: Option<&Path>,
        environment: &Environment,
        host: Host,
    ) -> Result<Self, Problems> {
        let mut remarks = Vec::new();
        let mut config = match find(given, environment, &mut remarks) {
            Some(path) => {
                let config = Self::read(&path, environment)?;
                remarks.extend(ignored(environment, &config));
                config
            }
            None => default_pipeline::pipeline(environment, host),
        };
        for remark in remarks {
            config.remark(remark);
        }
        Ok(config)
    }
}

fn ignored(environment: &Environment, config: &Config) -> Option<Problem> {
    let set = default_pipeline::VARIABLES
        .iter()
        .filter(|name| environment.filled(name).is_some());
    let set: Vec<&str> = set.copied().collect();
    let verb = if set.len() == 1 { "is" } else { "are" };
    let text = format!(
        "{} {verb} ignored, since there is a config: `{}`",
        set.join(", "),
        config.name()
    );
    (!set.is_empty()).then(|| Problem::warning(text))
}

/// Starts the pipeline of a config file, whatever mistakes are in it: what can be used runs, the
/// rest is halted, counted and reported.
///
/// On Unix the program reads the file anew on SIGHUP, until the pipeline is closed, as
/// [`Config::reload`] does, with 30 s for a sink that is removed; a file with a mistake leaves
/// the pipeline as it is. Both are told through `tracing`. A handler that the program set before
/// still runs; where the terminal that it was started from is gone, it ends as it would have
/// (Linux).
///
/// The kinds of sinks are those linked into the program, the variables those of its environment.
/// A file that cannot be read gives a pipeline in which every alert is counted as given up. The
/// problems are returned and also told through `tracing`. Blocks on the file system, not on any
/// sink.
pub fn from_config(path: impl AsRef<Path>) -> (Pipeline, Problems) {
    let environment = Environment::real();
    let (pipeline, problems) = leniently(Config::read(&path, &environment));
    watch(&pipeline, Some(path.as_ref()));
    (pipeline, problems)
}

/// Starts the pipeline of the config that is found as [`Config::open`] does, or the default one.
/// Otherwise as [`from_config`].
pub fn from_default_places() -> (Pipeline, Problems) {
    let (pipeline, problems) = leniently(Config::open(None, &Environment::real(), Host::Library));
    watch(&pipeline, None);
    (pipeline, problems)
}

/// Starts the pipeline of a config file that has no mistake. It is reloaded on SIGHUP as that
/// of [`from_config`].
///
/// Warnings are told through `tracing`. Blocks on the file system, not on any sink.
///
/// # Errors
/// If the file cannot be read, or anything in it is an error: then nothing is started.
pub fn from_config_strict(path: impl AsRef<Path>) -> Result<Pipeline, Problems> {
    let config = Config::read(&path, &Environment::real())?;
    let registry = Registry::linked();
    let problems = config.check(&registry);
    if problems.has_errors() {
        return Err(problems);
    }
    let pipeline = config.pipeline(&registry).0.build();
    watch(&pipeline, Some(path.as_ref()));
    Ok(pipeline)
}

/// From here on a hangup signal reloads it, where there is one.
fn watch(pipeline: &Pipeline, path: Option<&Path>) {
    #[cfg(unix)]
    crate::hangup::watch(pipeline, path.map(Path::to_owned));
    #[cfg(not(unix))]
    let _ = (pipeline, path);
}

fn leniently(config: Result<Config, Problems>) -> (Pipeline, Problems) {
    match config {
        Ok(config) => {
            let (builder, problems) = config.pipeline(&Registry::linked());
            (builder.build(), problems)
        }
        Err(problems) => {
            let plan = Plan::broken("config", problems.to_string());
            let entry = SinkEntry::new("config", plan);
            (Pipeline::builder().entry(entry).build(), problems)
        }
    }
}
