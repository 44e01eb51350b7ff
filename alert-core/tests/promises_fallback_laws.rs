//! The laws of fallbacks, over real pipelines: for any graph of sinks, whatever
//! becomes of each alert at each sink, and whenever the pipeline closes.

mod doubles;

use std::time::{Duration, Instant};

use alert_core::delivery::Filter;
use alert_core::{Alert, Outcomes, Pipeline, Plan, Severity, SinkEntry, SinkError, Verdict};
use doubles::{Fate, Fated, LIMIT, LOADED, assert_balanced, ms};
use proptest::prelude::*;

const ALERTS: usize = 12;

/// One sink of a graph.
#[derive(Debug, Clone)]
struct Node {
    fallback: Option<usize>,
    only_as_fallback: bool,
    /// Takes warnings alone.
    filters: bool,
    /// It can never be opened: its lane is halted.
    broken: bool,
    batch: usize,
    fates: Vec<Fate>,
}

fn node(fates: &'static [Fate]) -> impl Strategy<Value = Node> {
    (
        proptest::option::weighted(0.8, 0_usize..6),
        proptest::bool::weighted(0.3),
        any::<bool>(),
        proptest::bool::weighted(0.15),
        1_usize..4,
        proptest::collection::vec(proptest::sample::select(fates), ALERTS),
    )
        .prop_map(
            |(fallback, only_as_fallback, filters, broken, batch, fates)| Node {
                fallback,
                only_as_fallback,
                filters,
                broken,
                batch,
                fates,
            },
        )
}

fn severity(alert: usize) -> Severity {
    [Severity::Info, Severity::Warning][alert % 2]
}

fn name(sink: usize) -> String {
    format!("s{sink}")
}

struct World {
    sinks: Vec<Fated>,
    pipeline: Pipeline,
}

impl World {
    fn new(nodes: &[Node]) -> Self {
        let mut builder = Pipeline::builder();
        let mut sinks = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let fates = node.fates.clone();
            let mut sink = Fated::by(move |title| fates[title.parse::<usize>().unwrap()]);
            sink.batch = node.batch;
            let fallback = node.fallback.map(name);
            let mut entry = sink.sink(&name(index));
            if node.broken {
                let plan = Plan::opener("broken", alert_core::Limits::none(), |_| {
                    Err::<Fated, _>(SinkError::unusable("gone").until_changed())
                });
                entry = SinkEntry::new(name(index), plan);
            }
            let mut filter = Filter::all();
            if node.filters {
                filter = filter.min_severity(Severity::Warning);
            }
            if node.only_as_fallback {
                filter = filter.only_as_fallback();
            }
            let policy = sink.policy(fallback.as_deref());
            builder = builder.entry(entry.delivery(policy).filter(filter));
            sinks.push(sink);
        }
        Self {
            pipeline: builder.build(),
            sinks,
        }
    }

    fn emit(&self) -> Vec<alert_core::Receipt> {
        (0..ALERTS)
            .map(|n| {
                let alert = Alert::builder(severity(n), n.to_string());
                self.pipeline.emit_tracked(alert.build())
            })
            .collect()
    }

    /// What no sink may see, whatever happened: an alert twice, an alert in
    /// another's place that did not fail, an ordinary one at a sink that is only
    /// a fallback.
    fn check_sinks(&self, nodes: &[Node], links: &[Option<usize>], told: &[Outcomes]) {
        for (index, sink) in self.sinks.iter().enumerate() {
            let received = sink.record.all();
            let mut titles: Vec<_> = received.iter().map(|r| r.alert.title()).collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), received.len(), "s{index} got one twice");
            for one in &received {
                let Some(cause) = &one.instead_of else {
                    assert!(!nodes[index].only_as_fallback);
                    continue;
                };
                let from: usize = cause.sink()[1..].parse().unwrap();
                assert_eq!(links[from], Some(index));
                let alert: usize = one.alert.title().parse().unwrap();
                let failed = told[alert].get(cause.sink()).unwrap();
                assert!(falls_back(failed.verdict()));
                let why = cause.why();
                assert!(why.starts_with(&failed.to_string()), "{why} for {failed}");
            }
        }
    }

    /// The books agree with the receipts.
    fn check_books(&self, nodes: &[Node], links: &[Option<usize>], told: &[Outcomes]) {
        let stats = self.pipeline.stats();
        assert_balanced(&stats);
        for (index, node) in nodes.iter().enumerate() {
            let ledger = &stats.sinks[index].ledger;
            assert_eq!(ledger.pending(), 0);
            let name = name(index);
            let answers = told.iter().flat_map(Outcomes::iter);
            let mine: Vec<_> = answers.filter(|a| a.sink() == name).collect();
            assert_eq!(ledger.offered(), mine.len() as u64);
            let as_fallback = mine.iter().filter(|a| a.is_as_fallback()).count();
            assert_eq!(ledger.as_fallback(), as_fallback as u64);
            if node.only_as_fallback {
                assert_eq!(ledger.offered(), ledger.as_fallback());
            }
            for answer in mine {
                let verdict = answer.outcome().expect("it is complete").verdict();
                let fallback = links[index].filter(|_| falls_back(verdict));
                assert_eq!(
                    answer.fallback().map(ToOwned::to_owned),
                    fallback.map(self::name),
                    "of {answer:?}"
                );
            }
        }
        for outcomes in told {
            assert!(outcomes.is_complete());
            for answer in outcomes.iter() {
                // Where it went it was taken, once.
                let Some(fallback) = answer.fallback() else {
                    continue;
                };
                let takes = |a: &&alert_core::Answer| {
                    let verdict = a.outcome().unwrap().verdict();
                    a.sink() == fallback && verdict != Verdict::Filtered
                };
                assert_eq!(outcomes.iter().filter(takes).count(), 1, "{outcomes:?}");
            }
        }
    }
}

