//! How often a webhook may be called. Pure: the time is given.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::errors::Call;
use crate::reply::Window;

/// What a sink's own limit is counted over.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// What is waited after a limit that names no time; doubled with each in a row, up to the longest.
const UNTOLD: Duration = Duration::from_secs(60);
const LONGEST_UNTOLD: Duration = Duration::from_secs(3600);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// By how much the ends of one window may differ that two answers tell.
const JITTER: Duration = Duration::from_millis(250);
/// How long other sinks on a webhook let one go first that was told to wait: its lane comes back up to
/// half a second after the time that it was told.
pub(crate) const TURN: Duration = Duration::from_millis(600);
/// How many sinks on one webhook wait in order.
const WAITING: usize = 16;
/// How many calls are remembered; a sink's own limit is never higher.
pub(crate) const REMEMBERED: usize = 1_000;

/// What is known of one webhook's limits, or of those of everything from here.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    /// When it was called in the last minute.
    calls: VecDeque<Instant>,
    /// Before this it must not be called.
    until: Option<Instant>,
    /// How many calls are left until then, as the last answers told it; by [`Call`], for Discord counts
    /// messages and edits apart.
    left: [Option<(u64, Instant)>; 2],
    /// The sinks that were told to wait, in order, and until when it is their turn.
    waiting: Vec<(u64, Instant)>,
    /// How many limits without a time came in a row.
    untold: u32,
}

impl Rate {
    /// How long it must not be called yet; zero if it may be now. `per_minute` of 0 is no limit.
    pub(crate) fn pause(&self, now: Instant, per_minute: usize) -> Duration {
        let told = self
            .until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let spent = self.left.iter().map(|left| match left {
            Some((0, until)) => until.saturating_duration_since(now),
            _ => Duration::ZERO,
        });
        let told = spent.fold(told, Duration::max);
        told.max(self.own(now, per_minute))
    }

    /// The same by the sink's own limit. The first half of a minute's calls go at once. The others are
    /// spread over the rest of it, so that what comes after a burst has not to wait for all of it.
    fn own(&self, now: Instant, per_minute: usize) -> Duration {
        if per_minute == 0 {
            return Duration::ZERO;
        }
        let recent = self.recent(now);
        let (Some(oldest), Some(last)) = (
            self.calls.get(self.calls.len().saturating_sub(recent)),
            self.calls.back(),
        ) else {
            return Duration::ZERO;
        };
        if recent < burst(per_minute) {
            return Duration::ZERO;
        }
        let Some(room) = per_minute.checked_sub(recent).filter(|room| *room > 0) else {
            // The call that must be a minute ago before there is room for one more.
            let nth = self.calls.get(self.calls.len() - per_minute);
            return nth.map_or(Duration::ZERO, |call| {
                MINUTE.saturating_sub(now.saturating_duration_since(*call))
            });
        };
        let parts = u32::try_from(room).map_or(u32::MAX, |room| room.saturating_add(1));
        let rest = MINUTE.saturating_sub(last.saturating_duration_since(*oldest));
        (rest / parts).saturating_sub(now.saturating_duration_since(*last))
    }

    /// How many calls there were in the last minute.
    fn recent(&self, now: Instant) -> usize {
        let calls = self.calls.iter().rev();
        calls
            .take_while(|call| now.saturating_duration_since(**call) < MINUTE)
            .count()
    }

    /// How many calls there is room for at once.
    pub(crate) fn room(&self, now: Instant, per_minute: usize) -> usize {
        if per_minute == 0 {
            return usize::MAX;
        }
        burst(per_minute).saturating_sub(self.recent(now))
    }

    /// Has this sink wait for its turn, which comes after this pause; it keeps its place among others.
    pub(crate) fn queue_up(&mut self, now: Instant, sink: u64, pause: Duration) {
        let Some(until) = now.checked_add(pause.saturating_add(TURN)) else {
            return;
        };
        if let Some(known) = self.waiting.iter_mut().find(|(known, _)| *known == sink) {
            known.1 = until;
        } else if self.waiting.len() < WAITING {
            self.waiting.push((sink, until));
        }
    }

    /// How long this sink lets others go first whose turn it is; zero if it is its own.
    pub(crate) fn yields(&mut self, now: Instant, sink: u64) -> Duration {
        self.waiting.retain(|(_, until)| *until > now);
        let before = self.waiting.iter().take_while(|(known, _)| *known != sink);
        let left = before.map(|(_, until)| until.saturating_duration_since(now));
        // With more left than that, it was told to come later.
        let left = left.filter(|left| *left <= TURN).max();
        if left.is_none() {
            self.waiting.retain(|(known, _)| *known != sink);
        }
        left.unwrap_or_default()
    }

