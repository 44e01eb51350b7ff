//! This test binary again, as another process.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::*;

const ROLE: &str = "ALERT_STORE_TEST_ROLE";
const PLACE: &str = "ALERT_STORE_TEST_PATH";

/// The command that runs a role on this database; `through` comes before it, such as a tracer.
pub(super) fn command(role: &str, path: &Path, through: &[&OsStr]) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut words = through.iter().copied().chain([this.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .args(["--exact", "database::tests::child::plays_its_role"])
        .args(["--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(PLACE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// A process that plays a role; it is killed when this is dropped.
pub(super) struct Actor {
    pub(super) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Actor {
    pub(super) fn start(command: Command) -> Actor {
        Actor::try_start(command).unwrap()
    }

    /// `None` if there is no such program.
    pub(super) fn try_start(mut command: Command) -> Option<Actor> {
        let mut child = command.spawn().ok()?;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Some(Actor { child, lines })
    }

    /// What it says next, without what the test harness says; `None` if it has ended.
    pub(super) fn hear(&mut self) -> Option<String> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| {
            let at = line.find("says ")?;
            Some(line[at + "says ".len()..].to_owned())
        })
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(mut self) -> Vec<String> {
        let _ = self.child.kill();
        let mut heard = Vec::new();
        while let Some(line) = self.hear() {
            heard.push(line);
        }
        heard
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    // One write: a line is told whole or not at all.
    let _ = out.write_all(format!("\nsays {what}\n").as_bytes());
    let _ = out.flush();
}

/// Returns once whoever started this process closes its standard input or has ended.
fn wait_for_the_end() {
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
}

#[test]
fn plays_its_role() {
    let (Some(role), Some(path)) = (std::env::var_os(ROLE), std::env::var_os(PLACE)) else {
        return;
    };
    let path = Path::new(&path);
    let role = role.to_str().unwrap();
    match role {
        "open" => match try_open(path) {
            Ok(_) => say("opened"),
            Err(trouble) => say(&format!("{trouble:?}")),
        },
        "read" => match Database::open_to_read(path, PATIENCE) {
            Ok(mut database) => say(&format!("read {}", ids(&mut database).len())),
            Err(trouble) => say(&format!("{trouble:?}")),
        },
        "migrate" => {
            drop(migrations::open_by(path, migrations::MADE_UP).unwrap());
            say("opened");
        }
        "hold" => {
            let mut database = open(path);
            let _ = database.write(PATIENCE, |transaction| {
                transaction.execute("INSERT INTO meta (key, value) VALUES ('held', '1')", [])?;
                say("holding");
                wait_for_the_end();
                Ok(())
            });
        }
        #[cfg(unix)]
        "hold the index" => {
            let index = crate::database::place::beside(path, "-shm");
            let mut options = std::fs::OpenOptions::new();
            let index = options.create(true).truncate(true).write(true).open(index);
            let index = index.unwrap();
            rustix::fs::fcntl_lock(&index, rustix::fs::FlockOperation::LockExclusive).unwrap();
            say("holding");
            wait_for_the_end();
        }
        "replace" => {
            let (mut database, aside) =
                Database::open_or_replace(path, Synchronous::Normal, PATIENCE).unwrap();
            say(&format!("opened {}", aside.is_some()));
            while database
                .recover_step(Duration::ZERO, "child")
                .unwrap()
                .is_some_and(|recovery| !recovery.is_done)
            {
                say("stepped");
            }
            say("recovered");
        }
        other => panic!("no role {other}"),
    }
}
