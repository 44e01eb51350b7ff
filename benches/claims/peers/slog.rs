use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use slog::{Drain, Logger, o, warn};
use slog_async::{Async, AsyncGuard, OverflowStrategy};
use slog_json::Json;

use super::{CLEANING, Full, HOST, MESSAGE, MOUNT, Peer, ROOM, TITLE, USED};

/// Hands the record to a thread that formats it into a buffer of 64 KiB.
pub(crate) struct Slog {
    logger: Logger,
    worker: AsyncGuard,
}

impl Slog {
    pub(crate) fn new(path: &Path, full: Full) -> Self {
        let file =
            BufWriter::with_capacity(64 << 10, File::create(path).expect("the folder exists"));
        let (drain, worker) = Async::new(Json::default(file).fuse())
            .chan_size(ROOM)
            .overflow_strategy(match full {
                Full::Drop => OverflowStrategy::Drop,
                Full::Wait => OverflowStrategy::Block,
            })
            .build_with_guard();
        Self {
            logger: Logger::root(drain.fuse(), o!()),
            worker,
        }
    }
}

impl Peer for Slog {
    fn emit(&self, n: u64) {
        warn!(self.logger, "{}", MESSAGE; "title" => TITLE, "host" => HOST, "mount" => MOUNT, "used" => USED,
            "cleaning" => CLEANING, "n" => n);
    }

    fn finish(self: Box<Self>) {
        let Self { logger, worker } = *self;
        // The guard waits for its thread, which ends, and flushes, once the last logger is gone.
        drop(logger);
        drop(worker);
    }
}
