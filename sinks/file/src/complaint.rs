//! What goes wrong beside the road of the alerts: told in the log, once.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was being done, and why it failed. One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, what: &str) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

/// Something that is told with the next record, and then not again until it has ended. Clones are
/// the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Complaint(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Fine,
    ToTell(String),
    Told,
}

impl Complaint {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is going wrong.
    pub(crate) fn begins(&self, text: impl FnOnce() -> String) {
        let mut state = self.lock();
        if matches!(*state, State::Fine) {
            *state = State::ToTell(text());
        }
    }

    /// It went well again. What was not told yet still is.
    pub(crate) fn ends(&self) {
        let mut state = self.lock();
        if matches!(*state, State::Told) {
            *state = State::Fine;
        }
    }

    /// What is to be told.
    pub(crate) fn text(&self) -> Option<String> {
        match &*self.lock() {
            State::ToTell(text) => Some(text.clone()),
            State::Fine | State::Told => None,
        }
    }

    /// This stands in the log.
    pub(crate) fn was_told(&self, told: &str) {
        let mut state = self.lock();
        // It may have begun after that was composed.
        if matches!(&*state, State::ToTell(text) if told.contains(text.as_str())) {
            *state = State::Told;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_and_again_after_it_has_ended() {
        let complaint = Complaint::default();
        assert_eq!(complaint.text(), None);
        complaint.begins(|| "first".to_owned());
        complaint.begins(|| "second".to_owned());
        complaint.ends();
        assert_eq!(complaint.text().as_deref(), Some("first"));
        complaint.was_told("something else");
        assert_eq!(complaint.text().as_deref(), Some("first"));
        complaint.was_told("another; first");
        complaint.begins(|| "third".to_owned());
        assert_eq!(complaint.text(), None);
        complaint.ends();
        complaint.begins(|| "fourth".to_owned());
        assert_eq!(complaint.text().as_deref(), Some("fourth"));
    }

    #[test]
    fn a_failure_says_what_was_being_done() {
        let failed: io::Result<()> = Err(io::ErrorKind::StorageFull.into());
        let failure = failed.doing("writing").unwrap_err();
        assert_eq!(failure.to_string(), "writing: no storage space");
    }
}
