use std::sync::Arc;

use crate::alert::{Alert, Context};

/// What every alert of a pipeline gets that lacks it.
pub(crate) struct Defaults {
    pub(crate) source: Arc<str>,
    pub(crate) context: Context,
}

impl Defaults {
    pub(crate) fn fill(&self, alert: &mut Alert) {
        alert.fill(&self.source, &self.context);
    }
}
