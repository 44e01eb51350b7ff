//! How long a reload takes while every queue is full, and what an alert waits meanwhile.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use alert::delivery::Delivery;
use alert::{
    Alert, Attempt, Delivered, Limits, Pipeline, PipelineBuilder, Plan, Sink, SinkEntry, SinkError,
};

use crate::measure::{print_table, quantile};

const LANES: usize = 64;
const TURNS: usize = 21;

/// A sink that delivers nothing until it may.
struct Held(Gate);

#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Sink for Held {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let (open, changed) = &*self.0.0;
        let open = open.lock().expect("nothing panics with it");
        let _open = changed
            .wait_while(open, |open| !*open)
            .expect("nothing panics with it");
        Ok(Delivered::new())
    }
}

fn plan(gate: &Gate) -> Plan {
    let gate = gate.clone();
    Plan::opener("held", Limits::none(), move |_| Ok(Held(gate.clone())))
}

fn describe(plans: &[Plan], batch: usize) -> PipelineBuilder {
    let mut delivery = Delivery::default();
    delivery.attempt_timeout = Duration::from_secs(3600);
    delivery.batch.max = batch;
    let entries = plans.iter().enumerate();
    entries.fold(Pipeline::builder(), |builder, (n, plan)| {
        let entry = SinkEntry::new(format!("sink-{n}"), plan.clone());
        builder.entry(entry.delivery(delivery.clone()))
    })
}

pub(crate) fn run() {
    let gate = Gate::default();
    let plans: Vec<Plan> = (0..LANES).map(|_| plan(&gate)).collect();
    let others: Vec<Plan> = (0..LANES).map(|_| plan(&gate)).collect();
    let pipeline = describe(&plans, 1).build();
    let full = Delivery::default().queue.alerts;
    for n in 0..full {
        pipeline.emit_within(
            Alert::warning(format!("alert {n}")),
            Duration::from_secs(60),
        );
    }
    let is_full = || {
        pipeline
            .stats()
            .sinks
            .iter()
            .all(|sink| sink.ledger.pending() as usize == full)
    };
    while !is_full() {
        std::thread::yield_now();
    }
    let mut rows = Vec::new();
    let policies = [(1, &plans), (2, &plans)];
    let sinks = [(1, &others), (1, &plans)];
    for (what, described) in [
        ("nothing", [(1, &plans), (1, &plans)]),
        ("every policy", policies),
        ("every sink", sinks),
    ] {
        let mut took = Vec::new();
        for turn in 0..TURNS {
            let (batch, plans) = described[(turn + 1) % 2];
            let builder = describe(plans, batch);
            let start = Instant::now();
            pipeline
                .reload(builder, Duration::from_secs(60))
                .expect("nothing is wrong with it");
            took.push(start.elapsed().as_secs_f64() * 1e3);
        }
        rows.push(vec![
            what.to_owned(),
            format!("{:.2}", quantile(&took, 0.5)),
            format!("{:.2}", quantile(&took, 1.0)),
        ]);
    }
    let stats = pipeline.stats();
    let waiting: u64 = stats.sinks.iter().map(|sink| sink.ledger.pending()).sum();
    let lost: u64 = stats.sinks.iter().map(|sink| sink.ledger.lost()).sum();
    print_table(
        &format!(
            "Reload of {LANES} sinks with {full} alerts waiting at each, milliseconds over {TURNS} turns; \
             afterwards {waiting} wait, {lost} were lost"
        ),
        &["what changed", "median", "worst"],
        &rows,
    );
    *gate.0.0.lock().expect("nothing panics with it") = true;
    gate.0.1.notify_all();
    pipeline.close(Duration::from_secs(60));
}
