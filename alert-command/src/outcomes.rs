//! Outcomes as lines for people and as JSON for programs.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use alert::{ConfigDuration, Outcome, Reason, Verdict, terminal};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::account::Ending;
use crate::screen::Paint;

/// `log: delivered in 1.2 ms (~/alerts.log)`, with a line break; of a sink that failed also what
/// became of it at its fallback: `ops: rejected: refused: no; fallback log: delivered in 1.2 ms`.
pub(crate) fn line(ending: &Ending, all: &[Ending], paint: Paint, home: Option<&Path>) -> String {
    let mut line = phrase(ending, paint, home);
    let mut at = ending;
    // No chain is longer than the list.
    for _ in all {
        let next = at.fallback.as_ref();
        let Some(next) = next.and_then(|name| all.iter().find(|other| other.sink == *name)) else {
            break;
        };
        line.push_str("; fallback ");
        line.push_str(&phrase(next, paint, home));
        at = next;
    }
    line + "\n"
}

fn phrase(ending: &Ending, paint: Paint, home: Option<&Path>) -> String {
    let what = match &ending.outcome {
        None => Verdict::Abandoned.as_str().to_owned(),
        Some(outcome) if outcome.is_delivered() => {
            format!("delivered in {}", short(outcome.took()))
        }
        Some(outcome) => failed(outcome),
    };
    let what = match ending.verdict() {
        Verdict::Delivered => paint.green(&terminal(&what)),
        verdict if verdict.is_loss() => paint.red(&terminal(&what)),
        _ => paint.yellow(&terminal(&what)),
    };
    // A sink that failed names the place itself.
    let place = match &ending.place {
        Some(place) if ending.is_delivered() => {
            paint.dim(&format!(" ({})", terminal(&abbreviated(place, home))))
        }
        _ => String::new(),
    };
    format!("{}: {what}{place}", paint.bold(&terminal(&ending.sink)))
}

/// Of one that was tried until the time was over, what its sink said is the reason.
fn failed(outcome: &Outcome) -> String {
    if outcome.reason() != Reason::Close {
        return outcome.to_string();
    }
    let attempts = match outcome.attempts() {
        0 | 1 => String::new(),
        many => format!(" after {many} attempts"),
    };
    let why = outcome.error().unwrap_or("not delivered in time");
    format!("{}{attempts}: {why}", outcome.verdict().as_str())
}

/// What the service answered, or for how long it did not, under the line of its sink.
pub(crate) fn under(ending: &Ending, within: Duration) -> Option<String> {
    let outcome = ending.outcome.as_ref();
    if let Some(answer) = outcome.and_then(Outcome::answer) {
        return Some(format!("  the service answered {}\n", terminal(answer)));
    }
    let silent = outcome.and_then(Outcome::error).is_none();
    (silent && ending.verdict() == Verdict::Abandoned).then(|| {
        let within = ConfigDuration::from(within);
        format!("  it did not say within {within} that it has the alert\n")
    })
}

/// A path below the home folder, as people write it.
fn abbreviated<'a>(path: &'a str, home: Option<&Path>) -> Cow<'a, str> {
    let below = home.and_then(|home| Path::new(path).strip_prefix(home).ok());
    match below.and_then(Path::to_str) {
        Some(below) if !below.is_empty() => Cow::Owned(format!("~/{below}")),
        _ => Cow::Borrowed(path),
    }
}

/// A duration to two digits or so.
fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 10.0 {
        format!("{seconds:.0} s")
    } else if seconds >= 1.0 {
        format!("{seconds:.1} s")
    } else if seconds >= 0.01 {
        format!("{:.0} ms", seconds * 1e3)
    } else {
        format!("{:.1} ms", seconds * 1e3)
    }
}

/// The endings as one object: the outcome of each sink under the sink's name.
pub(crate) struct Outcomes<'a>(pub(crate) &'a [Ending]);

impl Serialize for Outcomes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for ending in self.0 {
            map.serialize_entry(&ending.sink, &Shape::of(ending))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Shape<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "where")]
    place: Option<&'a str>,
    verdict: &'static str,
    reason: &'a str,
    attempts: u32,
    took_ms: f64,
    error: Option<&'a str>,
    answer: Option<&'a str>,
    as_fallback: bool,
    fallback: Option<&'a str>,
}

impl<'a> Shape<'a> {
    fn of(ending: &'a Ending) -> Self {
        let outcome = ending.outcome.as_ref();
        Self {
            kind: &ending.kind,
            place: ending.place.as_deref(),
            verdict: ending.verdict().as_str(),
            reason: outcome.map_or("not told in time", |outcome| outcome.reason().as_str()),
            attempts: outcome.map_or(0, Outcome::attempts),
            took_ms: outcome.map_or(0.0, |outcome| milliseconds(outcome.took())),
            error: outcome.and_then(Outcome::error),
            answer: outcome.and_then(Outcome::answer),
            as_fallback: ending.as_fallback,
            fallback: ending.fallback.as_deref(),
        }
    }
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_to_about_two_digits() {
        for (micros, shown) in [
            (0, "0.0 ms"),
            (1_234, "1.2 ms"),
            (12_345, "12 ms"),
            (1_234_567, "1.2 s"),
            (12_345_678, "12 s"),
        ] {
            assert_eq!(short(Duration::from_micros(micros)), shown);
        }
    }

    #[test]
    fn a_path_below_home_begins_with_a_tilde() {
        let home = Some(Path::new("/home/a"));
        assert_eq!(abbreviated("/home/a/b", home), "~/b");
        for path in ["/home/ab", "/home/a", "b"] {
            assert_eq!(abbreviated(path, home), path);
        }
    }

    #[test]
    fn a_failure_is_told_with_what_became_of_it_at_the_fallbacks() {
        let ending = |sink: &str, fallback: Option<&str>| Ending {
            sink: sink.into(),
            kind: "pager".into(),
            place: None,
            outcome: None,
            halted: false,
            as_fallback: sink != "ops",
            fallback: fallback.map(str::to_owned),
            lost: true,
        };
        let all = [
            ending("ops", Some("mail")),
            ending("mail", Some("log")),
            ending("log", None),
        ];
        assert_eq!(
            line(&all[0], &all, Paint::none(), None),
            "ops: abandoned; fallback mail: abandoned; fallback log: abandoned\n"
        );
    }

    #[test]
    fn a_sink_that_did_not_answer_is_named_as_abandoned() {
        let ending = Ending {
            sink: "ops\u{1b}".into(),
            kind: "pager".into(),
            place: None,
            outcome: None,
            halted: false,
            as_fallback: false,
            fallback: None,
            lost: true,
        };
        let json = serde_json::to_value(Outcomes(std::slice::from_ref(&ending))).unwrap();
        let shape = &json["ops\u{1b}"];
        assert_eq!(shape["verdict"], "abandoned");
        assert_eq!(shape["reason"], "not told in time");
        assert_eq!(shape["took_ms"], 0.0);
        assert!(ending.is_loss());
    }
}
