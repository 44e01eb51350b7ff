//! When a log is to step aside.

use std::time::Duration;

use alert_core::Timestamp;

use super::Rotate;
use crate::day::Day;
use crate::group::GROUP;

/// How long after a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(60);

/// What was configured of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    size: Option<u64>,
    daily: bool,
}

impl Rule {
    pub(crate) fn of(rotate: &Rotate) -> Self {
        Self {
            size: rotate.size.map(|size| size.bytes()),
            daily: rotate.daily,
        }
    }

    /// Whether a file that holds so many bytes of that day is to step aside before more are
    /// written today. An empty one never is: a record that is larger than any file goes somewhere.
    pub(crate) fn is_due(self, holds: u64, more: u64, day: Day, today: Day) -> bool {
        let is_full = |size| holds.saturating_add(more) > size;
        holds > 0 && (self.size.is_some_and(is_full) || self.daily && day < today)
    }

    /// From how many bytes on records are written rather than gathered.
    pub(crate) fn group(self) -> usize {
        let size = self.size.and_then(|size| usize::try_from(size).ok());
        size.map_or(GROUP, |size| size.min(GROUP))
    }
}

/// Whether it may be tried now, after it failed then. A clock that was set back does not hold it
/// up.
pub(crate) fn may_try(failed: Option<Timestamp>, now: Timestamp) -> bool {
    failed.is_none_or(|then| now < then || now.saturating_since(then) >= PAUSE)
}

#[cfg(test)]
mod tests {
    use alert_core::Size;
    use proptest::prelude::*;

    use super::*;

    fn day(number: u64) -> Day {
        Day::of(Timestamp::from_micros(number * 86_400_000_000))
    }

    #[test]
    fn a_file_is_full_before_it_would_be_too_large() {
        let rule = Rule::of(&Rotate::at(Size::from_bytes(1_000)));
        assert!(!rule.is_due(600, 400, day(1), day(9)));
        assert!(rule.is_due(600, 401, day(1), day(1)));
        assert!(rule.is_due(u64::MAX, 1, day(1), day(1)));
        assert_eq!(rule.group(), 1_000);
    }

    #[test]
    fn a_day_is_over_once_a_later_one_has_begun() {
        let rule = Rule::of(&Rotate::daily());
        assert!(rule.is_due(1, 1, day(1), day(2)));
        assert!(!rule.is_due(u64::MAX, u64::MAX, day(2), day(2)));
        assert!(!rule.is_due(1, 1, day(3), day(2)));
        assert_eq!(rule.group(), GROUP);
    }

    #[test]
    fn what_failed_is_tried_again_after_a_minute() {
        let at = |seconds: u64| Timestamp::from_micros(seconds * 1_000_000);
        assert!(may_try(None, at(0)));
        assert!(!may_try(Some(at(100)), at(159)));
        assert!(may_try(Some(at(100)), at(160)));
        assert!(may_try(Some(at(100)), at(99)));
    }

    proptest! {
        #[test]
        fn an_empty_file_stays(more: u64, size in 0..u64::MAX, then in 0_u64..99, now in 0_u64..99) {
            let rule = Rule::of(&Rotate::daily().or_at(Size::from_bytes(size)));
            prop_assert!(!rule.is_due(0, more, day(then), day(now)));
        }
    }
}
