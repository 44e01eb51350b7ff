//! The shortest whole program: a pipeline in code, one alert, its outcome.
//!
//! Run it with `cargo run --example quickstart`.

use std::io::Write;
use std::time::Duration;

use alert::sinks::file::FileConfig;

fn main() {
    let log = std::env::temp_dir().join("alert-quickstart.log");
    let pipeline = alert::Pipeline::builder()
        .sink("log", FileConfig::new(&log))
        .build();
    // Keep the guard: when it goes, what is pending is delivered first.
    let guard = alert::install(pipeline);

    // Anywhere in the program, from any thread. It never waits and never fails.
    alert::warning("Harness below target")
        .message("harness at 82 percent, target is 85")
        .context("count", 5)
        .emit();

    // Where the outcome matters, track it.
    if let Some(receipt) = alert::critical("Disk is full")
        .context("free_bytes", 0)
        .emit_tracked()
    {
        let outcomes = receipt.wait(Duration::from_secs(5));
        for answer in outcomes.iter() {
            let (sink, outcome) = (answer.sink(), answer.outcome());
            let outcome = outcome.map_or("not yet known".to_owned(), ToString::to_string);
            let _ = writeln!(std::io::stdout(), "{sink}: {outcome}");
        }
    }
    drop(guard);
    let _ = writeln!(std::io::stdout(), "see {}", log.display());
}
