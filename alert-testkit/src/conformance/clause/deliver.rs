use alert_core::{Alert, SinkConfig};

use super::{alerts, assert_each_once, seen};
use crate::conformance::hand::{Hand, whole};
use crate::{Rig, Skip};

/// A sink that was dropped can be opened again from the same configuration,
/// and what was delivered before is still there.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If it cannot, or something is lost or doubled.
pub fn it_opens_again<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let alerts = alerts(&rig, 0, 3);
    let hand = Hand::of(rig.config());
    for alert in &alerts {
        if let Err(error) = hand.open(crate::SAFETY) {
            panic!("the sink does not open again: {}", whole(&error));
        }
        hand.delivered(alert);
        hand.flushed();
    }
    hand.drop_sink();
    // Once without a word in between, as a short run of a program does.
    Hand::opened(rig.config()).finish();
    assert_each_once(&rig.read_back(), &alerts);
    Ok(())
}

/// An alert that was answered with `Ok` is there once when the sink is closed.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If one is missing, or there twice.
pub fn once_delivered_is_once_seen<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let alerts = alerts(&rig, 0, 10);
    let hand = Hand::opened(rig.config());
    for alert in &alerts {
        hand.delivered(alert);
    }
    hand.finish();
    let records = rig.read_back();
    assert_each_once(&records, &alerts);
    assert!(
        records.len() == alerts.len(),
        "{} alerts were delivered, and {} records are there: {records:#?}",
        alerts.len(),
        records.len()
    );
    Ok(())
}

/// Alerts arrive in the order in which they were sent.
///
/// # Errors
/// If the destination has no order.
///
/// # Panics
/// If one overtakes another.
pub fn order_is_kept<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    rig.keeps_order()?;
    let alerts = alerts(&rig, 0, 20);
    let hand = Hand::opened(rig.config());
    for alert in &alerts {
        hand.delivered(alert);
    }
    hand.finish();
    assert_in_order(&rig.read_back(), &alerts);
    Ok(())
}

#[track_caller]
fn assert_in_order(records: &[String], alerts: &[alert_core::Alert]) {
    assert_each_once(records, alerts);
    let places: Vec<_> = alerts
        .iter()
        .map(|alert| {
            records
                .iter()
                .position(|record| seen(std::slice::from_ref(record), alert.title()) > 0)
        })
        .collect();
    assert!(places.is_sorted(), "the order is not kept: {records:#?}");
}

/// A batch as large as the sink's limits allow is taken: every member once, in
/// order.
///
/// # Errors
/// If the sink takes alerts one by one.
///
/// # Panics
/// If a member fails, is missing, or is there twice.
pub fn a_batch_is_taken_whole<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let most = rig.config().limits().batch.min(100);
    if most <= 1 {
        return Err(Skip::because("the sink takes alerts one by one"));
    }
    let hand = Hand::opened(rig.config());
    let mut sent = Vec::new();
    // The largest, the smallest, and one between.
    for many in [most, 1, most.div_ceil(2)] {
        let batch = alerts(&rig, sent.len(), many);
        let mut rest = batch.clone();
        while !rest.is_empty() {
            let before = rest.len();
            rest = put_back(&hand, rest, many);
            assert!(
                rest.len() < before,
                "of a batch of {many}, {before} were put back again and again"
            );
        }
        sent.extend(batch);
    }
    hand.finish();
    let records = rig.read_back();
    assert_each_once(&records, &sent);
    if rig.keeps_order().is_ok() {
        assert_in_order(&records, &sent);
    }
    Ok(())
}

/// Delivers a batch, of which no member may fail; returns what the sink put
/// back, as a lane would give it once more.
#[track_caller]
fn put_back<C: SinkConfig>(hand: &Hand<C>, batch: Vec<Alert>, many: usize) -> Vec<Alert> {
    let answers = hand.deliver_batch(batch.clone());
    let back = batch.into_iter().zip(answers);
    let back = back.filter_map(|(alert, answer)| match answer {
        Ok(_) => None,
        Err(error) if error.code_word() == Some("put-back") => Some(alert),
        Err(error) => panic!(
            "a member of a batch of {many} is not taken: {}",
            whole(&error)
        ),
    });
    back.collect()
}

/// After a flush, others see everything, while the sink is still open.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If something is not there yet.
pub fn a_flush_makes_everything_visible<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let hand = Hand::opened(rig.config());
    // A flush without anything to do is harmless.
    hand.flushed();
    let mut sent = Vec::new();
    for round in 0..3 {
        for alert in alerts(&rig, round * 5, 5) {
            hand.delivered(&alert);
            sent.push(alert);
        }
        hand.flushed();
        assert_each_once(&rig.read_back(), &sent);
    }
    hand.finish();
    assert_each_once(&rig.read_back(), &sent);
    Ok(())
}
