use std::sync::Arc;

use super::receipt::{Book, Slip};
use super::taken::Taken;
use crate::alert::Alert;

/// An alert between `emit` and the lanes.
#[derive(Debug)]
pub(crate) struct Emission {
    pub(crate) alert: Arc<Alert>,
    pub(crate) book: Option<Arc<Book>>,
}

/// An alert as the dispatcher hands it to the lanes.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) alert: Arc<Alert>,
    /// One for each lane that it goes to, if its outcomes are awaited.
    pub(crate) slips: Vec<Slip>,
    pub(crate) taken: Option<Arc<Taken>>,
    /// A silence matches it.
    pub(crate) silenced: bool,
}
