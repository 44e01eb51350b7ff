//! How many messages an hour's outage of 28,000 alerts costs, by delivery
//! policy, on a clock moved by hand: `cargo run -p alert-testkit --example outage`.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alert_core::delivery::{Dedup, Delivery, DigestPolicy, Same, Throttle};
use alert_core::{Alert, Attempt, Delivered, Pipeline, Sink, SinkEntry, SinkError};
use alert_testkit::HandClock;

const ALERTS: u64 = 28_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// Messages, and the alerts of which they tell.
struct Counting(Arc<Mutex<(u64, u64)>>);

impl Sink for Counting {
    fn deliver(&mut self, _: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let digest = attempt.digest();
        let own = digest.map_or(1, |digest| digest.count());
        let held = attempt.stands_for().or(digest.and_then(|d| d.suppressed()));
        let mut sum = self.0.lock().unwrap_or_else(|poison| poison.into_inner());
        sum.0 += 1;
        sum.1 += own + held.map_or(0, |held| held.count());
        Ok(Delivered::new())
    }
}

/// Messages sent, and alerts counted in them or in what is told at close.
fn outage(delivery: Delivery) -> (u64, u64) {
    let (clock, sum) = (HandClock::new(), Arc::<Mutex<(u64, u64)>>::default());
    let given = sum.clone();
    let entry = SinkEntry::opener("ops", move |_| Ok(Counting(given.clone())));
    let builder = Pipeline::builder().clock(clock.clone());
    let pipeline = builder.entry(entry.delivery(delivery)).build();
    for n in 0..ALERTS {
        let source = ["billing", "web", "mail", "search"][(n % 4) as usize];
        let title = format!("{source} fails in step {}", n % 20);
        pipeline.emit(Alert::warning(title).source(source));
        clock.advance(Duration::ZERO);
        while pipeline.stats().process.routed <= n {
            std::thread::yield_now();
        }
        clock.advance(HOUR / ALERTS as u32);
    }
    pipeline.close(Duration::from_secs(10));
    let untold = pipeline.stats().sinks[0].suppressed_untold;
    let sum = *sum.lock().unwrap_or_else(|poison| poison.into_inner());
    (sum.0, sum.1 + untold)
}

fn policy(change: impl FnOnce(&mut Delivery)) -> Delivery {
    let mut delivery = Delivery::default();
    // The clock jumps; no worker is to be found slow.
    delivery.attempt_timeout = Duration::from_secs(1_000_000);
    change(&mut delivery);
    delivery
}

fn main() -> std::io::Result<()> {
    let minute = Duration::from_secs(60);
    let dedup = Dedup {
        within: minute * 15,
    };
    let digest = DigestPolicy {
        after: 5,
        every: minute,
    };
    let throttle = Throttle {
        at_most: 10,
        every: minute,
        same: Same::Sink,
    };
    let rows = [
        ("none", policy(|_| {})),
        ("dedup within 15m", policy(|d| d.dedup = Some(dedup))),
        (
            "throttle 10 a minute",
            policy(|d| d.throttle = Some(throttle)),
        ),
        (
            "digest after 5 every 1m",
            policy(|d| d.digest = Some(digest)),
        ),
        (
            "dedup and digest",
            policy(|d| (d.dedup, d.digest) = (Some(dedup), Some(digest))),
        ),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<26}{:>10}{:>10}", "policy", "messages", "counted")?;
    for (name, delivery) in rows {
        let (messages, counted) = outage(delivery);
        writeln!(out, "{name:<26}{messages:>10}{counted:>10}")?;
    }
    Ok(())
}
