//! The gates in front of a lane, in order: filter, dedup, throttle. The
//! cheapest stands first, and a duplicate uses no throttle token.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;

use crate::alert::{Alert, Fingerprint, Severity, Status};
use crate::policy::{Dedup, Filter, Same, Stopped, Throttle};
use crate::sink::Suppressed;

/// How many keys a gate remembers; an evicted key means: deliver.
const KEYS: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");

/// What the gates say of an alert.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass(Option<Box<Suppressed>>),
    Filtered(Stopped),
    Duplicate,
    Throttled,
}

/// How a resolved alert stands to the firing ones of its key at this sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is no resolved alert, or has no dedup key, or nothing is known of a
    /// firing one (the filter stopped it, it was resolved already, the table had
    /// to let it go), or its resolution is on its way already.
    Ordinary,
    /// Every firing one was suppressed. It is no repeat and passes the filter,
    /// but not over the throttle: a storm that was held back would else come in
    /// as resolved ones.
    HeldBack,
    /// A firing one was delivered, waits, or got lost behind the gates: nobody
    /// may be left with it open.
    Open,
}

/// One sink's gates. Time is the pipeline's, as a duration since its start.
#[derive(Debug)]
pub(crate) struct Gates {
    filter: Filter,
    heeds_silences: bool,
    dedup: Option<DedupGate>,
    throttle: Option<ThrottleGate>,
    /// How many are held back that no alert has told yet, so that the books can
    /// be asked for often.
    untold: u64,
}

type DedupKey = (Fingerprint, Status);

impl Gates {
    pub(crate) fn new(filter: Filter, dedup: Option<Dedup>, throttle: Option<Throttle>) -> Self {
        Self {
            heeds_silences: heeds_silences(&filter, false),
            filter,
            dedup: dedup.map(|policy| DedupGate {
                within: policy.within,
                seen: LruCache::new(KEYS),
            }),
            throttle: throttle
                .filter(|policy| !policy.every.is_zero())
                .map(|policy| ThrottleGate {
                    policy,
                    buckets: LruCache::new(KEYS),
                    evicted: None,
                }),
            untold: 0,
        }
    }

    /// Whether silences hold here, where the filter does not say, depends on
    /// whether the sink keeps a record.
    pub(crate) fn keep_record(&mut self, keeps_record: bool) {
        self.heeds_silences = heeds_silences(&self.filter, keeps_record);
    }

    /// Whether what a silence matches is stopped.
    pub(crate) fn heed_silences(&self) -> bool {
        self.heeds_silences
    }

    /// Whether these gates are what such a policy asks for.
    pub(crate) fn serve(
        &self,
        filter: &Filter,
        dedup: Option<Dedup>,
        throttle: Option<Throttle>,
    ) -> bool {
        let throttle = throttle.filter(|policy| !policy.every.is_zero());
        self.filter == *filter
            && self.dedup.as_ref().map(|gate| gate.within) == dedup.map(|policy| policy.within)
            && self.throttle.as_ref().map(|gate| gate.policy) == throttle
    }

    /// Whether nothing is to come here that would be judged.
    pub(crate) fn only_as_fallback(&self) -> bool {
        self.filter.only_as_fallback
    }

    pub(crate) fn judge(&mut self, alert: &Alert, standing: Standing, now: Duration) -> Verdict {
        let verdict = self.decide(alert, standing, now);
        match &verdict {
            Verdict::Duplicate | Verdict::Throttled => self.untold += 1,
            Verdict::Pass(Some(held)) => self.untold = self.untold.saturating_sub(held.count()),
            Verdict::Pass(None) | Verdict::Filtered(_) => {}
        }
        verdict
    }

    fn decide(&mut self, alert: &Alert, standing: Standing, now: Duration) -> Verdict {
        let ordinary = standing == Standing::Ordinary;
        if ordinary && let Err(stopped) = self.filter.check(alert) {
            return Verdict::Filtered(stopped);
        }
        if self.dedup.is_none() && self.throttle.is_none() {
            return Verdict::Pass(None);
        }
        let key = (alert.fingerprint(), alert.status());
        if ordinary
            && let Some(dedup) = &mut self.dedup
            && dedup.suppresses(key, alert, now)
        {
            return Verdict::Duplicate;
        }
        let mut stands_for = None;
        if standing != Standing::Open
            && let Some(throttle) = &mut self.throttle
        {
            match throttle.take(alert, now) {
                Err(()) => return Verdict::Throttled,
                Ok(held) => stands_for = held,
            }
        }
        // Only an alert that goes on opens a window: what the throttle held
        // back must not suppress its own repeats.
        if let Some(dedup) = &mut self.dedup {
            merge(&mut stands_for, dedup.open_window(key, now));
        }
        Verdict::Pass(stands_for)
    }

    /// The alert got lost behind the gates: its repeat is no repeat.
    pub(crate) fn forget(&mut self, alert: &Alert) {
        if let Some(dedup) = &mut self.dedup
            && let Some(window) = dedup.seen.peek_mut(&(alert.fingerprint(), alert.status()))
        {
            window.until = Duration::ZERO;
        }
    }

