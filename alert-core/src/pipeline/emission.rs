use std::sync::Arc;

use super::receipt::Book;
use crate::alert::Alert;

/// An alert between `emit` and the lanes.
#[derive(Debug)]
pub(crate) struct Emission {
    pub(crate) alert: Arc<Alert>,
    pub(crate) book: Option<Arc<Book>>,
}
