//! Which alerts are about the same thing.

use std::fmt;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Severity;

/// Which alerts are about the same thing: 128 bits over the dedup key, or without one over severity, source and title.
///
/// The same in every process, on every platform and in every release, so it may be stored. It is a hash with a known key:
/// who can choose dedup keys at will could make two of them meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The fingerprint of all alerts with this dedup key.
    pub fn of_key(dedup_key: &str) -> Fingerprint {
        Fingerprint::over(0, &[dedup_key])
    }

    pub(super) fn of_parts(severity: Severity, source: &str, title: &str) -> Fingerprint {
        Fingerprint::over(1, &[severity.as_str(), source, title])
    }

    /// The number itself, for tables of other systems.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Each part with its length before it, so that no two lists of parts give the same bytes.
    fn over(form: u8, parts: &[&str]) -> Fingerprint {
        let mut hasher = SipHasher13::new();
        hasher.write(&[form]);
        for part in parts {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part.as_bytes());
        }
        Fingerprint(hasher.finish128().as_u128())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = Fingerprint::of_parts(Severity::Info, "ab", "c");
        assert_ne!(one, Fingerprint::of_parts(Severity::Info, "a", "bc"));
        assert_ne!(one, Fingerprint::of_parts(Severity::Warning, "ab", "c"));
        assert_ne!(
            Fingerprint::of_key("abc"),
            Fingerprint::of_parts(Severity::Info, "", "abc")
        );
        assert_eq!(one, Fingerprint::of_parts(Severity::Info, "ab", "c"));
    }

    #[test]
    fn a_fingerprint_is_the_same_for_ever() {
        let key = Fingerprint::of_key("disk:/var");
        assert_eq!(key.to_string(), "cd861337d183ee3b639bfdecaed01f99");
        let parts = Fingerprint::of_parts(Severity::Warning, "billing", "disk is filling");
        assert_eq!(parts.to_string(), "1819843ccf327b71138c2d8c9eba91e9");
    }
}