    /// Counts a call that is made now.
    pub(crate) fn called(&mut self, now: Instant, call: Call) {
        while self.calls.len() >= REMEMBERED
            || self
                .calls
                .front()
                .is_some_and(|call| now.saturating_duration_since(*call) >= MINUTE)
        {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        if let Some((left, _)) = &mut self.left[call as usize] {
            *left = left.saturating_sub(1);
        }
    }

    /// Takes up what an answer that is no limit tells.
    pub(crate) fn answered(&mut self, now: Instant, call: Call, window: Window) {
        self.untold = 0;
        let (Some(remaining), Some(reset_after)) = (window.remaining, window.reset_after) else {
            return;
        };
        let Some(until) = now.checked_add(reset_after) else {
            return;
        };
        // Within one window another sink's call may be under way, of which this answer does not know.
        let same = self.left[call as usize]
            .filter(|(_, known)| *known > now && until.saturating_duration_since(*known) < JITTER);
        let (left, until) = match same {
            Some((left, known)) => (left.min(remaining), known.max(until)),
            None => (remaining, until),
        };
        self.left[call as usize] = Some((left, until));
    }

    /// Takes up an answer that is a limit, and returns how long to wait: as told and a little more
    /// (`jitter` from 0 to 1), so that not all come at once, and never less.
    pub(crate) fn limited(
        &mut self,
        now: Instant,
        told: Option<Duration>,
        jitter: f64,
    ) -> Duration {
        let pause = match told {
            Some(told) => told,
            None => {
                let factor = 1_u32.checked_shl(self.untold).unwrap_or(u32::MAX);
                self.untold = self.untold.saturating_add(1);
                UNTOLD.saturating_mul(factor).min(LONGEST_UNTOLD)
            }
        };
        let jitter = if jitter.is_finite() {
            jitter.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let pause = pause.min(LONGEST);
        let more = pause / 20 + Duration::from_millis(100);
        // A duration of at most a day times at most one.
        let pause = pause.saturating_add(more.mul_f64(jitter));
        self.hold(now, pause);
        pause
    }

    /// A limit of the network before Discord: what it tells counts only where it is longer.
    pub(crate) fn banned(&mut self, now: Instant, told: Option<Duration>, jitter: f64) -> Duration {
        let own = self.limited(now, None, jitter);
        match told {
            Some(told) if told > own => self.limited(now, Some(told), jitter),
            _ => own,
        }
    }

    fn hold(&mut self, now: Instant, pause: Duration) {
        let until = now.checked_add(pause.min(LONGEST + LONGEST / 10));
        self.until = self.until.max(until);
    }
}

/// How many calls of a minute may go at once.
fn burst(per_minute: usize) -> usize {
    per_minute.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn window(remaining: u64, reset_after: Duration) -> Window {
        Window {
            remaining: Some(remaining),
            reset_after: Some(reset_after),
        }
    }

    #[test]
    fn a_spent_window_is_waited_out_before_a_limit_is_hit() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        rate.answered(now, Call::Post, window(1, secs(2)));
        assert_eq!(rate.pause(now, 0), Duration::ZERO);
        rate.answered(now, Call::Post, window(0, secs(2)));
        assert_eq!(rate.pause(now, 0), secs(2));
        assert_eq!(rate.pause(now + secs(2), 0), Duration::ZERO);
        rate.answered(
            now,
            Call::Post,
            Window {
                remaining: Some(0),
                reset_after: None,
            },
        );
        assert_eq!(rate.pause(now + secs(2), 0), Duration::ZERO);
    }

    #[test]
    fn a_call_under_way_is_counted_before_its_answer() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        rate.answered(now, Call::Post, window(2, secs(2)));
        rate.called(now, Call::Post);
        assert_eq!(rate.pause(now, 0), Duration::ZERO);
        rate.called(now, Call::Post);
        assert_eq!(rate.pause(now, 0), secs(2));
        // The first of the two is answered; the other is still under way.
        rate.answered(now, Call::Post, window(1, secs(2)));
        assert_eq!(rate.pause(now, 0), secs(2));
        rate.answered(now + secs(2), Call::Post, window(4, secs(2)));
        assert_eq!(rate.pause(now + secs(2), 0), Duration::ZERO);
    }

