//! What the Discord sinks of a process know together: two of them may write to one webhook, and what
//! Discord says to one address it says to all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::errors::{Call, Reach};
use crate::rate::Rate;
use crate::reply::{Reply, Window};

/// How many webhooks, and how many hosts, are known at once. A sink beyond has its limits for itself.
const WEBHOOKS: usize = 64;

static PROCESS: LazyLock<Arc<Process>> = LazyLock::new(Arc::default);

/// The limits of all webhooks.
#[derive(Debug, Default)]
pub(crate) struct Process {
    webhooks: Table,
    /// What a host says of everything from here says nothing of another one.
    hosts: Table,
    sinks: AtomicU64,
}

type Table = Mutex<Vec<(String, Shared)>>;
type Shared = Arc<Mutex<Rate>>;

impl Process {
    /// That of this process.
    pub(crate) fn this() -> Arc<Process> {
        Arc::clone(&PROCESS)
    }

    /// The pace of a sink on this webhook, `HOST/ID`. What was known of it before is still known.
    pub(crate) fn pace(&self, place: &str, per_minute: usize) -> Pace {
        let host = place.rsplit_once('/').map_or(place, |(host, _)| host);
        Pace {
            sink: self.sinks.fetch_add(1, Ordering::Relaxed),
            everywhere: known(&self.hosts, host),
            rate: known(&self.webhooks, place),
            per_minute,
        }
    }
}

fn known(table: &Table, place: &str) -> Shared {
    let mut table = lock(table);
    if let Some((_, rate)) = table.iter().find(|(known, _)| known == place) {
        return Arc::clone(rate);
    }
    if table.len() >= WEBHOOKS {
        // One that no sink uses; the first is the one that came first.
        let unused = table
            .iter()
            .position(|(_, rate)| Arc::strong_count(rate) == 1);
        unused.map(|at| table.remove(at));
    }
    let rate = Shared::default();
    if table.len() < WEBHOOKS {
        table.push((place.to_owned(), Arc::clone(&rate)));
    }
    rate
}

