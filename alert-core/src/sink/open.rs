use std::time::{Duration, Instant};

use crate::clock::after;

/// What a sink is told when it is opened, on its worker's thread.
#[derive(Debug, Clone)]
pub struct OpenContext<'a> {
    name: &'a str,
    deadline: Instant,
}

impl<'a> OpenContext<'a> {
    /// For the sink called `name`, which may take this long to open.
    pub fn new(name: &'a str, within: Duration) -> Self {
        Self::until(name, after(Instant::now(), within))
    }

    pub(crate) fn until(name: &'a str, deadline: Instant) -> Self {
        Self { name, deadline }
    }

    /// The sink's name in the pipeline (`ops` for `[sinks.ops]`).
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// When `open` must have returned; later the worker is left behind.
    pub fn deadline(&self) -> Instant {
        self.deadline
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
