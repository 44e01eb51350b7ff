//! Named secrets.

use std::collections::BTreeMap;
use std::fmt;

use alert_core::Secret;

/// Named secrets from a config that a template can put into a body, as `params.routing_key`.
///
/// ```
/// use alert_core::Secret;
/// use alert_template_support::Values;
///
/// let values: Values = [("routing_key".to_owned(), Secret::new("hunter2"))].into_iter().collect();
/// assert_eq!(format!("{values:?}"), r#"Values(["routing_key"])"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, Secret>);

impl Values {
    /// None.
    pub fn new() -> Values {
        Values::default()
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.expose()))
    }
}

impl FromIterator<(String, Secret)> for Values {
    fn from_iter<T: IntoIterator<Item = (String, Secret)>>(entries: T) -> Values {
        Values(entries.into_iter().collect())
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.debug_tuple("Values").field(&names).finish()
    }
}
