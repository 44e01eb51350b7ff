//! Naming the kinds of sinks by hand, for programs in which nothing may run
//! before `main` (own linkers, plug-ins, wasm): no magic, the same sinks.
//!
//! Run it with `cargo run --example explicit_registry`.

use std::io::Write;

use alert::Registry;
use alert::config::{Colour, Config, Environment, render};

fn main() {
    let registry = Registry::empty().with(alert::sinks::file::SINK);
    let log = std::env::temp_dir().join("alert-explicit-registry.log");
    let text = format!(
        "[sinks.log]\ntype = \"file\"\npath = {:?}\n",
        log.display().to_string()
    );

    let config = Config::parse(&text, "in code", &Environment::empty());
    let problems = config.check(&registry);
    if problems.has_errors() {
        let _ = write!(std::io::stderr(), "{}", render(&problems, Colour::Never));
        return;
    }
    let (builder, _) = config.pipeline(&registry);
    let pipeline = builder.build();
    pipeline.emit(alert::info("Started").context("kinds", registry.kinds().count()));
    // Dropping the pipeline delivers what is pending.
    drop(pipeline);
    let _ = writeln!(std::io::stdout(), "see {}", log.display());
}
