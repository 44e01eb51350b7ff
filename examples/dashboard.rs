//! What a dashboard shows: the state database, read by a program of its own while others write it.
//!
//! Run it with `cargo run --example dashboard`; it takes the path of a database, by default that of
//! the default pipeline.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use alert::config::{Environment, data_folder};
use alert::sinks::sqlite_state::{HistoryQuery, StateReader};
use alert::{Timestamp, terminal};

fn main() -> Result<(), Box<dyn Error>> {
    let path = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => data_folder(&Environment::real())?.join("state.db"),
    };
    // It only reads, so it holds nobody up; each call sees one state of the database.
    let reader = match StateReader::open(path) {
        Ok(reader) => reader,
        // Nothing was stored yet: that is no failure.
        Err(error) if error.is_absent() => return Ok(writeln!(std::io::stdout(), "{error}")?),
        Err(error) => return Err(error.into()),
    };
    let status = reader.status(Timestamp::now())?;
    let mut page = std::io::stdout();
    writeln!(page, "{} alerts in the last day", status.last_day.total())?;
    for incident in &status.open {
        let (severity, count) = (incident.severity, incident.count);
        let cared = incident.acked_by.as_deref().unwrap_or("nobody");
        let (title, cared) = (terminal(&incident.title), terminal(cared));
        writeln!(
            page,
            "open: {severity} {title} (raised {count} times, {cared} cares)"
        )?;
    }
    for alert in reader.history(&HistoryQuery::new().recent(5))? {
        writeln!(
            page,
            "#{} {} {}",
            alert.number,
            alert.time,
            terminal(&alert.title)
        )?;
    }
    // Everything is `Serialize` too: this is what a web page would ask for.
    writeln!(page, "{}", serde_json::to_string(&status.open_counts)?)?;
    Ok(())
}
