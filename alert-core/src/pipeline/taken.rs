use std::sync::{Arc, Mutex, PoisonError};

/// The sinks that took an alert, so that none is given it twice. Only those
/// that are the fallback of another are written down, by name, which is what
/// outlives a change of the pipeline. Only the dispatcher reads and writes it.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The fallbacks there were when the alert was routed.
    among: Arc<[Arc<str>]>,
    by: Mutex<Vec<Arc<str>>>,
}

impl Taken {
    /// For an alert that is about to be routed; `None` where nothing falls back,
    /// so that it costs nothing there.
    pub(crate) fn among(fallbacks: &Arc<[Arc<str>]>) -> Option<Arc<Self>> {
        (!fallbacks.is_empty()).then(|| {
            Arc::new(Self {
                among: fallbacks.clone(),
                by: Mutex::default(),
            })
        })
    }

    /// Whether this sink may be given the alert.
    pub(crate) fn lacks(&self, sink: &Arc<str>) -> bool {
        let by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        self.among.contains(sink) && !by.contains(sink)
    }

    /// Notes that this sink is given the alert; false if it had it before. Of a
    /// sink that has become a fallback since, nobody knows: it counts as having
    /// it.
    pub(crate) fn by(&self, sink: &Arc<str>) -> bool {
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        let new = self.among.contains(sink) && !by.contains(sink);
        if new {
            by.push(sink.clone());
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_is_given_an_alert_once_and_one_of_which_nothing_is_known_never() {
        let (log, mail): (Arc<str>, Arc<str>) = ("log".into(), "mail".into());
        assert!(Taken::among(&[].into()).is_none());
        let taken = Taken::among(&[log.clone()].into()).unwrap();
        assert!(taken.lacks(&log) && taken.by(&log));
        assert!(!taken.lacks(&log) && !taken.by(&log));
        assert!(!taken.by(&mail));
    }
}