/// How often one sink may call its webhook.
#[derive(Debug)]
pub(crate) struct Pace {
    sink: u64,
    everywhere: Shared,
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
        let everywhere = lock(&self.everywhere).pause(now, 0);
        lock(&self.rate).pause(now, self.per_minute).max(everywhere)
    }

    /// How many messages there is room for at once.
    pub(crate) fn room(&self, now: Instant) -> usize {
        lock(&self.rate).room(now, self.per_minute)
    }

    /// Counts a message that is sent now. `Err` if none may be, with how long that lasts: after it,
    /// and before the other sinks on the webhook, it is this one's turn.
    pub(crate) fn call(&self, now: Instant, call: Call) -> Result<(), Duration> {
        let everywhere = lock(&self.everywhere).pause(now, 0);
        let mut rate = lock(&self.rate);
        let mut pause = rate.pause(now, self.per_minute).max(everywhere);
        if pause.is_zero() {
            pause = rate.yields(now, self.sink);
        }
        if pause.is_zero() {
            rate.called(now, call);
            return Ok(());
        }
        rate.queue_up(now, self.sink, pause);
        Err(pause)
    }

    /// Takes up what an answer tells that is no limit.
    pub(crate) fn answered(&self, now: Instant, call: Call, window: Window) {
        lock(&self.everywhere).answered(now, call, Window::default());
        lock(&self.rate).answered(now, call, window);
    }

    /// Takes up a limit, and returns how long to wait.
    pub(crate) fn limited(&self, now: Instant, reply: &Reply, reach: Reach) -> Duration {
        let jitter = fastrand::f64();
        match reach {
            Reach::Webhook => lock(&self.rate).limited(now, reply.pause(), jitter),
            Reach::Everywhere => lock(&self.everywhere).limited(now, reply.pause(), jitter),
            Reach::Ban => lock(&self.everywhere).banned(now, reply.pause(), jitter),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::TURN;

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
            process.pace("h/a", 25),
            process.pace("h/a", 25),
            process.pace("h/b", 25),
        );
        one.call(now, Call::Post).unwrap();
        assert_eq!((two.room(now), other.room(now)), (12, 13));
        assert!(one.limited(now, &told(10), Reach::Webhook) >= Duration::from_secs(10));
        assert!(two.pause(now) >= Duration::from_secs(10) && other.pause(now).is_zero());
        drop((one, two));
        assert!(!process.pace("h/a", 25).pause(now).is_zero());
    }

    #[test]
    fn a_global_limit_and_a_ban_hold_every_sink() {
        for (reach, least) in [(Reach::Everywhere, 10), (Reach::Ban, 60)] {
            let (process, now) = (Arc::<Process>::default(), Instant::now());
            let (one, other) = (process.pace("h/a", 25), process.pace("h/b", 25));
            one.limited(now, &told(10), reach);
            assert!(other.pause(now) >= Duration::from_secs(least), "{reach:?}");
        }
    }

    #[test]
    fn an_answer_that_is_no_limit_ends_the_doubling_of_a_ban() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let pace = process.pace("h/a", 25);
        let untold = Reply::default();
        for least in [60, 120] {
            let pause = pace.limited(now, &untold, Reach::Ban);
            assert!(pause >= Duration::from_secs(least));
        }
        pace.answered(now, Call::Post, Window::default());
        assert!(pace.limited(now, &untold, Reach::Ban) < Duration::from_secs(70));
    }

    #[test]
    fn what_a_proxy_says_of_everything_holds_no_sink_of_another_host() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let proxied = process.pace("proxy.example:443/1", 25);
        let official = process.pace("discord.com:443/1", 25);
        proxied.limited(now, &told(10), Reach::Ban);
        assert!(!proxied.pause(now).is_zero() && official.pause(now).is_zero());
    }

    #[test]
    fn who_was_told_to_wait_goes_before_who_called_last() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let (busy, calm) = (process.pace("h/a", 2), process.pace("h/a", 2));
        busy.call(now, Call::Post).unwrap();
        let pause = calm.call(now, Call::Post).unwrap_err();
        let then = now + pause;
        assert!(busy.call(then, Call::Post).unwrap_err() <= TURN);
        assert!(calm.call(then, Call::Post).is_ok());
        // Who does not come loses the turn.
        let pause = calm.call(then, Call::Post).unwrap_err();
        assert!(busy.call(then + pause + TURN, Call::Post).is_ok());
    }

    #[test]
    fn a_lock_that_a_panic_poisoned_is_used_as_before() {
        let process = Arc::<Process>::default();
        let pace = process.pace("h/a", 25);
        let poisoned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _table = process.webhooks.lock().unwrap();
            let _rate = pace.rate.lock().unwrap();
            panic!("on purpose");
        }));
        assert!(poisoned.is_err());
        let now = Instant::now();
        process.pace("h/a", 25).call(now, Call::Post).unwrap();
        assert_eq!(pace.room(now), 12);
    }

    #[test]
    fn the_table_is_bounded_and_what_is_in_use_stays_in_it() {
        let (process, now) = (Arc::<Process>::default(), Instant::now());
        let used: Vec<Pace> = (0..WEBHOOKS)
            .map(|n| process.pace(&n.to_string(), 25))
            .collect();
        let beyond = process.pace("beyond", 25);
        beyond.call(now, Call::Post).unwrap();
        assert_eq!(
            (beyond.room(now), process.pace("beyond", 25).room(now)),
            (12, 13)
        );
        assert_eq!(lock(&process.webhooks).len(), WEBHOOKS);
        drop(used);
        process.pace("new", 25).call(now, Call::Post).unwrap();
        assert_eq!(process.pace("new", 25).room(now), 12);
        assert_eq!(lock(&process.webhooks).len(), WEBHOOKS);
    }
}
