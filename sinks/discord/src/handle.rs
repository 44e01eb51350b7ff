//! What a message is called, so that it can be edited.

use crate::id::is_digits;

/// A message, and the thread in which it lies if it is in one. As text `MESSAGE` or
/// `THREAD/MESSAGE`, both as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) thread: Option<String>,
    pub(crate) message: String,
}

impl Place {
    /// Reads a handle; `None` if it is not one of this sink's.
    pub(crate) fn read(handle: &str) -> Option<Place> {
        let (thread, message) = match handle.split_once('/') {
            Some((thread, message)) => (Some(thread), message),
            None => (None, handle),
        };
        let sound = is_digits(message) && thread.is_none_or(is_digits);
        sound.then(|| Place {
            thread: thread.map(str::to_owned),
            message: message.to_owned(),
        })
    }

    pub(crate) fn handle(&self) -> String {
        match &self.thread {
            Some(thread) => format!("{thread}/{}", self.message),
            None => self.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_and_nothing_else_is_one() {
        for handle in ["12", "7/12"] {
            assert_eq!(Place::read(handle).unwrap().handle(), handle);
        }
        for wrong in [
            "",
            "x",
            "1/",
            "/1",
            "1/2/3",
            "1?a=b",
            "../1",
            "-1",
            "1 ",
            "99999999999999999999",
        ] {
            assert_eq!(Place::read(wrong), None, "{wrong}");
        }
    }
}
