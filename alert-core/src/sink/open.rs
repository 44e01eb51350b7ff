use std::time::{Duration, Instant};

/// What a sink is told when it is opened, on its worker's thread.
#[derive(Debug, Clone)]
pub struct OpenContext<'a> {
    name: &'a str,
    deadline: Instant,
}

impl<'a> OpenContext<'a> {
    /// For the sink called `name`, which may take this long to open.
    pub fn new(name: &'a str, within: Duration) -> Self {
        let now = Instant::now();
        Self {
            name,
            deadline: now.checked_add(within).unwrap_or(now),
        }
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
