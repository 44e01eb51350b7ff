use std::time::{Duration, Instant};

use crate::clock::after;
use crate::policy::Silences;

/// What a sink is told when it is opened, on its worker's thread.
#[derive(Debug, Clone)]
pub struct OpenContext<'a> {
    name: &'a str,
    deadline: Instant,
    silences: Silences,
}

impl<'a> OpenContext<'a> {
    /// For the sink called `name`, which may take this long to open. Its table
    /// of silences is its own and no pipeline's.
    pub fn new(name: &'a str, within: Duration) -> Self {
        Self::until(name, after(Instant::now(), within), Silences::default())
    }

    pub(crate) fn until(name: &'a str, deadline: Instant, silences: Silences) -> Self {
        Self {
            name,
            deadline,
            silences,
        }
    }

    /// The sink's name in the pipeline (`ops` for `[sinks.ops]`).
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// When `open` must have returned; later the worker is left behind.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// This sink's part of the pipeline's silences. A clone may be kept and
    /// filled from any thread, also long after `open` has returned.
    pub fn silences(&self) -> &Silences {
        &self.silences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_may_last_for_ever() {
        let cx = OpenContext::new("ops", Duration::MAX);
        assert!(cx.deadline() > Instant::now() + Duration::from_secs(3600));
    }
}
