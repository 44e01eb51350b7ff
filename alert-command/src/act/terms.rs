//! Which alerts a silence is about, as it is typed: one argument for each condition.

use std::ffi::OsString;

use alert::Problem;
use alert::sinks::sqlite_state::SilenceMatch;

use crate::failure::Failure;

const NAMES: [&str; 4] = ["severity", "source", "key", "context"];

/// # Errors
/// If one of them is no condition: which, why, and what may have been meant.
pub(super) fn read(terms: &[OsString]) -> Result<SilenceMatch, Failure> {
    let mut matches = SilenceMatch::everything();
    for term in terms {
        let term = term.to_string_lossy();
        matches = matches.with_term(&term).map_err(|why| {
            let meant = meant(&term).map(|name| format!(", did you mean `{name}`?"));
            let meant = meant.unwrap_or_default();
            Failure::usage(format!("`{term}` is no condition: {why}{meant}"))
        })?;
    }
    Ok(matches)
}

/// The name that may have been meant, if what stands there is none.
fn meant(term: &str) -> Option<String> {
    let end = term.find(['=', ':', '.'])?;
    let name = term[..end].to_lowercase();
    match name.as_str() {
        "dedup_key" | "dedup-key" => return Some("key".to_owned()),
        "min_severity" | "level" => return Some("severity".to_owned()),
        _ => {}
    }
    let asked = Problem::error("").did_you_mean(&name, NAMES);
    let near = NAMES.into_iter().find(|known| {
        asked
            .helps()
            .iter()
            .any(|help| help.contains(&format!("`{known}`")))
    });
    near.filter(|known| !term.starts_with(&format!("{known}=")))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(term: &str) -> String {
        let failure = read(&["severity=info".into(), term.into()]).unwrap_err();
        serde_json::to_value(failure).unwrap()["text"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn each_argument_is_one_condition_also_with_spaces() {
        let terms = [
            "severity=warning,critical",
            "source=a b",
            "context.host=db-*",
        ];
        let matches = read(&terms.map(OsString::from)).unwrap();
        assert_eq!(matches.severities.len(), 2);
        assert_eq!(matches.source.as_deref(), Some("a b"));
        assert_eq!(matches.context["host"], "db-*");
    }

    #[test]
    fn a_slip_gets_the_name_that_was_meant() {
        for (term, name) in [
            ("sorce=billing", "source"),
            ("Severity=warning", "severity"),
            ("severity:warning", "severity"),
            ("dedup_key=disk", "key"),
            ("contxt.host=a", "context"),
        ] {
            let text = refused(term);
            assert!(
                text.starts_with(&format!("`{term}` is no condition: ")),
                "{text}"
            );
            assert!(text.ends_with(&format!("did you mean `{name}`?")), "{text}");
        }
        for term in ["", "billing", "severity=loud", "source=a\u{1b}=", "title=x"] {
            if let Err(failure) = read(&[term.into()]) {
                let text = format!("{failure:?}");
                assert!(!text.contains("did you mean"), "{text}");
            }
        }
    }
}
