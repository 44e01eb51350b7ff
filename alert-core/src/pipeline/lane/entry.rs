use std::sync::Arc;
use std::time::Duration;

use super::gather::Gathered;
use crate::alert::{Alert, Digest, Fingerprint, Severity, Status, Timestamp};
use crate::pipeline::Outcome;
use crate::pipeline::queue::Queued;
use crate::sink::{Answered, Firing, Handle, Losses, Suppressed};

/// Time since the pipeline's start.
pub(crate) type Tick = Duration;

/// What a lane must know of what it carries.
pub(crate) trait Item: Clone {
    fn severity(&self) -> Severity;
    fn size(&self) -> usize;
    /// Of the dedup key, if there is one.
    fn key(&self) -> Option<Fingerprint>;
    fn status(&self) -> Status;
    /// When it was raised.
    fn raised(&self) -> Timestamp;
    /// What a later alert of its key tells of it, if this kept it from getting
    /// through.
    fn firing(&self, why: String) -> Firing;
    /// Whether somebody waits for its outcome.
    fn is_tracked(&self) -> bool;
    fn alert(&self) -> Arc<Alert>;
    /// The one that tells of a digest of these.
    fn telling<'a>(digest: &Digest, members: impl Iterator<Item = &'a Self>) -> Self
    where
        Self: 'a;
}

/// An item in a lane.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) item: T,
    pub(super) seq: u64,
    pub(crate) accepted: Tick,
    /// Attempts that count against the limit.
    pub(super) counted: u32,
    /// Attempts that were made.
    pub(super) tries: u32,
    pub(super) stands_for: Option<Box<Suppressed>>,
    /// Travels in a batch of its own: its batch was refused as a whole.
    pub(super) alone: bool,
    /// One attempt ended without an answer.
    pub(super) ambiguous: bool,
    /// Of its key: see `opens`.
    pub(super) life: u64,
    /// The firing alert that it tells of too, once it was at the head.
    pub(super) firing: Option<Box<Firing>>,
    /// Failures that may be its own; two of them make a stuck head.
    pub(super) failed: u32,
    /// What the last of those said.
    pub(super) error: Option<Arc<str>>,
    /// What was answered to its last attempt, if that failed.
    pub(super) answer: Option<Answered>,
    /// What it tells of, if it is a digest.
    pub(crate) gathered: Option<Box<Gathered<T>>>,
}

impl<T> Entry<T> {
    /// Not yet in any order.
    pub(crate) fn new(item: T, accepted: Tick) -> Self {
        Self {
            item,
            seq: 0,
            accepted,
            counted: 0,
            tries: 0,
            stands_for: None,
            alone: false,
            ambiguous: false,
            life: 0,
            firing: None,
            failed: 0,
            error: None,
            answer: None,
            gathered: None,
        }
    }
}

impl<T: Item> Queued for Entry<T> {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn severity(&self) -> Severity {
        self.item.severity()
    }

    fn size(&self) -> usize {
        let gathered = self.gathered.as_ref().map_or(0, |g| g.bytes());
        self.item.size() + gathered
    }
}

/// One member of the work that a worker is handed.
#[derive(Debug)]
pub(crate) struct Member<T> {
    pub(crate) item: T,
    pub(crate) number: u32,
    pub(crate) late_by: Duration,
    pub(crate) stands_for: Option<Box<Suppressed>>,
    pub(crate) previous: Option<Handle>,
    pub(crate) firing: Option<Box<Firing>>,
    pub(crate) digest: Option<Arc<Digest>>,
}

/// One attempt's work.
#[derive(Debug)]
pub(crate) struct Work<T> {
    pub(crate) members: Vec<Member<T>>,
    /// What the first member tells.
    pub(crate) lost: Losses,
    pub(crate) deadline: Tick,
    /// How many of them one request may hold.
    pub(crate) request_size: usize,
    /// How many requests may be in flight at once.
    pub(crate) in_flight: usize,
}

/// What a worker is to do next.
#[derive(Debug)]
pub(crate) enum Next<T> {
    /// Drop the sink, if there is one, and open it.
    Open {
        deadline: Tick,
    },
    Deliver(Work<T>),
    Flush {
        deadline: Tick,
    },
    /// See whether the resolved configuration differs, then report it.
    Recheck,
    /// Nothing until then, or until woken.
    Wait(Option<Tick>),
    /// Drop the sink and end.
    Done,
}

/// How a worker's call into the sink ended.
#[derive(Debug, Clone)]
pub(crate) enum End<T> {
    Ok(T),
    Failed(crate::sink::Failure),
    Panicked(String),
}

/// What happened in a lane that others must hear of.
#[derive(Debug)]
pub(crate) enum Event<T> {
    Settled(Entry<T>, Outcome),
    /// The lane has failed for `notice_after`, or is well again after that.
    Notice {
        failing: bool,
    },
    /// The sink's own flush failed.
    FlushFailed(Arc<str>),
}
