//! Stable words for what went wrong, by which a delivery policy may give it another class.

use std::fmt::Write;
use std::sync::OnceLock;

pub(crate) const CONNECT: &str = "connect";
pub(crate) const DNS: &str = "dns";
pub(crate) const TLS: &str = "tls";
pub(crate) const PROXY: &str = "proxy";
pub(crate) const TIMEOUT: &str = "timeout";
pub(crate) const NO_ANSWER: &str = "no-answer";
pub(crate) const BAD_ANSWER: &str = "bad-answer";

const LENGTH: usize = "http-404".len();

/// `http-404` and the like, for every number of three digits.
pub(crate) fn of(status: u16) -> &'static str {
    static ALL: OnceLock<String> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        (100..1_000).fold(String::new(), |mut all, status| {
            // Writing to a string does not fail.
            let _ = write!(all, "http-{status}");
            all
        })
    });
    let start = usize::from(status).saturating_sub(100) * LENGTH;
    all.get(start..start + LENGTH).unwrap_or("http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_word() {
        for status in 100..1_000 {
            assert_eq!(of(status), format!("http-{status}"));
        }
        assert_eq!(of(1_000), "http");
    }
}
