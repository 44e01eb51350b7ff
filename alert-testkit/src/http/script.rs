use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::received::Received;
use super::reply::Reply;

/// Which reply comes next.
pub(super) struct Script(Mutex<Source>);

enum Source {
    /// In this order; the last stays.
    Listed(VecDeque<Reply>),
    By(Decide),
}

type Decide = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

/// A reply, or how to come by one outside of every lock.
pub(super) enum Next {
    Reply(Reply),
    Ask(Decide),
}

impl Script {
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub(super) fn listed(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self(Mutex::new(Source::listed(replies)))
    }

    pub(super) fn by(decide: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self(Mutex::new(Source::By(Arc::new(decide))))
    }

    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Panics
    /// If there are none.
    #[track_caller]
    pub(super) fn change(&self, replies: impl IntoIterator<Item = Reply>) {
        let source = Source::listed(replies);
        *self.lock() = source;
    }

    /// What is next, if it does not wait for the request to be read.
    pub(super) fn take_early(&self) -> Option<Reply> {
        let mut source = self.lock();
        match &mut *source {
            Source::Listed(replies) if replies.front()?.flaw.is_early() => take(replies),
            _ => None,
        }
    }

    pub(super) fn next(&self) -> Next {
        match &mut *self.lock() {
            Source::Listed(replies) => {
                Next::Reply(take(replies).expect("a list has a reply at least, and keeps its last"))
            }
            Source::By(decide) => Next::Ask(decide.clone()),
        }
    }
}

impl Source {
    #[track_caller]
    fn listed(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: VecDeque<_> = replies.into_iter().collect();
        assert!(!replies.is_empty(), "a server without a reply");
        Source::Listed(replies)
    }
}

fn take(replies: &mut VecDeque<Reply>) -> Option<Reply> {
    match replies.len() {
        0 | 1 => replies.front().cloned(),
        _ => replies.pop_front(),
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.lock() {
            Source::Listed(replies) => f.debug_list().entries(replies).finish(),
            Source::By(_) => f.write_str("by request"),
        }
    }
}
