use std::time::Duration;

use super::alerts;
use crate::conformance::hand::{ATTEMPT, Hand};
use crate::{Outage, Rig, Skip};

/// How long a silent destination is waited for.
const SHORT: Duration = Duration::from_millis(300);

/// `open`, `deliver` and `flush` return by their deadline: when it has passed
/// already, and when the destination never answers.
///
/// # Errors
/// If the rig has no silence; what can be tried without it is.
///
/// # Panics
/// If one of them takes two seconds longer.
pub fn it_returns_by_its_deadline<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let hand = Hand::opened(rig.config());
    let alerts = alerts(&rig, 0, 3);
    // Whether it works without time is the sink's affair; that it ends is not.
    let _ = hand.attempt(&alerts[0], Duration::ZERO, None);
    let _ = hand.flush(Duration::ZERO);
    let _ = hand.open(Duration::ZERO);
    let _ = hand.open(ATTEMPT);
    let silence = rig.silence()?;
    let answer = hand.attempt(&alerts[1], SHORT, None);
    assert!(
        answer.is_err(),
        "the destination never answered, and the sink says `Ok`"
    );
    let _ = hand.flush(SHORT);
    let _ = hand.open(SHORT);
    let _ = hand.attempt(&alerts[2], SHORT, None);
    hand.drop_sink();
    silence.end();
    Ok(())
}

/// Dropping the sink takes less than two seconds: after work, during an outage,
/// and while the destination is silent.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If it takes longer, or panics.
pub fn it_is_dropped_promptly<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let alerts = alerts(&rig, 0, 3);
    let hand = Hand::opened(rig.config());
    hand.drop_sink();
    let hand = Hand::opened(rig.config());
    hand.delivered(&alerts[0]);
    hand.drop_sink();
    if let Ok(outage) = rig.outage() {
        let _ = hand.open(ATTEMPT);
        let _ = hand.deliver(&alerts[1]);
        hand.drop_sink();
        outage.end();
    }
    let hand = Hand::opened(rig.config());
    if let Ok(silence) = rig.silence() {
        let _ = hand.attempt(&alerts[2], SHORT, None);
        hand.drop_sink();
        silence.end();
    }
    Ok(())
}
