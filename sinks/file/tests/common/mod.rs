//! What the tests of this crate share.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

pub mod files;

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use alert_core::{Alert, Attempt, Batch, Delivered, OpenContext, Sink, SinkConfig, SinkError};
use alert_sink_file::{FileConfig, FileSink};

/// How long an attempt may take in tests that do not wait.
pub const LONG: Duration = Duration::from_secs(30);

/// Where a process of its own finds its log and its name.
pub const PATH: &str = "ALERT_TEST_PATH";
pub const NAME: &str = "ALERT_TEST_NAME";

/// This test program once more, for one of its tests alone.
pub fn again(test: &str, path: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{shell}exec \"$0\" \"$@\""));
    command
        .arg(env::current_exe().unwrap())
        .args([test, "--exact", "--ignored"]);
    command.env(PATH, path).stdout(Stdio::null());
    command
}

/// Says why a test proves nothing here.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

pub fn open_config(config: &FileConfig) -> FileSink {
    let opened = config.open(&OpenContext::new("log", LONG));
    opened.expect("the sink opens")
}

pub fn try_open(path: impl AsRef<Path>) -> Result<FileSink, SinkError> {
    FileConfig::new(path.as_ref()).open(&OpenContext::new("log", LONG))
}

pub fn open(path: impl AsRef<Path>) -> FileSink {
    try_open(path).expect("the sink opens")
}

/// Delivers one alert of this title.
pub fn say(sink: &mut FileSink, title: &str) -> Result<(), SinkError> {
    send(sink, &Alert::warning(title.to_owned()).build(), LONG)
}

/// Delivers one alert.
pub fn send(sink: &mut FileSink, alert: &Alert, within: Duration) -> Result<(), SinkError> {
    sink.deliver(alert, &Attempt::first(within)).map(|_| ())
}

/// Delivers alerts of these titles as one batch.
pub fn say_all(
    sink: &mut FileSink,
    titles: impl IntoIterator<Item = String>,
    within: Duration,
) -> Vec<Result<Delivered, SinkError>> {
    let alerts: Vec<Alert> = titles
        .into_iter()
        .map(|title| Alert::warning(title).build())
        .collect();
    Batch::by_hand(&alerts, within, |batch| sink.deliver_batch(batch))
}

/// The title in a line, if the line is a whole record.
pub fn title(line: &str) -> Option<&str> {
    let (head, id) = line.rsplit_once(" id=")?;
    let title = head.split_once(" WARNING ")?.1;
    (id.len() == 36 && head.as_bytes()[23] == b'Z').then_some(title)
}

/// Every line's title, in order.
#[track_caller]
pub fn titles(path: impl AsRef<Path>) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the log can be read");
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    let title = |line| title(line).unwrap_or_else(|| panic!("not a record: {line:?}"));
    text.lines().map(|line| title(line).to_owned()).collect()
}
