//! A silence that the command makes, in a program that runs meanwhile.

mod common;

use std::time::{Duration, Instant};

use alert::{Alert, Pipeline};
use common::Home;

/// Whether each of these sinks gets an alert now.
fn get(pipeline: &Pipeline, sinks: [&str; 2]) -> [bool; 2] {
    let receipt = pipeline.emit_tracked(Alert::warning("disk filling").build());
    let outcomes = receipt.wait(Duration::from_secs(10));
    sinks.map(|sink| {
        let answer = outcomes.iter().find(|answer| answer.sink() == sink);
        let outcome = answer.and_then(|answer| answer.outcome());
        outcome
            .expect("it is known what became of it")
            .is_delivered()
    })
}

/// How long it takes until what tells people does so, or does not.
fn until(pipeline: &Pipeline, loud: bool) -> Duration {
    let since = Instant::now();
    loop {
        let [record, told] = get(pipeline, ["log", "loud"]);
        assert!(record, "what keeps a record has every alert");
        if told == loud {
            return since.elapsed();
        }
        assert!(since.elapsed() < Duration::from_secs(30), "never heeded");
    }
}

#[test]
fn a_program_that_runs_heeds_a_silence_and_its_end_within_a_second() {
    let home = Home::new();
    let path = |name: &str| serde_json::to_string(&home.at(name)).unwrap();
    let config = format!(
        "[sinks.log]
type = \"file\"
path = {}

[sinks.loud]
type = \"file\"
path = {}
when = {{ silenced = false }}

[sinks.state]
type = \"sqlite-state\"
path = {}
",
        path("a.log"),
        path("loud.log"),
        path("a.db")
    );
    let config = home.write("alert.toml", config);
    let (pipeline, problems) = alert::from_config(&config);
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(get(&pipeline, ["log", "loud"]), [true, true]);

    let command = |arguments: &[&str]| {
        let ran = home.run([arguments, &["--config", "alert.toml", "-q"]].concat());
        assert!(ran.is_quiet(), "{ran:?}");
    };
    // A second, and what a machine with other work to do may add.
    let soon = Duration::from_secs(2);
    command(&[
        "silence",
        "severity=warning",
        "--for",
        "1h",
        "--note",
        "deploy",
    ]);
    let took = until(&pipeline, false);
    assert!(took < soon, "{took:?}");
    command(&["unsilence", "1"]);
    let took = until(&pipeline, true);
    assert!(took < soon, "{took:?}");
}
