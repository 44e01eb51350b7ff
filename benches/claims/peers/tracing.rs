use std::path::Path;

use tracing::Dispatch;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use super::{CLEANING, Full, HOST, MESSAGE, MOUNT, Peer, ROOM, TITLE, USED};

/// Formats on the caller's thread and hands the line to a thread that writes it.
pub(crate) struct Tracing {
    subscriber: Dispatch,
    worker: WorkerGuard,
}

impl Tracing {
    pub(crate) fn new(folder: &Path, name: &str, full: Full) -> Self {
        let (writer, worker) = NonBlockingBuilder::default()
            .buffered_lines_limit(ROOM)
            .lossy(full == Full::Drop)
            .finish(tracing_appender::rolling::never(folder, name));
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(writer)
            .finish();
        Self {
            subscriber: Dispatch::new(subscriber),
            worker,
        }
    }
}

impl Peer for Tracing {
    fn emit(&self, n: u64) {
        tracing::dispatcher::with_default(&self.subscriber, || {
            tracing::warn!(
                title = TITLE,
                host = HOST,
                mount = MOUNT,
                used = USED,
                cleaning = CLEANING,
                n,
                "{MESSAGE}"
            );
        });
    }

    fn finish(self: Box<Self>) {
        // It waits for its thread, up to a second.
        drop(self.worker);
    }
}
