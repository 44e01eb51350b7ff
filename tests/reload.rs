//! A service that was started from a config file reads it anew on SIGHUP. One
//! test, since the signal is the whole process's.
#![cfg(unix)]

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use alert::{Alert, Pipeline};
use rustix::process::{Signal, getpid, kill_process};

const LIMIT: Duration = Duration::from_secs(60);

fn hang_up() {
    kill_process(getpid(), Signal::HUP).expect("it may signal itself");
}

fn write(config: &Path, sinks: &[&str]) {
    let table = |name: &&str| {
        let log = config.with_file_name(format!("{name}.log"));
        format!("[sinks.{name}]\ntype = \"file\"\npath = {log:?}\n")
    };
    fs::write(config, sinks.iter().map(table).collect::<String>()).unwrap();
}

/// What the pipeline tells `tracing`.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Told {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn wait_until(told: &Told, pipeline: &Pipeline, holds: impl Fn(&Pipeline) -> bool) {
    let by = Instant::now() + LIMIT;
    while !holds(pipeline) {
        let told = told.text();
        assert!(Instant::now() < by, "{told}\n{:?}", pipeline.stats());
        thread::yield_now();
    }
}

#[test]
fn a_hangup_signal_reloads_the_config_and_a_broken_one_changes_nothing() {
    let told = Told::default();
    let writer = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("alert.toml");
    write(&config, &["stays", "goes"]);
    let (pipeline, problems) = alert::from_config(&config);
    assert!(problems.is_empty(), "{problems}");
    pipeline.emit(Alert::warning("one"));

    fs::write(&config, "[sinks.stays]\ntype = \"fiel\"\n").unwrap();
    hang_up();
    wait_until(&told, &pipeline, |_| told.text().contains("not reloaded"));
    assert!(told.text().contains("fiel"), "{}", told.text());
    assert_eq!(pipeline.stats().sinks.len(), 2);

    write(&config, &["stays", "comes"]);
    hang_up();
    wait_until(&told, &pipeline, |pipeline| {
        let stats = pipeline.stats();
        stats.sink("comes").is_some() && stats.sink("goes").is_none()
    });
    let what = "added comes; removed goes; 1 unchanged";
    wait_until(&told, &pipeline, |_| told.text().contains(what));
    pipeline.emit(Alert::warning("two"));
    assert!(pipeline.close(LIMIT));

    let lines = |name: &str| {
        let log = fs::read_to_string(folder.path().join(format!("{name}.log"))).unwrap();
        (log.matches(" one").count(), log.matches(" two").count())
    };
    assert_eq!(lines("stays"), (1, 1));
    assert_eq!(lines("goes"), (1, 0));
    assert_eq!(lines("comes"), (0, 1));
    let stats = pipeline.stats();
    assert_eq!(stats.retired.delivered(), 1);
    assert_eq!(stats.sink("stays").unwrap().ledger.delivered(), 2);
}