fn falls_back(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Rejected | Verdict::GaveUp | Verdict::Abandoned
    )
}

/// Which sink falls back to which, without what names nobody or closes a circle.
fn links(nodes: &[Node]) -> Vec<Option<usize>> {
    let mut links: Vec<Option<usize>> = vec![None; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        let Some(to) = node.fallback.filter(|to| *to < nodes.len()) else {
            continue;
        };
        let mut at = Some(to);
        while let Some(next) = at
            && next != index
        {
            at = links[next];
        }
        links[index] = at.is_none().then_some(to);
    }
    links
}

/// What must become of an alert at a sink: whether it takes it, and delivers it.
struct Model<'a> {
    nodes: &'a [Node],
    links: &'a [Option<usize>],
    alert: usize,
}

impl Model<'_> {
    fn is_routed(&self, sink: usize) -> bool {
        !self.nodes[sink].only_as_fallback
    }

    fn passes(&self, sink: usize) -> bool {
        let low = severity(self.alert) < Severity::Warning;
        self.is_routed(sink) && !(self.nodes[sink].filters && low)
    }

    fn delivers(&self, sink: usize) -> bool {
        let node = &self.nodes[sink];
        !node.broken && node.fates[self.alert] == Fate::Delivers
    }

    fn takes(&self, sink: usize) -> bool {
        let mut feeders = self.links.iter().enumerate();
        self.passes(sink)
            || feeders
                .any(|(from, to)| *to == Some(sink) && self.takes(from) && !self.delivers(from))
    }

    fn is_lost(&self, sink: usize) -> bool {
        let next = self.links[sink];
        self.takes(sink) && !self.delivers(sink) && next.is_none_or(|next| self.is_lost(next))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_loss_goes_to_the_fallback_that_lacks_it_and_to_no_other(
        nodes in proptest::collection::vec(
            node(&[Fate::Delivers, Fate::Rejects, Fate::Fails]),
            1..6,
        ),
        flushed in any::<bool>(),
    ) {
        let links = links(&nodes);
        let world = World::new(&nodes);
        let receipts = world.emit();
        let model = |alert| Model {
            nodes: &nodes,
            links: &links,
            alert,
        };
        if flushed {
            // A flush alone brings all to its end, along every chain.
            prop_assert!(world.pipeline.flush(LIMIT));
            for (sink, stats) in world.pipeline.stats().sinks.iter().enumerate() {
                let delivered = (0..ALERTS)
                    .filter(|alert| model(*alert).takes(sink) && model(*alert).delivers(sink));
                prop_assert_eq!(stats.ledger.delivered(), delivered.count() as u64);
                prop_assert_eq!(stats.ledger.pending(), 0);
            }
        }
        let told: Vec<_> = receipts.iter().map(|receipt| receipt.wait(LIMIT)).collect();
        for (alert, outcomes) in told.iter().enumerate() {
            let model = model(alert);
            for sink in 0..nodes.len() {
                let name = name(sink);
                let answers: Vec<_> = outcomes.iter().filter(|a| a.sink() == name).collect();
                let as_fallback = model.takes(sink) && !model.passes(sink);
                let expected = usize::from(model.is_routed(sink)) + usize::from(as_fallback);
                prop_assert_eq!(answers.len(), expected);
                let last = outcomes.get(&name);
                prop_assert_eq!(
                    last.is_some_and(|o| o.is_delivered()),
                    model.takes(sink) && model.delivers(sink)
                );
                prop_assert_eq!(outcomes.is_lost(&name), model.is_lost(sink));
            }
        }
        prop_assert!(world.pipeline.close(LIMIT));
        world.check_sinks(&nodes, &links, &told);
        world.check_books(&nodes, &links, &told);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whenever_it_closes_and_whatever_hangs_no_alert_is_taken_twice_or_unanswered(
        nodes in proptest::collection::vec(
            node(&[Fate::Delivers, Fate::Delivers, Fate::Rejects, Fate::Fails, Fate::Hangs]),
            1..6,
        ),
        within in proptest::sample::select(vec![0_u64, 1, 5, 40]),
        head_start in any::<bool>(),
    ) {
        let links = links(&nodes);
        let world = World::new(&nodes);
        let _ends: Vec<_> = world.sinks.iter().map(|sink| sink.gate.opened_at_end()).collect();
        let receipts = world.emit();
        if head_start {
            receipts[0].wait(ms(2));
        }
        let began = Instant::now();
        world.pipeline.close(ms(within));
        prop_assert!(began.elapsed() < ms(within) + LOADED);
        // On a busy machine the dispatcher may be a moment behind.
        world.pipeline.close(LIMIT);
        // A worker tells a moment after it has counted.
        let told: Vec<_> = receipts.iter().map(|receipt| receipt.wait(LIMIT)).collect();
        world.check_books(&nodes, &links, &told);
        world.check_sinks(&nodes, &links, &told);
    }
}

#[test]
fn a_chain_of_hanging_sinks_gives_each_some_time_before_the_last_delivers() {
    let hangs = Node {
        fallback: None,
        only_as_fallback: true,
        filters: false,
        broken: false,
        batch: 1,
        fates: vec![Fate::Hangs; ALERTS],
    };
    let mut nodes: Vec<_> = (0..5)
        .map(|n| Node {
            fallback: Some(n + 1),
            ..hangs.clone()
        })
        .collect();
    nodes[0].only_as_fallback = false;
    nodes[4] = Node {
        fates: vec![Fate::Delivers; ALERTS],
        ..hangs
    };
    let world = World::new(&nodes);
    let _ends: Vec<_> = (world.sinks.iter())
        .map(|sink| sink.gate.opened_at_end())
        .collect();
    let receipts = world.emit();
    world.pipeline.close(Duration::from_secs(2));
    for receipt in receipts {
        let told = receipt.peek();
        assert_eq!(told.iter().len(), 5);
        assert!(told.get("s4").unwrap().is_delivered(), "{told:?}");
    }
    // Each was given its first one before its time was over.
    for sink in &world.sinks[..4] {
        assert_eq!(sink.record.all().len(), 1);
    }
}
