use alert_core::SinkConfig;

use super::{alerts, assert_each_once, seen, title};
use crate::conformance::hand::{ATTEMPT, Hand, whole};
use crate::{Rig, Skip};

/// An alert that is sent twice (its first answer got lost) is there once.
///
/// # Errors
/// If the sink does not claim to know an id again.
///
/// # Panics
/// If it is there twice, also after the sink was opened anew in between.
pub fn an_id_sent_twice_is_seen_once<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    rig.knows_ids()?;
    let alerts = alerts(&rig, 0, 3);
    let hand = Hand::opened(rig.config());
    for alert in alerts.iter().chain(&alerts) {
        hand.delivered(alert);
    }
    hand.flushed();
    if let Err(error) = hand.open(ATTEMPT) {
        panic!("the sink does not open again: {}", whole(&error));
    }
    hand.delivered(&alerts[1]);
    hand.finish();
    assert_each_once(&rig.read_back(), &alerts);
    Ok(())
}

/// A sink that edits gives a handle for a keyed alert, and with that handle the
/// next alert of the key takes the message's place.
///
/// # Errors
/// If the sink's limits do not say that it edits.
///
/// # Panics
/// If it gives no handle, or there are two messages.
pub fn an_edit_replaces_its_message<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    if !rig.config().limits().edits {
        return Err(Skip::because("the sink does not edit"));
    }
    let keyed = |n| rig.alert(title(n)).dedup_key("conformance-key").build();
    let (first, second, other) = (keyed(0), keyed(1), alerts(&rig, 2, 1).remove(0));
    let hand = Hand::opened(rig.config());
    let Some(handle) = hand.delivered(&first) else {
        panic!("the sink edits, but gives no handle for a keyed alert");
    };
    hand.delivered(&other);
    if let Err(error) = hand.attempt(&second, ATTEMPT, Some(handle)) {
        panic!("the sink does not take an edit: {}", whole(&error));
    }
    hand.finish();
    let records = rig.read_back();
    assert_each_once(&records, &[second, other]);
    assert!(
        records.len() == 2 && seen(&records, first.title()) <= 1,
        "an edit did not take its message's place: {records:#?}"
    );
    Ok(())
}
