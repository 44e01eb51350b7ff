//! A small service that embeds the library with a config file.
//!
//! Run it with `cargo run --example from_config -- examples/from_config.toml`.
//! Break the file and run it again: the service starts all the same, says what
//! is wrong, and uses what is left.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use alert::config::{Colour, render};

struct Order {
    number: u32,
    lines: u32,
    paid: bool,
}

fn main() -> ExitCode {
    let path = std::env::args_os()
        .nth(1)
        .unwrap_or_else(|| OsString::from("examples/from_config.toml"));

    // Lenient: a mistake in the file never keeps a service from starting.
    let (pipeline, problems) = alert::from_config(path);
    let _ = write!(std::io::stderr(), "{}", render(&problems, Colour::Never));
    let guard = alert::install(pipeline);

    serve();

    // A deploy script likes to know; the guard would close within 5 s, too.
    let complete = guard.pipeline().close(Duration::from_secs(5));
    let stats = guard.pipeline().stats();
    for sink in &stats.sinks {
        let ledger = &sink.ledger;
        let _ = writeln!(
            std::io::stdout(),
            "{}: {} delivered, {} suppressed, {} lost",
            sink.name,
            ledger.delivered(),
            ledger.count(alert::Verdict::Suppressed),
            ledger.lost(),
        );
    }
    if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The service itself: it knows its business, and how to say that something is
/// wrong with it. Nothing here knows where alerts go.
fn serve() {
    let orders = [
        Order {
            number: 1,
            lines: 2,
            paid: true,
        },
        Order {
            number: 2,
            lines: 0,
            paid: true,
        },
        Order {
            number: 3,
            lines: 1,
            paid: false,
        },
        Order {
            number: 4,
            lines: 0,
            paid: true,
        },
    ];
    for order in &orders {
        if order.lines == 0 {
            alert::warning("Order without lines")
                .message("a paid order has nothing to ship")
                .context("order", order.number)
                .dedup_key("order-without-lines")
                .emit();
        }
        if !order.paid {
            alert::info("Order not paid")
                .context("order", order.number)
                .emit();
        }
    }
    alert::warning("Order without lines")
        .message("all orders have lines again")
        .dedup_key("order-without-lines")
        .resolved()
        .emit();
}
