use std::path::Path;

use log::{Level, LevelFilter, Log, Record};
use log4rs::append::file::FileAppender;
use log4rs::config::{Appender, Config, Root};
use log4rs::encode::json::JsonEncoder;

use super::{CLEANING, HOST, MESSAGE, MOUNT, Peer, TITLE, USED};

/// Formats and writes on the caller's thread, one write each: it has no queue.
pub(crate) struct Log4rs(log4rs::Logger);

impl Log4rs {
    pub(crate) fn new(path: &Path) -> Self {
        let file = FileAppender::builder()
            .encoder(Box::new(JsonEncoder::new()))
            .build(path);
        let file = Appender::builder().build("file", Box::new(file.expect("the folder exists")));
        let root = Root::builder().appender("file").build(LevelFilter::Trace);
        let config = Config::builder().appender(file).build(root);
        Self(log4rs::Logger::new(
            config.expect("the root names an appender that exists"),
        ))
    }
}

impl Peer for Log4rs {
    fn emit(&self, n: u64) {
        let fields = [
            ("title", log::kv::Value::from(TITLE)),
            ("host", HOST.into()),
            ("mount", MOUNT.into()),
            ("used", USED.into()),
            ("cleaning", CLEANING.into()),
            ("n", n.into()),
        ];
        self.0.log(
            &Record::builder()
                .level(Level::Warn)
                .target("bench")
                .args(format_args!("{MESSAGE}"))
                .key_values(&fields)
                .build(),
        );
    }

    fn finish(self: Box<Self>) {
        self.0.flush();
    }
}
