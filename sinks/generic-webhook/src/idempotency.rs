//! The header by which an endpoint knows a repeated message again.

use crate::config::IDEMPOTENCY_KEY;
use crate::header;

/// Under which name the key is sent, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Idempotency {
    None,
    /// A String of RFC 9651, with its quotes (draft-ietf-httpapi-idempotency-key-header).
    Standard,
    /// The bare key.
    Named(String),
}

impl Idempotency {
    pub(crate) fn read(name: &str) -> Result<Self, &'static str> {
        if name.is_empty() {
            return Ok(Idempotency::None);
        }
        if let Some(fault) = header::name_fault(name) {
            return Err(fault);
        }
        if name.eq_ignore_ascii_case(IDEMPOTENCY_KEY) {
            return Ok(Idempotency::Standard);
        }
        Ok(Idempotency::Named(name.to_owned()))
    }

    /// The header's name, if there is one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Idempotency::None => None,
            Idempotency::Standard => Some(IDEMPOTENCY_KEY),
            Idempotency::Named(name) => Some(name),
        }
    }

    /// The header's value for this key, which is a UUID.
    pub(crate) fn value(&self, key: &str) -> String {
        match self {
            Idempotency::Standard => format!("\"{key}\""),
            Idempotency::None | Idempotency::Named(_) => key.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_name_gets_a_structured_string_and_another_the_bare_key() {
        let standard = Idempotency::read("idempotency-key").unwrap();
        assert_eq!(standard.name(), Some("Idempotency-Key"));
        assert_eq!(standard.value("0-1"), "\"0-1\"");
        let own = Idempotency::read("X-Request-Id").unwrap();
        assert_eq!(
            (own.name(), &*own.value("0-1")),
            (Some("X-Request-Id"), "0-1")
        );
        assert_eq!(Idempotency::read("").unwrap().name(), None);
        assert!(Idempotency::read("Host").is_err() && Idempotency::read("a b").is_err());
    }
}
