//! Alerts through the generic webhook, beside bare `reqwest` that sends the same bodies to the same server.

mod bare;
mod server;

use std::time::{Duration, Instant};

use alert::delivery::Delivery;
use alert::sinks::generic_webhook::{Format, WebhookConfig};
use alert::{Alert, Pipeline, SinkEntry};

use self::server::Server;
use crate::measure::{print_table, quantile};

const TURNS: usize = 9;
const PATIENCE: Duration = Duration::from_secs(120);

struct Way {
    name: &'static str,
    alerts: usize,
    in_flight: usize,
    together: usize,
}

const WAYS: [Way; 3] = [
    Way {
        name: "one at a time",
        alerts: 4_000,
        in_flight: 1,
        together: 1,
    },
    Way {
        name: "16 in flight",
        alerts: 8_000,
        in_flight: 16,
        together: 1,
    },
    Way {
        name: "batches of 100",
        alerts: 100_000,
        in_flight: 1,
        together: 100,
    },
];

pub(crate) fn run() {
    let mut rows = Vec::new();
    for way in &WAYS {
        let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let bodies = bodies(way);
        for _ in 0..TURNS {
            let fast = way.alerts as f64 / through_a_pipeline(way).as_secs_f64();
            let peer = way.alerts as f64 / bare::send(&bodies, way.in_flight).as_secs_f64();
            ours.push(fast);
            bare.push(peer);
            ratios.push(fast / peer);
        }
        rows.push(vec![
            way.name.to_owned(),
            format!("{:.0}", quantile(&ours, 0.5)),
            format!("{:.0}", quantile(&bare, 0.5)),
            format!("{:.2}", quantile(&ratios, 0.5)),
        ]);
    }
    print_table(
        &format!(
            "Alerts a second through the generic webhook on loopback, median of {TURNS} turns"
        ),
        &["requests", "alerts/s", "bare reqwest", "ratio"],
        &rows,
    );
}

fn alert(n: usize) -> Alert {
    Alert::warning("Harness below target")
        .message("harness at 82 percent, target is 85")
        .context("count", n)
        .context("region", "eu-1")
        .build()
}

fn pipeline(way: &Way, server: &Server) -> Pipeline {
    let config = WebhookConfig::new(server.url());
    let config = match way.together {
        1 => config,
        _ => config.format(Format::JsonArray),
    };
    let mut delivery = Delivery::default();
    delivery.in_flight = way.in_flight;
    delivery.batch.max = way.together;
    Pipeline::builder()
        .entry(SinkEntry::config("hook", config).delivery(delivery))
        .build()
}

/// From the first emit until the last answer.
fn through_a_pipeline(way: &Way) -> Duration {
    let server = Server::start(false);
    let pipeline = pipeline(way, &server);
    let start = Instant::now();
    for n in 0..way.alerts {
        pipeline.emit_within(alert(n), PATIENCE);
    }
    assert!(pipeline.flush(PATIENCE), "it takes too long");
    let took = start.elapsed();
    let stats = pipeline.stats();
    let delivered: u64 = stats.sinks.iter().map(|sink| sink.ledger.delivered()).sum();
    assert_eq!(delivered as usize, way.alerts);
    pipeline.close(PATIENCE);
    took
}

/// What the sink sends this way: full bodies, as the server got them.
fn bodies(way: &Way) -> Vec<Vec<u8>> {
    let server = Server::start(true);
    let pipeline = pipeline(way, &server);
    let pattern = 10 * way.together;
    for n in 0..pattern {
        pipeline.emit_within(alert(n), PATIENCE);
    }
    assert!(pipeline.flush(PATIENCE), "it takes too long");
    pipeline.close(PATIENCE);
    let mut kept = server.bodies();
    // The first goes as soon as it is there, and may hold fewer.
    kept.sort_by_key(Vec::len);
    let whole = kept.pop().expect("something was sent");
    vec![whole; way.alerts / way.together]
}
