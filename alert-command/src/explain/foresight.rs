//! What would become of an alert at every sink, as far as the config tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alert::{Alert, Limits, PipelineBuilder, SinkEntry};
use serde::Serialize;

use super::gate::{Cut, Gate, cuts, gates};
use super::preview::Preview;
use crate::opened::guarded;

/// The sinks in the order of the config, and what each would do.
#[derive(Debug, Default)]
pub(super) struct Foresight {
    pub(super) sinks: Vec<Foreseen>,
}

/// One sink.
#[derive(Debug, Serialize)]
pub(super) struct Foreseen {
    #[serde(skip)]
    pub(super) name: String,
    /// `None`: it is switched off, or its table is not to be read.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) verdict: Verdict,
    /// Why it cannot be opened as it is.
    pub(super) error: Option<String>,
    /// Whose alert it takes as a fallback.
    pub(super) instead_of: Option<String>,
    pub(super) gates: Vec<Gate>,
    pub(super) cuts: Vec<Cut>,
    /// Who takes what it does not, one after the other.
    pub(super) fallbacks: Vec<String>,
    /// What it would send, if that was asked for, it takes the alert, and shows it.
    pub(super) preview: Option<Preview>,
}

/// What a sink would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// Takes it.
    Delivers,
    /// Takes it for another sink, whatever its own gates say.
    DeliversAsFallback,
    /// A gate stops it.
    Stops,
    /// It cannot be opened as it is.
    Broken,
    /// It is switched off.
    Off,
}

impl Foreseen {
    /// Whether the alert would get there.
    pub(super) fn takes(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Delivers | Verdict::DeliversAsFallback
        )
    }

    /// One that the config names and switches off.
    pub(super) fn off(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: None,
            verdict: Verdict::Off,
            error: None,
            instead_of: None,
            gates: Vec::new(),
            cuts: Vec::new(),
            fallbacks: Vec::new(),
            preview: None,
        }
    }
}

impl Foresight {
    /// Looks at the sinks; `alert` is as sinks get it. Runs the parsers and checks of the sinks'
    /// configs, and opens nothing.
    pub(super) fn of(entries: &[SinkEntry], alert: &Alert) -> Self {
        let limits = limits(entries);
        let looked_at = entries.iter().zip(limits);
        let sinks = looked_at.map(|(entry, limits)| at_one(entry, limits, alert));
        let mut foresight = Self {
            sinks: sinks.collect(),
        };
        foresight.follow_fallbacks(entries);
        foresight
    }

    /// Looks at what those that take it would send.
    pub(super) fn preview(&mut self, builder: &PipelineBuilder, alert: &Alert) {
        for sink in self.sinks.iter_mut().filter(|sink| sink.takes()) {
            sink.preview = Preview::of(builder, &sink.name, alert);
        }
    }

    /// The names of the sinks that it would get to.
    pub(super) fn takers(&self) -> impl Iterator<Item = &str> {
        let takers = self.sinks.iter().filter(|sink| sink.takes());
        takers.map(|sink| sink.name.as_str())
    }

    /// Whether there is a sink that can be opened.
    pub(super) fn is_usable(&self) -> bool {
        let useless = [Verdict::Broken, Verdict::Off];
        !self
            .sinks
            .iter()
            .all(|sink| useless.contains(&sink.verdict))
    }

    fn follow_fallbacks(&mut self, entries: &[SinkEntry]) {
        let places: BTreeMap<&str, usize> = entries
            .iter()
            .enumerate()
            .map(|(place, entry)| (entry.name(), place))
            .collect();
        for (place, entry) in entries.iter().enumerate() {
            let chain = chain(entry, entries, &places);
            self.sinks[place].fallbacks =
                chain.iter().map(|&at| entries[at].name().into()).collect();
            if self.sinks[place].verdict != Verdict::Broken {
                continue;
            }
            let usable = |&at: &usize| self.sinks[at].verdict != Verdict::Broken;
            // It has it already, or takes it now.
            if let Some(at) = chain.into_iter().find(usable)
                && !self.sinks[at].takes()
            {
                self.sinks[at].verdict = Verdict::DeliversAsFallback;
                self.sinks[at].instead_of = Some(entry.name().to_owned());
            }
        }
    }
}

/// The fallback of a sink, the fallback's own, and so on; each once.
fn chain(entry: &SinkEntry, entries: &[SinkEntry], places: &BTreeMap<&str, usize>) -> Vec<usize> {
    let mut seen = BTreeSet::from([entry.name()]);
    let mut chain = Vec::new();
    let mut next = entry.delivery_policy().fallback.as_deref();
    while let Some(&at) = next.and_then(|name| places.get(name)) {
        if !seen.insert(entries[at].name()) {
            break;
        }
        chain.push(at);
        next = entries[at].delivery_policy().fallback.as_deref();
    }
    chain
}

/// What each sink takes, or why it cannot be opened. What one has claimed no other gets.
fn limits(entries: &[SinkEntry]) -> Vec<Result<Limits, String>> {
    let mut claimed = HashMap::new();
    let mut look = |entry: &SinkEntry| {
        let limits = entry.plan().limits()?;
        let (_, claims) = entry.plan().check();
        let taken = claims.iter().find(|claim| claimed.contains_key(*claim));
        if let Some(claim) = taken {
            let (other, what): (&String, _) = (&claimed[claim], claim.what());
            return Err(format!("sink {other} has the same {what}"));
        }
        claimed.extend(
            claims
                .into_iter()
                .map(|claim| (claim, entry.name().to_owned())),
        );
        Ok(limits)
    };
    // A config that panics costs no other sink its line.
    let guarded = |entry| guarded(|| Ok(look(entry)));
    let panicked = |_| Err("the sink's config panicked".to_owned());
    let limits = entries.iter().map(guarded);
    limits
        .map(|looked| looked.unwrap_or_else(panicked))
        .collect()
}

fn at_one(entry: &SinkEntry, limits: Result<Limits, String>, alert: &Alert) -> Foreseen {
    let gates = gates(entry.takes().explain(alert), entry.delivery_policy(), alert);
    let stopped = gates.iter().any(|gate| gate.passes == Some(false));
    let verdict = match &limits {
        _ if stopped => Verdict::Stops,
        Err(_) => Verdict::Broken,
        Ok(_) => Verdict::Delivers,
    };
    Foreseen {
        kind: Some(entry.plan().kind().to_owned()).filter(|kind| !kind.is_empty()),
        verdict,
        cuts: limits
            .as_ref()
            .map_or_else(|_| Vec::new(), |limits| cuts(limits, alert)),
        error: limits.err(),
        gates,
        ..Foreseen::off(entry.name())
    }
}
