//! This test binary again, as a process that writes alerts through the sink and says which are
//! stored.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use alert_core::{Alert, Batch, OpenContext, Sink, SinkConfig, SinkError};
use alert_sink_sqlite_state::{StateConfig, StateSink};

const PLACE: &str = "ALERT_FAULT_TEST_PATH";
const BATCHES: &str = "ALERT_FAULT_TEST_BATCHES";
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn open(path: &Path) -> Result<StateSink, SinkError> {
    StateConfig::new(path).open(&OpenContext::new("state", WITHIN))
}

/// Stores one batch of this many alerts; their ids, or the first error.
pub(crate) fn write(sink: &mut StateSink, count: usize) -> Result<Vec<String>, String> {
    let alerts: Vec<Alert> = (0..count)
        .map(|number| {
            Alert::warning("disk full")
                .message("m".repeat(300))
                .dedup_key(format!("disk:{number}"))
                .build()
        })
        .collect();
    let outcomes = Batch::by_hand(&alerts, WITHIN, |batch| sink.deliver_batch(batch));
    for outcome in outcomes {
        let _delivered = outcome.map_err(|error| error.to_string())?;
    }
    let hex = |alert: &Alert| {
        let bytes = alert.id().to_bytes();
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    };
    Ok(alerts.iter().map(hex).collect())
}

/// A process that writes; it is killed when this is dropped.
pub(crate) struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    /// `through` comes before the command, such as a tracer.
    pub(crate) fn start(path: &Path, batches: usize, through: &[&OsStr]) -> Writer {
        let this = std::env::current_exe().unwrap();
        let mut words = through.iter().copied().chain([this.as_os_str()]);
        let mut command = Command::new(words.next().unwrap());
        let mut child = command
            .args(words)
            .args(["--exact", "writer::writes", "--nocapture"])
            .arg("--test-threads=1")
            .env(PLACE, path)
            .env(BATCHES, batches.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Writer { child, lines }
    }

    /// Under `strace`, which does this to its calls on the database's files.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_traced(path: &Path, batches: usize, inject: &str) -> Writer {
        let mut through = vec!["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject];
        let files = ["", "-wal", "-shm", "-journal", ".lock"]
            .map(|ending| format!("{}{ending}", path.display()));
        for file in &files {
            through.extend(["-P", file.as_str()]);
        }
        let through: Vec<&OsStr> = through.iter().map(AsRef::as_ref).collect();
        Writer::start(path, batches, &through)
    }

    /// The ids of the next batch that is stored, or what went wrong; `None` at its end.
    pub(crate) fn hear(&mut self) -> Option<Result<Vec<String>, String>> {
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some(ids) = line.strip_prefix("stored ") {
                return Some(Ok(ids.split(' ').map(str::to_owned).collect()));
            }
            if let Some(trouble) = line.strip_prefix("trouble ") {
                return Some(Err(trouble.to_owned()));
            }
        }
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    // One write: a line is told whole or not at all.
    let _ = out.write_all(format!("\n{what}\n").as_bytes());
    let _ = out.flush();
}

#[test]
fn writes() {
    let Some(path) = std::env::var_os(PLACE) else {
        return;
    };
    let path = Path::new(&path);
    let batches: usize = std::env::var(BATCHES).unwrap().parse().unwrap();
    let mut sink = None;
    for _ in 0..batches {
        // As a lane does it: a sink that fails is opened anew.
        let mut open_one = match sink.take().map_or_else(|| open(path), Ok) {
            Ok(sink) => sink,
            Err(error) => {
                say(&format!("trouble {error}"));
                continue;
            }
        };
        match write(&mut open_one, 3) {
            Ok(ids) => {
                say(&format!("stored {}", ids.join(" ")));
                sink = Some(open_one);
            }
            Err(error) => say(&format!("trouble {error}")),
        }
    }
}
