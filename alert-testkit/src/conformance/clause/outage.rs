use std::time::{Duration, Instant};

use alert_core::{Alert, ErrorClass, SinkError, Verdict};

use super::{alerts, seen};
use crate::conformance::hand::{ATTEMPT, Hand, whole};
use crate::conformance::road::{NAME, end_of, road};
use crate::{HandClock, Outage, Rig, SAFETY, Skip, TestPipeline};

/// While the destination is away, the sink answers `transient` or `unusable`,
/// never `rejected` and never a false `Ok`; afterwards it works again.
///
/// # Errors
/// If the rig has no outage.
///
/// # Panics
/// If it answers otherwise, or does not work again.
pub fn an_outage_is_told_as_one<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let hand = Hand::opened(rig.config());
    let mut alerts = alerts(&rig, 0, 6);
    hand.delivered(&alerts.remove(0));
    hand.flushed();
    let outage = rig.outage()?;
    let mut sender = Sender::new(&hand);
    for alert in &alerts {
        sender.send(alert);
    }
    let failed = sender.failed;
    outage.end();
    for alert in alerts
        .iter()
        .filter(|alert| !sender.has(alert))
        .cloned()
        .collect::<Vec<_>>()
    {
        // One failure more, of a connection that broke meanwhile, is fair.
        let works = (0..3).any(|_| sender.send(&alert));
        assert!(
            works,
            "the sink does not work after the outage: {}",
            sender.last
        );
    }
    hand.finish();
    let records = rig.read_back();
    for alert in &alerts {
        let times = seen(&records, alert.title());
        assert!(
            times == 1 || (times > 1 && sender.ambiguous),
            "{:?} was answered with `Ok` and is there {times} times: {records:#?}",
            alert.title()
        );
    }
    assert!(
        failed > 0,
        "the rig's outage was not felt: every alert arrived"
    );
    Ok(())
}

/// Sends as a lane does: a sink that is unusable is opened anew first.
struct Sender<'a, C: alert_core::SinkConfig> {
    hand: &'a Hand<C>,
    taken: Vec<alert_core::AlertId>,
    reopen: bool,
    failed: usize,
    ambiguous: bool,
    last: String,
}

impl<'a, C: alert_core::SinkConfig> Sender<'a, C> {
    fn new(hand: &'a Hand<C>) -> Self {
        Self {
            hand,
            taken: Vec::new(),
            reopen: false,
            failed: 0,
            ambiguous: false,
            last: String::new(),
        }
    }

    fn has(&self, alert: &Alert) -> bool {
        self.taken.contains(&alert.id())
    }

    #[track_caller]
    fn send(&mut self, alert: &Alert) -> bool {
        if self.reopen
            && let Err(error) = self.hand.open(ATTEMPT)
        {
            // Whatever its class, the lane reads it as unusable.
            return self.note(&error);
        }
        self.reopen = false;
        match self.hand.deliver(alert) {
            Ok(_) => {
                self.taken.push(alert.id());
                true
            }
            Err(error) => {
                assert!(
                    error.class() != ErrorClass::Rejected,
                    "an outage is answered with `rejected`, and the alert thrown away: {}",
                    whole(&error)
                );
                self.reopen = error.class() == ErrorClass::Unusable;
                self.ambiguous |= error.is_ambiguous();
                self.note(&error)
            }
        }
    }

    fn note(&mut self, error: &SinkError) -> bool {
        self.failed += 1;
        self.last = whole(error);
        false
    }
}

/// In a pipeline an alert that is raised during an outage arrives after it,
/// without a person's help.
///
/// # Errors
/// If the rig has no outage.
///
/// # Panics
/// If it is lost, or the sink halts.
pub fn an_outage_heals<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let clock = HandClock::new();
    let pipeline = TestPipeline::on(&clock, road(rig.config(), u32::MAX));
    let mut alerts = alerts(&rig, 0, 2);
    let before = end_of(&pipeline.emit_tracked(alerts.remove(0)));
    assert!(
        before.is_delivered(),
        "before the outage the sink does not work: {before}"
    );
    let outage = rig.outage()?;
    let during = pipeline.emit_tracked(alerts.remove(0));
    let by = Instant::now() + SAFETY;
    let lane = || pipeline.stats().sink(NAME).cloned();
    while !during.wait(Duration::from_millis(5)).is_complete() {
        if lane().is_some_and(|lane| lane.last_error.is_some()) {
            break;
        }
        assert!(
            Instant::now() < by,
            "the sink neither fails nor works during an outage"
        );
    }
    outage.end();
    // Pauses are the lane's affair: here they pass at once.
    while !during.wait(Duration::from_millis(20)).is_complete() && Instant::now() < by {
        clock.advance(Duration::from_secs(60));
    }
    let Some(outcome) = during.peek().get(NAME).cloned() else {
        panic!(
            "after the outage the sink does not work: {:?}",
            lane().map(|lane| lane.state)
        )
    };
    assert!(
        outcome.verdict() == Verdict::Delivered,
        "an alert raised during an outage is lost, where waiting would have helped: {outcome}"
    );
    Ok(())
}