    /// Everything held back that no alert has told yet.
    pub(crate) fn untold(&self) -> u64 {
        self.untold
    }

    /// The same, counted where it is held.
    #[cfg(test)]
    fn held(&self) -> u64 {
        let count = |held: &Option<Box<Suppressed>>| held.as_ref().map_or(0, |s| s.count());
        let dedup = self.dedup.iter().flat_map(|g| g.seen.iter());
        let throttle = self.throttle.iter().flat_map(|g| g.buckets.iter());
        dedup.map(|(_, w)| count(&w.held)).sum::<u64>()
            + throttle.map(|(_, b)| count(&b.held)).sum::<u64>()
            + self.throttle.as_ref().map_or(0, |g| count(&g.evicted))
    }
}

fn heeds_silences(filter: &Filter, keeps_record: bool) -> bool {
    !filter.silenced.unwrap_or(keeps_record)
}

fn hold(held: &mut Option<Box<Suppressed>>, alert: &Alert) {
    let one = Suppressed::one(alert.severity(), alert.time());
    match held {
        Some(held) => held.merge(&one),
        None => *held = Some(Box::new(one)),
    }
}

fn merge(into: &mut Option<Box<Suppressed>>, other: Option<Box<Suppressed>>) {
    match (into.as_mut(), other) {
        (Some(into), Some(other)) => into.merge(&other),
        (None, other) => *into = other,
        (Some(_), None) => {}
    }
}

#[derive(Debug)]
struct DedupGate {
    within: Duration,
    seen: LruCache<DedupKey, Window>,
}

#[derive(Debug, Default)]
struct Window {
    until: Duration,
    held: Option<Box<Suppressed>>,
}

impl DedupGate {
    fn suppresses(&mut self, key: DedupKey, alert: &Alert, now: Duration) -> bool {
        match self.seen.peek_mut(&key) {
            Some(window) if now < window.until => {
                hold(&mut window.held, alert);
                true
            }
            _ => false,
        }
    }

    fn open_window(&mut self, key: DedupKey, now: Duration) -> Option<Box<Suppressed>> {
        let until = now.saturating_add(self.within);
        let before = self.seen.push(key, Window { until, held: None });
        // `push` also returns another key that had to make room; what it held
        // is told by this alert, so that every occurrence is in some count.
        before.and_then(|(_, window)| window.held)
    }
}

