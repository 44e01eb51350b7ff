//! The wall clock as far as it is believed when something is to be removed for its age.

use std::time::{Duration, Instant};

use alert_core::Timestamp;

/// A wall clock that jumps ahead is followed at twice the speed of time: what it makes too old is
/// removed only once the clock has stood by its word for as long as it jumped. One that is set back
/// is followed at once, since that keeps more.
#[derive(Debug)]
pub(crate) struct Wall {
    believed: Timestamp,
    at: Instant,
}

impl Wall {
    /// Believes the clock as it is at the start.
    pub(crate) fn new(wall: Timestamp, at: Instant) -> Self {
        Self { believed: wall, at }
    }

    /// What is believed now, when the clock says this.
    pub(crate) fn look(&mut self, wall: Timestamp, at: Instant) -> Timestamp {
        let passed = at.saturating_duration_since(self.at);
        self.believed = wall.min(after(self.believed, passed.saturating_mul(2)));
        self.at = at;
        self.believed
    }
}

fn after(time: Timestamp, passed: Duration) -> Timestamp {
    let passed = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
    Timestamp::from_micros(time.as_micros().saturating_add(passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(hours: u32) -> Timestamp {
        after(Timestamp::MIN, HOUR * hours)
    }

    #[test]
    fn a_clock_that_goes_is_followed_and_one_that_jumps_is_not_at_once() {
        let start = Instant::now();
        let mut wall = Wall::new(at(1_000), start);
        assert_eq!(wall.look(at(1_001), start + HOUR), at(1_001));
        // A day ahead: an hour later it is believed by two.
        assert_eq!(wall.look(at(1_025), start + HOUR), at(1_001));
        assert_eq!(wall.look(at(1_026), start + 2 * HOUR), at(1_003));
        // It was wrong.
        assert_eq!(wall.look(at(1_003), start + 3 * HOUR), at(1_003));
        // Another day ahead, and it stays there.
        assert_eq!(wall.look(at(1_050), start + 26 * HOUR), at(1_049));
        assert_eq!(wall.look(at(1_051), start + 27 * HOUR), at(1_051));
        // A day back.
        assert_eq!(wall.look(at(1_027), start + 27 * HOUR), at(1_027));
    }
}
