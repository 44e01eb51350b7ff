//! A config for a pipeline that runs already.

use std::time::Duration;

use alert_core::{Emitter, Problem, Problems, Registry, Reloaded};

use crate::config::Config;

impl Config {
    /// Brings a running pipeline to what this config says, as [`Emitter::reload`] does: a sink
    /// whose table did not change keeps its lane and its queue, one that is there no more
    /// delivers what it holds for at most `within`. Returns what changed, with the warnings.
    ///
    /// Blocks on the file system (the files that `${file:…}` names), not on any sink.
    ///
    /// # Errors
    /// If anything in the config is a mistake, or the pipeline is closed: then all stays as it
    /// was.
    pub fn reload(
        &self,
        registry: &Registry,
        emitter: &Emitter,
        within: Duration,
    ) -> Result<(Reloaded, Problems), Problems> {
        let found = self.check(registry);
        if found.has_errors() {
            return Err(found);
        }
        let (builder, _) = self.pipeline_with(registry, &emitter.redaction());
        match emitter.reload(builder, within) {
            Ok(reloaded) => Ok((reloaded, found)),
            Err(error) => Err(Problem::error(error.to_string()).into()),
        }
    }
}
