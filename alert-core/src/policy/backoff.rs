use std::time::Duration;

/// The longest pause that a service can ask for: 24 h.
pub(crate) const LONGEST_HINT: Duration = Duration::from_secs(24 * 3600);

/// The bound of the pause after failure number `failures` (from 1).
fn bound(first: Duration, cap: Duration, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    first.saturating_mul(1 << doublings).min(cap)
}

/// A pause anywhere between nothing and the bound ("full jitter"), so that
/// many clients of one service do not come back together.
pub(crate) fn jittered(
    first: Duration,
    cap: Duration,
    failures: u32,
    random: &mut fastrand::Rng,
) -> Duration {
    let bound = u64::try_from(bound(first, cap, failures).as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random.u64(0..=bound))
}

/// The pause before opening a sink anew: 1 s, doubling to 1 h.
pub(crate) fn reopen(failures: u32) -> Duration {
    bound(Duration::from_secs(1), Duration::from_secs(3600), failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reopen_pause_doubles_from_a_second_to_an_hour() {
        let pauses: Vec<u64> = (1..=14).map(|n| reopen(n).as_secs()).collect();
        assert_eq!(
            pauses,
            [
                1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600
            ]
        );
    }

    proptest! {
        #[test]
        fn a_pause_never_exceeds_its_bound(
            first in any::<Duration>(), cap in any::<Duration>(), failures: u32, seed: u64,
        ) {
            let pause = jittered(first, cap, failures, &mut fastrand::Rng::with_seed(seed));
            prop_assert!(pause <= cap);
            if failures <= 1 {
                prop_assert!(pause <= first);
            }
        }
    }
}