    #[test]
    fn a_window_that_began_anew_a_little_sooner_is_seen_as_a_new_one() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        rate.answered(now, Call::Post, window(1, secs(2)));
        let sooner = now + Duration::from_millis(1_990);
        rate.called(sooner, Call::Post);
        rate.answered(sooner, Call::Post, window(4, secs(2)));
        assert_eq!(rate.pause(sooner, 0), Duration::ZERO);
    }

    #[test]
    fn messages_and_edits_have_windows_of_their_own() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        rate.answered(now, Call::Post, window(1, secs(2)));
        rate.answered(now, Call::Edit, window(4, secs(3)));
        rate.called(now, Call::Edit);
        assert_eq!(rate.pause(now, 0), Duration::ZERO);
        rate.called(now, Call::Post);
        assert_eq!(rate.pause(now, 0), secs(2));
    }

    #[test]
    fn sinks_that_never_come_back_leave_their_places_to_others() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        for sink in 0..100 {
            rate.queue_up(now, sink, secs(1));
        }
        assert_eq!(rate.waiting.len(), WAITING);
        assert_eq!(rate.yields(now + secs(1), 200), TURN);
        assert_eq!(rate.yields(now + secs(2), 200), Duration::ZERO);
        rate.queue_up(now + secs(2), 300, secs(1));
        assert_eq!(rate.yields(now + secs(3), 200), TURN);
        assert_eq!(rate.yields(now + secs(3), 300), Duration::ZERO);
        assert_eq!(rate.yields(now + secs(3), 200), Duration::ZERO);
    }

    #[test]
    fn half_of_a_minutes_calls_go_at_once_and_the_others_are_spread_over_it() {
        let (mut rate, mut now) = (Rate::default(), Instant::now());
        let begun = now;
        let mut at = Vec::new();
        for _ in 0..9 {
            now += rate.pause(now, 5);
            at.push((now - begun).as_secs());
            rate.called(now, Call::Post);
        }
        assert_eq!(at, [0, 0, 0, 20, 40, 60, 66, 73, 80]);
        assert_eq!(rate.room(now, 5), 0);
        assert_eq!(
            (rate.room(now + secs(60), 5), rate.room(now, 0)),
            (3, usize::MAX)
        );
        assert_eq!(rate.pause(now, 0), Duration::ZERO);
    }

    #[test]
    fn the_last_room_of_a_minute_waits_for_its_oldest_call() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        for second in 0..3 {
            rate.called(now + secs(second), Call::Post);
        }
        assert_eq!(rate.pause(now + secs(10), 3), secs(50));
        assert_eq!(rate.pause(now + secs(60), 3), Duration::ZERO);
        assert_eq!(rate.pause(now + secs(10), 1), secs(52));
    }

    #[test]
    fn a_limit_is_waited_out_as_told_and_without_a_time_longer_and_longer() {
        let (mut rate, now) = (Rate::default(), Instant::now());
        assert_eq!(rate.limited(now, Some(secs(65)), 0.0), secs(65));
        assert_eq!(rate.pause(now, 0), secs(65));
        let pauses: Vec<u64> = (0..8)
            .map(|_| rate.limited(now, None, 0.0).as_secs())
            .collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        rate.answered(now, Call::Post, Window::default());
        assert_eq!(rate.limited(now, None, 0.0), secs(60));
        assert_eq!(rate.banned(now, Some(secs(1)), 0.0), secs(120));
        assert_eq!(rate.banned(now, Some(secs(5_000)), 0.0), secs(5_000));
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_told_and_none_is_much_longer(
            told in 0_u64..200_000, jitter in any::<f64>(), later in 0_u64..100_000
        ) {
            let (mut rate, now) = (Rate::default(), Instant::now());
            let pause = rate.limited(now, Some(secs(told)), jitter);
            let told = secs(told).min(LONGEST);
            prop_assert!(pause >= told && pause <= told + told / 20 + Duration::from_millis(101));
            prop_assert_eq!(rate.pause(now, 0), pause);
            prop_assert_eq!(rate.pause(now + secs(later), 0), pause.saturating_sub(secs(later)));
        }

        #[test]
        fn within_any_minute_there_are_never_more_calls_than_allowed(
            gaps in prop::collection::vec(0_u64..20, 1..100), per_minute in 1_usize..6
        ) {
            let (mut rate, mut now) = (Rate::default(), Instant::now());
            let mut calls: Vec<Instant> = Vec::new();
            for gap in gaps {
                now += secs(gap);
                prop_assert!(rate.pause(now, per_minute).is_zero() || rate.room(now, per_minute) == 0);
                now += rate.pause(now, per_minute);
                rate.called(now, Call::Post);
                calls.push(now);
                let recent = calls.iter().filter(|call| now - **call < MINUTE).count();
                prop_assert!(recent <= per_minute);
            }
        }
    }
}
