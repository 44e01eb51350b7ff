//! One alert that its service keeps failing delays its neighbours only by its
//! first two failures; by a clock in the test's hand.

mod doubles;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, Attempt, Delivered, Pipeline, Sink, SinkEntry, SinkError};
use doubles::{Gate, HandClock, LIMIT, Record, assert_ended, secs};

const POISON: &str = "poison";
const BEHIND: &str = "behind it";
const NEIGHBOURS: usize = 3 * 20;

/// Fails one alert until it is healed; every try is written down.
struct Picky {
    tries: Record,
    healed: Arc<AtomicBool>,
}

impl Sink for Picky {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.tries.push(alert, attempt);
        if alert.title() == POISON && !self.healed.load(Ordering::Relaxed) {
            return Err(SinkError::transient("it chokes on this one"));
        }
        Ok(Delivered::new())
    }
}

/// Moves the clock, second by second, until this holds of what was tried.
fn advance_until(clock: &HandClock, tries: &Record, holds: impl Fn(&[String]) -> bool) {
    let began = Instant::now();
    while !holds(&tries.titles()) {
        assert!(began.elapsed() < LIMIT, "{:?}", tries.titles());
        clock.advance(secs(1));
        thread::yield_now();
    }
}

#[test]
fn a_poison_alert_delays_its_neighbours_only_by_its_first_two_failures() {
    let (clock, gate, tries) = (HandClock::new(), Gate::new(), Record::new());
    let _end = gate.opened_at_end();
    let healed = Arc::new(AtomicBool::new(false));
    let mut delivery = Delivery::default();
    // So that only the clock in the test's hand ends a pause, and nothing else
    // is ended by it.
    delivery.retry.max_attempts = u32::MAX;
    delivery.retry.max_age = Duration::MAX;
    delivery.attempt_timeout = secs(1_000_000_000);
    delivery.circuit.wait = secs(1_000_000);
    let sink = SinkEntry::opener("picky", {
        let (gate, tries, healed) = (gate.clone(), tries.clone(), healed.clone());
        move |_| {
            gate.pass();
            Ok(Picky {
                tries: tries.clone(),
                healed: healed.clone(),
            })
        }
    });
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(sink.delivery(delivery))
        .build();

    pipeline.emit(Alert::warning(POISON).dedup_key("k"));
    pipeline.emit(Alert::warning(BEHIND).dedup_key("k"));
    thread::scope(|scope| {
        for thread in 0..3 {
            let emitter = pipeline.emitter();
            scope.spawn(move || {
                for n in 0..NEIGHBOURS / 3 {
                    emitter.emit(Alert::info(format!("{thread}:{n}")).dedup_key(n.to_string()));
                }
            });
        }
    });
    let began = Instant::now();
    while pipeline.stats().process.routed < NEIGHBOURS as u64 + 2 {
        assert!(began.elapsed() < LIMIT);
        thread::yield_now();
    }
    gate.open();

    // The first neighbour is the trial; the others need no clock.
    advance_until(&clock, &tries, |titles| titles.len() > 2);
    let aside = |title: &String| title == POISON;
    let titles = loop {
        let titles = tries.titles();
        if titles.iter().filter(|title| !aside(title)).count() >= NEIGHBOURS {
            break titles;
        }
        tries.wait_for(titles.len() + 1);
    };
    assert_eq!(titles[..2], [POISON, POISON]);
    assert_ne!(
        titles[2], POISON,
        "after its second failure the next one goes"
    );
    assert!(!titles.iter().any(|title| title == BEHIND), "{titles:?}");
    for thread in 0..3 {
        let prefix = format!("{thread}:");
        let own: Vec<usize> = titles
            .iter()
            .filter_map(|title| title.strip_prefix(&prefix)?.parse().ok())
            .collect();
        assert!(own.is_sorted() && own.len() == NEIGHBOURS / 3, "{own:?}");
    }
    let waiting = pipeline.stats();
    let ledger = &waiting.sink("picky").unwrap().ledger;
    assert_eq!(ledger.pending(), 2, "aside and behind are pending");

    healed.store(true, Ordering::Relaxed);
    advance_until(&clock, &tries, |titles| {
        titles.last().is_some_and(|last| last == BEHIND)
    });
    let titles = tries.titles();
    assert_eq!(titles[titles.len() - 2..], [POISON, BEHIND]);
    pipeline.close(LIMIT);
    let stats = assert_ended(&pipeline);
    let ledger = &stats.sink("picky").unwrap().ledger;
    assert_eq!(ledger.delivered(), NEIGHBOURS as u64 + 2);
}
