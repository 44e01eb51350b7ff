//! What a status means: the one table, which a sink may overrule answer by answer and a delivery
//! policy by code.

use alert_core::ErrorClass;

/// What becomes of an alert, and of the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruling {
    Delivered,
    Failed(ErrorClass),
    /// Unusable, and asking again would do harm.
    UntilChanged,
}

/// What else counts beside the status.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Circumstances {
    /// The request had an idempotency key.
    pub(crate) keyed: bool,
    /// The answer asked for a pause.
    pub(crate) paused: bool,
}

pub(crate) fn of(status: u16, circumstances: Circumstances) -> Ruling {
    use ErrorClass::{Rejected, Transient, Unusable};
    let class = match status {
        200..=299 => return Ruling::Delivered,
        401 | 410 => return Ruling::UntilChanged,
        101 | 300..=399 => Unusable,
        402..=407 | 415 | 426 | 428 | 451 => Unusable,
        408 | 421 | 423 | 425 | 429 => Transient,
        409 if circumstances.keyed => Transient,
        413 if circumstances.paused => Transient,
        400..=499 => Rejected,
        501 | 505 | 511 => Unusable,
        _ => Transient,
    };
    Ruling::Failed(class)
}

/// What a person should know or do.
pub(crate) fn advice(status: u16) -> Option<&'static str> {
    let advice = match status {
        300..=399 => "redirects are not followed",
        401 => "the credentials are not accepted",
        403 => "not allowed with these credentials",
        404 => "nothing is there, check the URL",
        405 => "the endpoint does not take this method, check the URL",
        407 => "the proxy wants credentials",
        410 => "the endpoint is gone for good",
        413 => "the message is too large for it",
        415 => "it does not take this content type",
        511 => "the network wants a login first",
        _ => return None,
    };
    Some(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_readme_is_the_table() {
        let readme = include_str!("../README.md");
        let rows = readme.lines().filter_map(row);
        let mut told = vec![None; 1_000];
        for (statuses, outcome) in rows {
            for status in statuses {
                assert_eq!(told[status].replace(outcome), None, "{status} stands twice");
            }
        }
        for (status, told) in (100_u16..).zip(&told[100..]) {
            if matches!(status, 100 | 102..=199) {
                assert_eq!(*told, None, "{status} is no last answer");
                continue;
            }
            let ruling = of(status, Circumstances::default());
            assert_eq!(*told, Some(word(ruling)), "{status}");
        }
    }

    fn word(ruling: Ruling) -> &'static str {
        match ruling {
            Ruling::Delivered => "delivered",
            Ruling::Failed(class) => class.as_str(),
            Ruling::UntilChanged => "unusable until changed",
        }
    }

    /// `| 400, 402-407 | *rejected* | … |`
    fn row(line: &'static str) -> Option<(Vec<usize>, &'static str)> {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let statuses = cells.next()?;
        let outcome = cells.next()?.strip_prefix('*')?.split('*').next()?;
        let statuses = statuses.split(", ").map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(first.parse().ok()?..=last.parse().ok()?)
        });
        let statuses: Option<Vec<_>> = statuses.collect();
        Some((statuses?.into_iter().flatten().collect(), outcome))
    }

    #[test]
    fn a_key_makes_a_conflict_and_a_pause_makes_a_large_message_worth_another_try() {
        let failed = |status, keyed, paused| {
            of(status, Circumstances { keyed, paused }) == Ruling::Failed(ErrorClass::Transient)
        };
        assert!(failed(409, true, false));
        assert!(!failed(409, false, true));
        assert!(failed(413, false, true));
        assert!(!failed(413, true, false));
    }
}
