use std::cell::OnceCell;
use std::fmt;

use alert_core::{Alert, Attempt};
use uuid::Uuid;

/// The alerts that one request tells of.
pub struct Message<'a> {
    items: Vec<(&'a Alert, &'a Attempt<'a>)>,
    /// Made for who asks.
    key: OnceCell<String>,
    repeat: bool,
}

/// Under which the keys of messages of several alerts are made.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f1d_9c1e_5b0a_4c57_9a37_1d1f_6a2b_c0de);

impl<'a> Message<'a> {
    /// A message of these alerts, in this order: for a preview, or for a test by hand.
    pub fn new(items: impl IntoIterator<Item = (&'a Alert, &'a Attempt<'a>)>) -> Message<'a> {
        Message {
            items: items.into_iter().collect(),
            key: OnceCell::new(),
            repeat: false,
        }
    }

    pub(crate) fn repeated(mut self) -> Message<'a> {
        self.repeat = true;
        self
    }

    /// The alerts in order, each with its attempt.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a Alert, &'a Attempt<'a>)> {
        self.items.iter().copied()
    }

    /// How many alerts there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none, which the client never makes.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What tells a repetition from a second message: the alert's id, or for several a UUID
    /// (version 5) of their ids in order. The same whenever the same alerts are sent together.
    pub fn key(&self) -> &str {
        self.key.get_or_init(|| match &*self.items {
            [(alert, _)] => alert.id().to_string(),
            several => {
                let ids = several.iter().flat_map(|(alert, _)| alert.id().to_bytes());
                Uuid::new_v5(&NAMESPACE, &ids.collect::<Vec<u8>>()).to_string()
            }
        })
    }

    /// Whether it is sent again because the service may have got it: the same bytes under the same
    /// key.
    pub fn is_repeat(&self) -> bool {
        self.repeat
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("len", &self.items.len())
            .field("key", &self.key())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_key_is_that_of_the_alerts_in_their_order() {
        let [a, b, c] = ["a", "b", "c"].map(|title| Alert::info(title).build());
        let attempt = Attempt::first(Duration::from_secs(1));
        let key = |alerts: &[&Alert]| {
            let items: Vec<_> = alerts.iter().map(|alert| (*alert, &attempt)).collect();
            Message::new(items).key().to_owned()
        };
        let others = [
            key(&[&a]),
            key(&[&a, &b]),
            key(&[&b, &a]),
            key(&[&a, &c]),
            key(&[&a, &b, &c]),
        ];
        assert_eq!(others[0], a.id().to_string());
        assert_eq!(others[1], key(&[&a, &b]));
        assert_eq!(HashSet::from(others).len(), 5);
    }
}
