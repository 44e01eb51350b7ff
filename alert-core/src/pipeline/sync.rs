//! The primitives under `wake` and `intake`, named in one place: the model checker includes the same two files beside
//! a module `sync` of its own, so what it proves is the source that runs.

pub(crate) use crossbeam_queue::ArrayQueue;
pub(crate) use crossbeam_utils::CachePadded;
pub(crate) use std::sync::OnceLock;
pub(crate) use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
pub(crate) use std::thread::{self, Thread};
