//! What a sink keeps from one call to the next.

use alert_core::AlertId;

/// How many messages are known to be gone.
const GONE: usize = 64;

/// What a call that had to wait leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The message that begins with this alert was refused, and is to be sent so.
    pub(crate) again: Option<(AlertId, How)>,
    /// Messages that cannot be edited any more, by their handles, and the threads in which others
    /// are to take their place.
    gone: Vec<(String, Option<String>)>,
}

impl Memory {
    /// How the message that begins with this alert is sent.
    pub(crate) fn how(&self, first: Option<AlertId>) -> How {
        match self.again {
            Some((alert, how)) if Some(alert) == first => how,
            _ => How::Whole,
        }
    }

    /// This message cannot be edited; another one is to be posted into this thread.
    pub(crate) fn lose(&mut self, handle: String, thread: Option<String>) {
        if self.gone.len() >= GONE {
            self.gone.remove(0);
        }
        self.gone.push((handle, thread));
    }

    /// If this message cannot be edited: into which thread another one is posted.
    pub(crate) fn instead_of(&self, handle: &str) -> Option<Option<String>> {
        let lost = self.gone.iter().find(|(gone, _)| gone == handle)?;
        Some(lost.1.clone())
    }

    /// Nothing can be written into this thread.
    pub(crate) fn without(&mut self, shut: Option<String>) {
        let there = self.gone.iter_mut().filter(|(_, thread)| *thread == shut);
        there.for_each(|(_, thread)| *thread = None);
    }
}

/// How a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Whole,
    /// With half of the room: what is within the documented limits was refused for its length.
    Half,
    /// With the counts of a digest and not a word of its alerts: one of them was refused.
    Counts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_that_are_gone_are_known_and_no_more() {
        let mut memory = Memory::default();
        for n in 0..1_000 {
            memory.lose(n.to_string(), Some("7".to_owned()));
        }
        assert_eq!(memory.gone.len(), GONE);
        assert_eq!(memory.instead_of("0"), None);
        assert_eq!(memory.instead_of("999"), Some(Some("7".to_owned())));
        memory.without(Some("8".to_owned()));
        assert_eq!(memory.instead_of("999"), Some(Some("7".to_owned())));
        memory.without(Some("7".to_owned()));
        assert_eq!(memory.instead_of("999"), Some(None));
    }
}
