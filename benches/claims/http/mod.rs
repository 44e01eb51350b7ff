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
        let (mut ours, mut ready, mut made) = (Vec::new(), Vec::new(), Vec::new());
        let body = body(way);
        let requests = way.alerts / way.together;
        for _ in 0..TURNS {
            let rate = |took: Duration| way.alerts as f64 / took.as_secs_f64();
            ours.push(rate(through_a_pipeline(way)));
            let bodies = vec![body.clone(); requests];
            ready.push(rate(bare::send(bodies.into_iter(), way.in_flight)));
            let making = (0..requests).map(|n| making(way, n));
            made.push(rate(bare::send(making, way.in_flight)));
        }
        let median = |rates: &[f64]| format!("{:.0}", quantile(rates, 0.5));
        let ratio = |peer: &[f64]| {
            let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer);
            format!("{:.2}", quantile(&ratios.collect::<Vec<f64>>(), 0.5))
        };
        rows.push(vec![
            way.name.to_owned(),
            median(&ours),
            median(&ready),
            ratio(&ready),
            median(&made),
            ratio(&made),
        ]);
    }
    print_table(
        &format!(
            "Alerts a second through the generic webhook on loopback, median of {TURNS} turns. Bare reqwest sends such \
             bodies too, made beforehand, and made of alerts as it goes"
        ),
        &[
            "requests",
            "alerts/s",
            "made before",
            "ratio",
            "as it goes",
            "ratio",
        ],
        &rows,
    );
}

/// The body of a request, made of alerts as a program without a pipeline would.
fn making(way: &Way, request: usize) -> Vec<u8> {
    let numbers = request * way.together..(request + 1) * way.together;
    let alerts: Vec<Alert> = numbers.map(alert).collect();
    let body = match &alerts[..] {
        [alone] => serde_json::to_vec(alone),
        all => serde_json::to_vec(all),
    };
    body.expect("an alert is JSON")
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

/// What the sink sends this way: a full body, as the server got it.
fn body(way: &Way) -> Vec<u8> {
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
    kept.pop().expect("something was sent")
}