#[derive(Debug)]
struct ThrottleGate {
    policy: Throttle,
    buckets: LruCache<BucketKey, Bucket>,
    /// What buckets held that had to make room; the next alert to pass tells.
    evicted: Option<Box<Suppressed>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BucketKey {
    Sink,
    Source(Box<str>),
    Severity(Severity),
    Key(DedupKey),
}

#[derive(Debug)]
struct Bucket {
    /// Tokens in nanoseconds of refill, so that no rounding loses any.
    level: u128,
    at: Duration,
    held: Option<Box<Suppressed>>,
}

impl ThrottleGate {
    fn take(&mut self, alert: &Alert, now: Duration) -> Result<Option<Box<Suppressed>>, ()> {
        let every = self.policy.every.as_nanos();
        let size = u128::from(self.policy.at_most.max(1));
        let full = every.saturating_mul(size);
        let key = match self.policy.same {
            Same::Sink => BucketKey::Sink,
            Same::Source => BucketKey::Source(alert.source().into()),
            Same::Severity => BucketKey::Severity(alert.severity()),
            Same::Key => BucketKey::Key((alert.fingerprint(), alert.status())),
        };
        if !self.buckets.contains(&key) {
            let bucket = Bucket {
                level: full,
                at: now,
                held: None,
            };
            if let Some((_, out)) = self.buckets.push(key.clone(), bucket) {
                merge(&mut self.evicted, out.held);
            }
        }
        let Some(bucket) = self.buckets.get_mut(&key) else {
            return Ok(None);
        };
        let passed = now.saturating_sub(bucket.at).as_nanos();
        bucket.level = bucket
            .level
            .saturating_add(passed.saturating_mul(size))
            .min(full);
        bucket.at = now;
        if bucket.level < every {
            hold(&mut bucket.held, alert);
            return Err(());
        }
        bucket.level -= every;
        let mut held = bucket.held.take();
        merge(&mut held, self.evicted.take());
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn gates(dedup: Option<u64>, throttle: Option<(u32, u64, Same)>) -> Gates {
        Gates::new(
            Filter::all(),
            dedup.map(|s| Dedup { within: S(s) }),
            throttle.map(|(at_most, s, same)| Throttle {
                at_most,
                every: S(s),
                same,
            }),
        )
    }

    fn passed(verdict: &Verdict) -> Option<u64> {
        match verdict {
            Verdict::Pass(held) => Some(held.as_ref().map_or(0, |h| h.count())),
            _ => None,
        }
    }

    #[test]
    fn the_alert_that_ends_a_suppression_names_what_it_stands_for() {
        let mut gates = gates(Some(60), None);
        let alert = Alert::warning("disk full").build();
        assert_eq!(
            passed(&gates.judge(&alert, Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&alert, Standing::Ordinary, S(1)),
            Verdict::Duplicate
        );
        assert_eq!(
            gates.judge(&alert, Standing::Ordinary, S(59)),
            Verdict::Duplicate
        );
        assert_eq!(gates.untold(), 2);
        assert_eq!(
            passed(&gates.judge(&alert, Standing::Ordinary, S(60))),
            Some(2)
        );
        assert_eq!(gates.untold(), 0);
    }

    #[test]
    fn a_resolved_alert_is_no_duplicate_of_its_firing_one() {
        let mut gates = gates(Some(60), None);
        let firing = Alert::warning("x").dedup_key("k").build();
        let resolved = Alert::warning("x").dedup_key("k").resolved().build();
        assert_eq!(
            passed(&gates.judge(&firing, Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            passed(&gates.judge(&resolved, Standing::Ordinary, S(1))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&resolved, Standing::Ordinary, S(2)),
            Verdict::Duplicate
        );
    }

    #[test]
    fn a_duplicate_uses_no_throttle_token() {
        let mut gates = gates(Some(60), Some((2, 3600, Same::Sink)));
        let alert = |title: &'static str| Alert::info(title).build();
        assert_eq!(
            passed(&gates.judge(&alert("a"), Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&alert("a"), Standing::Ordinary, S(1)),
            Verdict::Duplicate
        );
        assert_eq!(
            passed(&gates.judge(&alert("b"), Standing::Ordinary, S(2))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&alert("c"), Standing::Ordinary, S(3)),
            Verdict::Throttled
        );
    }

    #[test]
    fn what_the_throttle_held_back_does_not_suppress_its_own_repeat() {
        let mut gates = gates(Some(3600), Some((1, 10, Same::Sink)));
        let alert = |title: &'static str| Alert::info(title).build();
        assert_eq!(
            passed(&gates.judge(&alert("a"), Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&alert("b"), Standing::Ordinary, S(1)),
            Verdict::Throttled
        );
        assert_eq!(
            passed(&gates.judge(&alert("b"), Standing::Ordinary, S(10))),
            Some(1)
        );
    }

    #[test]
    fn each_source_has_its_bucket() {
        let mut gates = gates(None, Some((1, 10, Same::Source)));
        let alert = |source: &'static str| Alert::info("t").source(source).build();
        assert_eq!(
            passed(&gates.judge(&alert("a"), Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            passed(&gates.judge(&alert("b"), Standing::Ordinary, S(0))),
            Some(0)
        );
        assert_eq!(
            gates.judge(&alert("a"), Standing::Ordinary, S(5)),
            Verdict::Throttled
        );
        assert_eq!(
            passed(&gates.judge(&alert("a"), Standing::Ordinary, S(10))),
            Some(1)
        );
    }

    #[test]
    fn a_lost_alert_is_forgotten_so_that_its_repeat_passes() {
        let mut gates = gates(Some(60), None);
        let alert = Alert::warning("x").build();
        assert_eq!(
            passed(&gates.judge(&alert, Standing::Ordinary, S(0))),
            Some(0)
        );
        gates.forget(&alert);
        assert_eq!(
            passed(&gates.judge(&alert, Standing::Ordinary, S(1))),
            Some(0)
        );
    }

    proptest! {
        /// Every occurrence passes, is told by one that passes, or is untold.
        #[test]
        fn every_occurrence_is_in_some_count(
            within in prop::option::of(0u64..50), at_most in 1u32..4, every in 0u64..50,
            keys in prop::collection::vec((0u8..6, 0u64..10, any::<bool>()), 1..300),
        ) {
            let mut gates = gates(within, Some((at_most, every, Same::Source)));
            let (mut now, mut offered, mut accounted) = (0, 0, 0);
            for (key, step, lost) in keys {
                now += step;
                offered += 1;
                let alert = Alert::info("t")
                    .dedup_key(key.to_string())
                    .source((key % 2).to_string())
                    .build();
                if let Some(held) = passed(&gates.judge(&alert, Standing::Ordinary, S(now))) {
                    accounted += 1 + held;
                    if lost {
                        gates.forget(&alert);
                    }
                }
                prop_assert_eq!(offered, accounted + gates.held());
                prop_assert_eq!(gates.untold(), gates.held());
            }
        }

        /// No window of time lets more through than the bucket and its refill.
        #[test]
        fn a_throttle_never_exceeds_its_rate(
            at_most in 1u32..5, every in 1u64..20, steps in prop::collection::vec(0u64..5, 1..200),
        ) {
            let mut gates = gates(None, Some((at_most, every, Same::Sink)));
            let mut times = Vec::new();
            let mut now = 0;
            for step in steps {
                now += step;
                if passed(&gates.judge(&Alert::info("t").build(), Standing::Ordinary, S(now))).is_some() {
                    times.push(now);
                }
            }
            for (i, start) in times.iter().enumerate() {
                for (j, end) in times.iter().enumerate().skip(i) {
                    let allowed = u64::from(at_most) + (end - start) * u64::from(at_most) / every;
                    prop_assert!((j - i + 1) as u64 <= allowed);
                }
            }
        }
    }
}
