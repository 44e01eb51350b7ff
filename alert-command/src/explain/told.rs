//! A foresight as a tree for people.

use alert::delivery::Condition;
use alert::{Alert, Status, terminal};

use super::foresight::{Foreseen, Foresight, Verdict};
use super::gate::{Cut, Gate, Settings, is_gathered};
use super::preview::Preview;
use crate::screen::Paint;
use crate::tree::Tree;

/// The alert, below it each sink, below that what it meets there.
pub(super) fn tree(alert: &Alert, foresight: &Foresight, paint: Paint) -> Tree {
    let resolved = match alert.status() {
        Status::Resolved => ", resolved",
        _ => "",
    };
    let text = format!(
        "{} {} from {}{resolved}",
        alert.severity().as_str(),
        quoted(alert.title()),
        quoted(alert.source()),
    );
    Tree::new(text).with(foresight.sinks.iter().map(|sink| one(sink, alert, paint)))
}

fn one(sink: &Foreseen, alert: &Alert, paint: Paint) -> Tree {
    let verdict = verdict(sink);
    let verdict = match sink.verdict {
        Verdict::Delivers | Verdict::DeliversAsFallback => paint.green(&verdict),
        Verdict::Stops | Verdict::Off => paint.yellow(&verdict),
        Verdict::Broken => paint.red(&verdict),
    };
    let kind = sink.kind.as_deref().map(terminal);
    let kind = kind.map_or(String::new(), |kind| format!(" ({kind})"));
    let text = format!("{}{kind}: {verdict}", paint.bold(&terminal(&sink.name)));
    let gates = sink.gates.iter().map(|gate| at_gate(gate, sink, alert));
    let fallbacks = (!sink.fallbacks.is_empty()).then(|| {
        let names: Vec<_> = sink.fallbacks.iter().map(|name| terminal(name)).collect();
        Tree::new(format!("fallback: {}", names.join(", then ")))
    });
    Tree::new(text)
        .with(gates)
        .with(sink.cuts.iter().map(cut))
        .with(fallbacks)
        .with(sink.preview.as_ref().map(Preview::tree))
}

/// What it does and why, in one line.
pub(super) fn verdict(sink: &Foreseen) -> String {
    match sink.verdict {
        Verdict::Delivers => "delivers".to_owned(),
        Verdict::DeliversAsFallback => {
            let other = sink.instead_of.as_deref().unwrap_or_default();
            format!("delivers as the fallback of {}", terminal(other))
        }
        Verdict::Stops => {
            let conditions = sink.gates.iter().flat_map(|gate| &gate.conditions);
            let mut failing = conditions.filter(|condition| !condition.passes);
            let first = failing.next().map(why).unwrap_or_default();
            match failing.count() {
                0 => format!("stops at `when`, because {first}"),
                more => format!("stops at `when`, because {first} (and {more} more)"),
            }
        }
        Verdict::Broken => {
            let error = sink.error.as_deref().unwrap_or_default();
            let next = if sink.fallbacks.is_empty() {
                ""
            } else {
                ", so it goes to the fallback"
            };
            format!("cannot be opened: {}{next}", terminal(error))
        }
        Verdict::Off => "is switched off".to_owned(),
    }
}

fn at_gate(gate: &Gate, sink: &Foreseen, alert: &Alert) -> Tree {
    if sink.verdict == Verdict::DeliversAsFallback {
        let name = gate.gate;
        return Tree::new(format!("{name}: skipped by what another sink hands over"));
    }
    let does = match gate.passes {
        Some(_) if is_gathered(gate, alert) => "waits for the end of the window",
        Some(true) => "passes",
        Some(false) => "stops",
        None => "not asked",
    };
    let how = match &gate.settings {
        None if gate.conditions.is_empty() => ", takes every alert".to_owned(),
        None => String::new(),
        Some(settings) => format!(", {}", set(settings)),
    };
    let conditions = gate.conditions.iter().map(at_condition);
    Tree::new(format!("{}: {does}{how}", gate.gate)).with(conditions)
}

fn set(settings: &Settings) -> String {
    match settings {
        Settings::Dedup { within, key } => {
            let same = match key {
                Some(key) => format!("the key {}", quoted(key)),
                None => "this severity, source and title".to_owned(),
            };
            format!("one alert of {same} within {within}")
        }
        Settings::Throttle {
            at_most,
            every,
            same,
        } => {
            let same = match *same {
                "sink" => String::new(),
                same => format!(" of one {same}"),
            };
            format!("at most {at_most}{same} at once, as many again in {every}")
        }
        Settings::Digest { after, every } => {
            format!("{after} at once in {every}, the rest as one message at its end")
        }
    }
}

fn at_condition(condition: &Condition) -> Tree {
    let mark = if condition.passes { "passes" } else { "stops" };
    Tree::new(format!("{mark}: {}", why(condition)))
}

/// What it wants and what there is.
fn why(condition: &Condition) -> String {
    let key = terminal(&condition.key);
    if condition.key == "only_as_fallback" {
        return format!("{key} takes nothing but what other sinks hand over");
    }
    if condition.key == "silenced" {
        let takes = condition.wanted.iter().any(|wanted| wanted == "true");
        let takes = if takes { "takes" } else { "does not take" };
        return format!("{key} {takes} what a silence matches");
    }
    let wanted: Vec<String> = condition.wanted.iter().map(|text| quoted(text)).collect();
    let wanted = match condition.key.as_str() {
        "min_severity" => format!("{} or higher", wanted.concat()),
        _ => wanted.join(" or "),
    };
    let found = condition.found.as_deref();
    let found = found.map_or("none".to_owned(), quoted);
    format!("{key} wants {wanted}, the alert has {found}")
}

fn cut(cut: &Cut) -> Tree {
    let Cut {
        part,
        has,
        at_most,
        unit,
    } = cut;
    Tree::new(format!(
        "{part} is cut: {has} {unit}, the sink takes {at_most}"
    ))
}

fn quoted(text: &str) -> String {
    format!("`{}`", terminal(text))
}
