//! What the Discord sinks of a process know together: two of them may write to one webhook, and what
//! Discord says to one address it says to all.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::errors::Reach;
use crate::rate::Rate;
use crate::reply::{Reply, Window};

/// How many webhooks are known at once. A sink beyond has its limits for itself.
const WEBHOOKS: usize = 64;

static PROCESS: LazyLock<Arc<Process>> = LazyLock::new(Arc::default);

/// The limits of all webhooks.
#[derive(Debug, Default)]
pub(crate) struct Process {
    webhooks: Mutex<Vec<(String, Shared)>>,
    everywhere: Mutex<Rate>,
}

type Shared = Arc<Mutex<Rate>>;

impl Process {
    /// That of this process.
    pub(crate) fn this() -> Arc<Process> {
        Arc::clone(&PROCESS)
    }

    /// The pace of a webhook. What was known of it before is still known.
    pub(crate) fn pace(self: &Arc<Self>, place: &str, per_minute: usize) -> Pace {
        let mut webhooks = lock(&self.webhooks);
        let at = webhooks.iter().position(|(known, _)| known == place);
        let rate = match at {
            Some(at) => Arc::clone(&webhooks[at].1),
            None => {
                let rate = Shared::default();
                if webhooks.len() >= WEBHOOKS {
                    // One that no sink uses; the first is the one that came first.
                    let unused = webhooks
                        .iter()
                        .position(|(_, rate)| Arc::strong_count(rate) == 1);
                    unused.map(|at| webhooks.remove(at));
                }
                if webhooks.len() < WEBHOOKS {
                    webhooks.push((place.to_owned(), Arc::clone(&rate)));
                }
                rate
            }
        };
        Pace {
            process: Arc::clone(self),
            rate,
            per_minute,
        }
    }
}

/// How often one sink may call its webhook.
#[derive(Debug)]
pub(crate) struct Pace {
    process: Arc<Process>,
    rate: Shared,
    per_minute: usize,
}

impl Pace {
    /// How many messages fit a minute; `None` if that is not limited.
    pub(crate) fn per_minute(&self) -> Option<usize> {
        (self.per_minute > 0).then_some(self.per_minute)
    }

    /// How long nothing may be sent.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        let everywhere = lock(&self.process.everywhere).pause(now, 0);
        lock(&self.rate).pause(now, self.per_minute).max(everywhere)
    }

    /// How many messages there is room for in this minute.
    pub(crate) fn room(&self, now: Instant) -> usize {
        lock(&self.rate).room(now, self.per_minute)
    }

    /// Counts a message that is sent now.
    pub(crate) fn called(&self, now: Instant) {
        lock(&self.rate).called(now);
    }

    /// Takes up what an answer tells that is no limit.
    pub(crate) fn answered(&self, now: Instant, window: Window) {
        lock(&self.process.everywhere).answered(now, Window::default());
        lock(&self.rate).answered(now, window);
    }

    /// Takes up a limit, and returns how long to wait.
    pub(crate) fn limited(&self, now: Instant, reply: &Reply, reach: Reach) -> Duration {
        let jitter = fastrand::f64();
        match reach {
            Reach::Webhook => lock(&self.rate).limited(now, reply.pause(), jitter),
            Reach::Everywhere => lock(&self.process.everywhere).limited(now, reply.pause(), jitter),
            Reach::Ban => lock(&self.process.everywhere).banned(now, reply.pause(), jitter),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seconds: u64) -> Reply {
        Reply {
            status: 429,
            retry_after: Some(Duration::from_secs(seconds)),
            ..Reply::default()
        }
    }

    #[test]
    fn two_sinks_on_one_webhook_share_its_limits_and_others_do_not() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let (one, two, other) = (
            process.pace("a", 25),
            process.pace("a", 25),
            process.pace("b", 25),
        );
        one.called(now);
        assert_eq!((two.room(now), other.room(now)), (24, 25));
        assert!(one.limited(now, &told(10), Reach::Webhook) >= Duration::from_secs(10));
        assert!(two.pause(now) >= Duration::from_secs(10) && other.pause(now).is_zero());
        drop((one, two));
        assert!(!process.pace("a", 25).pause(now).is_zero());
    }

    #[test]
    fn a_global_limit_and_a_ban_hold_every_sink() {
        for (reach, least) in [(Reach::Everywhere, 10), (Reach::Ban, 60)] {
            let (process, now) = (Arc::<Process>::default(), Instant::now());
            let (one, other) = (process.pace("a", 25), process.pace("b", 25));
            one.limited(now, &told(10), reach);
            assert!(other.pause(now) >= Duration::from_secs(least), "{reach:?}");
        }
    }

    #[test]
    fn the_table_is_bounded_and_what_is_in_use_stays_in_it() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let used: Vec<Pace> = (0..WEBHOOKS)
            .map(|n| process.pace(&n.to_string(), 25))
            .collect();
        let beyond = process.pace("beyond", 25);
        beyond.called(now);
        assert_eq!(
            (beyond.room(now), process.pace("beyond", 25).room(now)),
            (24, 25)
        );
        assert_eq!(lock(&process.webhooks).len(), WEBHOOKS);
        drop(used);
        process.pace("new", 25).called(now);
        assert_eq!(process.pace("new", 25).room(now), 24);
        assert_eq!(lock(&process.webhooks).len(), WEBHOOKS);
    }
}
