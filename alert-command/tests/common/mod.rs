//! The real command in a home of its own.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No command may take longer, whatever is in its way.
const LONGEST: Duration = Duration::from_secs(60);

/// A fresh home folder.
pub(crate) struct Home(TempDir);

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Home {
    pub(crate) fn new() -> Self {
        Home(TempDir::new().expect("the tests have a folder for temporary files"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::write(&path, text).expect("a home can be written to");
        path
    }

    /// The command with nothing else in its environment.
    pub(crate) fn command(&self) -> Command {
        self.with(env!("CARGO_BIN_EXE_alert"))
    }

    /// The command with the addresses set that samples take from variables.
    pub(crate) fn with_addresses(&self) -> Command {
        let mut command = self.command();
        command
            .env("ALERT_DISCORD_URL", "https://discord.com/api/webhooks/1/t")
            .env("ALERT_WEBHOOK_URL", "https://hooks.example.org/alerts");
        command
    }

    /// A shell that knows the command as `$0`, for what only a shell can set up.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = self.with("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_alert")]);
        command
    }

    /// Another program with nothing else in its environment.
    pub(crate) fn with(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .current_dir(self.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        let mut command = self.command();
        run(command.args(arguments))
    }

    /// Runs it with this standard input.
    pub(crate) fn fed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().expect("the command can be started");
        let mut stdin = child.stdin.take().expect("it was asked for");
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).expect("all of it is read"));
            finish(child, began)
        })
    }

    /// Where the default pipeline writes.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.at(".local/share/alert/alerts.log")
    }

    /// The lines of the default pipeline's log; none if there is no log.
    pub(crate) fn log(&self) -> Vec<String> {
        lines(&self.log_path())
    }
}

/// The lines of a file; none if there is no file.
pub(crate) fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let began = Instant::now();
    finish(command.spawn().expect("the command can be started"), began)
}

fn finish(child: Child, began: Instant) -> Ran {
    let output = child.wait_with_output().expect("it can be waited for");
    let took = began.elapsed();
    assert!(took < LONGEST, "it took {took:?}");
    let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
    Ran {
        code: output.status.code().expect("no signal ended it"),
        out: text(output.stdout),
        err: text(output.stderr),
        took,
    }
}

impl Ran {
    /// What `--json` wrote: one line.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended well and had nothing to say.
    pub(crate) fn is_quiet(&self) -> bool {
        self.code == 0 && self.out.is_empty() && self.err.is_empty()
    }
}

/// Compares with a text that is kept beside the tests. With `UPDATE_GOLDEN` set it is written.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("the tests' folder can be written to");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} differs, it is now:\n{text}");
}
