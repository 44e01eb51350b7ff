//! Who takes what a sink could not deliver.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alert_core::{Node, Problem};

use crate::named::Named;
use crate::policy::Read;
use crate::sink::Sink;

/// What a table says about its fallback, with the place where it says so.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    named: Named,
    place: Option<Range<usize>>,
    from_variable: bool,
}

impl Wish {
    /// What a `delivery` table says.
    pub(crate) fn of(delivery: Read<'_>) -> Option<Self> {
        let named = delivery.raw.fallback.clone()?;
        let node = delivery.node.and_then(|node| node.get("fallback"));
        Some(Self {
            named,
            place: node.and_then(Node::span),
            // `[delivery]` comes as it stands in the file.
            from_variable: node.is_some_and(|node| {
                node.is_from_variable() || node.as_str().is_some_and(|text| text.contains("${"))
            }),
        })
    }

    fn problem(&self, text: impl Into<String>) -> Problem {
        Problem::error(text).at(self.place.clone())
    }
}

/// What a sink's fallback is about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    None,
    Own(usize),
    Inherited(usize),
}

impl Choice {
    fn sink(self) -> Option<usize> {
        match self {
            Choice::None => None,
            Choice::Own(index) | Choice::Inherited(index) => Some(index),
        }
    }
}

/// Gives each sink its fallback: what it names itself, else what `[delivery]` names. A name that
/// is wrong is reported and left out; nothing else is lost by it.
///
/// `off` are the names of sinks that are switched off. Mistakes in `[delivery]` go to `problems`,
/// those in a sink's own table to the sink.
pub(crate) fn settle(
    sinks: &mut [Sink],
    common: Option<&Wish>,
    off: &[&str],
    problems: &mut Vec<Problem>,
) {
    let mut names = BTreeMap::new();
    for (index, sink) in sinks.iter().enumerate() {
        names.entry(sink.name.clone()).or_insert(index);
    }
    let known = Known { names, off };
    let inherited = match common.map(|wish| known.find(wish)) {
        Some(Ok(found)) => found,
        Some(Err(problem)) => {
            problems.push(problem.path(["delivery", "fallback"]));
            None
        }
        None => None,
    };
    let inherit = |index| match inherited {
        Some(common) if common != index => Choice::Inherited(common),
        _ => Choice::None,
    };
    let mut choices: Vec<Choice> = Vec::with_capacity(sinks.len());
    for (index, sink) in sinks.iter_mut().enumerate() {
        let own = match &sink.fallback {
            None => None,
            Some(wish) => match known.find(wish) {
                Ok(Some(own)) if own == index => {
                    let text = format!("sink `{}` names itself as its fallback", shown(sink));
                    Some(Err(wish.problem(text)))
                }
                found => Some(found),
            },
        };
        let choice = match own {
            Some(Ok(found)) => found.map_or(Choice::None, Choice::Own),
            Some(Err(problem)) => {
                let problem = problem.path(path(sink));
                sink.around.push(problem);
                inherit(index)
            }
            None => inherit(index),
        };
        choices.push(choice);
    }
    end_inherited(&mut choices, inherited);
    break_cycles(sinks, &mut choices);
    for (index, choice) in choices.iter().enumerate() {
        let fallback = choice.sink().map(|other| sinks[other].name.as_str().into());
        sinks[index].delivery.fallback = fallback;
    }
    unreached(sinks, &choices);
}

struct Known<'a> {
    names: BTreeMap<String, usize>,
    off: &'a [&'a str],
}

impl Known<'_> {
    fn find(&self, wish: &Wish) -> Result<Option<usize>, Problem> {
        let Named::Sink(name) = &wish.named else {
            return Ok(None);
        };
        if let Some(index) = self.names.get(name) {
            return Ok(Some(*index));
        }
        let off = self.off.contains(&name.as_str());
        if wish.from_variable {
            let what = if off {
                "is switched off"
            } else {
                "is not there"
            };
            let text = format!("the sink that a variable names as fallback {what}");
            return Err(wish.problem(text));
        }
        let name = name.chars().take(64).collect::<String>();
        if off {
            let text = format!("the fallback `{name}` is switched off by its `enabled`");
            return Err(wish.problem(text));
        }
        let problem = wish.problem(format!("no sink is called `{name}`"));
        Err(problem.did_you_mean(&name, self.names.keys().map(String::as_str)))
    }
}

/// The common fallback itself inherits none, and neither do those that it falls back to in turn:
/// what they could not deliver would come back to them.
fn end_inherited(choices: &mut [Choice], inherited: Option<usize>) {
    let mut next = inherited;
    // As many steps as there are sinks: those that name each other are reported as any cycle.
    for _ in 0..choices.len() {
        let Some(index) = next else { return };
        next = match choices[index] {
            Choice::Own(other) => Some(other),
            Choice::Inherited(_) | Choice::None => {
                choices[index] = Choice::None;
                None
            }
        };
    }
}

/// All ways from a sink over its fallbacks back to itself, each beginning with the last of its
/// sinks in the order of the file. Linear in the number of sinks.
fn cycles(choices: &[Choice]) -> Vec<Vec<usize>> {
    let mut cycles = Vec::new();
    // From which start a sink was come by first.
    let mut seen = vec![None; choices.len()];
    for start in 0..choices.len() {
        let (mut way, mut next) = (Vec::new(), Some(start));
        while let Some(index) = next.filter(|&index| seen[index].is_none()) {
            seen[index] = Some(start);
            way.push(index);
            next = choices[index].sink();
        }
        let back = next.and_then(|next| way.iter().position(|&index| index == next));
        let Some(back) = back else { continue };
        let mut cycle = way.split_off(back);
        let last = cycle.iter().enumerate().max_by_key(|(_, index)| **index);
        let last = last.map_or(0, |(at, _)| at);
        cycle.rotate_left(last);
        cycles.push(cycle);
    }
    cycles
}

/// The last of a cycle in the order of the file closes it, so its fallback is the one left out.
fn break_cycles(sinks: &mut [Sink], choices: &mut [Choice]) {
    for cycle in cycles(choices) {
        let closing = cycle[0];
        choices[closing] = Choice::None;
        let way = cycle.iter().chain([&closing]);
        let names: Vec<String> = way.map(|&index| shown(&sinks[index])).collect();
        let text = format!("the fallbacks go in a circle: `{}`", names.join(" → "));
        let sink = &mut sinks[closing];
        let place = sink.fallback.as_ref().and_then(|wish| wish.place.clone());
        let problem = Problem::error(text).at(place).path(path(sink));
        sink.around
            .push(problem.help("one of them must fall back to another sink, or to none"));
    }
}

/// A sink that takes nothing but what others hand over, where no other does.
fn unreached(sinks: &mut [Sink], choices: &[Choice]) {
    let used: BTreeSet<usize> = choices.iter().filter_map(|choice| choice.sink()).collect();
    for (index, sink) in sinks.iter_mut().enumerate() {
        if used.contains(&index) || !sink.filter.only_as_fallback {
            continue;
        }
        let text = format!(
            "nothing reaches sink `{}`: it is `only_as_fallback`, and no sink falls back to it",
            shown(sink)
        );
        let path = ["sinks", &sink.name, "when", "only_as_fallback"];
        let problem = Problem::warning(text)
            .at(sink.only_as_fallback.clone())
            .path(path);
        sink.around.push(problem);
    }
}

fn shown(sink: &Sink) -> String {
    alert_core::terminal(&sink.name).chars().take(64).collect()
}

fn path(sink: &Sink) -> [String; 4] {
    ["sinks", &sink.name, "delivery", "fallback"].map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Named, Wish, settle};
    use crate::sink::Sink;

    fn wish(name: &str) -> Wish {
        let named = match name {
            "" => Named::Nobody,
            name => Named::Sink(name.to_owned()),
        };
        Wish {
            named,
            place: None,
            from_variable: false,
        }
    }

    /// The fallback of each sink, and everything that is said.
    fn settled(common: Option<&str>, own: &[(&str, Option<&str>)]) -> (Vec<String>, Vec<String>) {
        let mut sinks: Vec<Sink> = own
            .iter()
            .map(|(name, own)| {
                let mut sink = Sink::lost(name, "");
                sink.fallback = own.map(wish);
                sink
            })
            .collect();
        let mut problems = Vec::new();
        settle(
            &mut sinks,
            common.map(wish).as_ref(),
            &["off"],
            &mut problems,
        );
        let said = sinks.iter().flat_map(|sink| &sink.around);
        let said = problems
            .iter()
            .chain(said)
            .map(|problem| problem.text().to_owned());
        let fallback = |sink: &Sink| sink.delivery.fallback.as_deref().unwrap_or("").to_owned();
        (sinks.iter().map(fallback).collect(), said.collect())
    }

    #[test]
    fn a_sink_inherits_the_common_fallback_unless_it_says_otherwise() {
        let sinks = [
            ("log", None),
            ("ops", None),
            ("mail", Some("ops")),
            ("page", Some("")),
        ];
        let (fallbacks, said) = settled(Some("log"), &sinks);
        assert_eq!(fallbacks, ["", "log", "ops", ""]);
        assert_eq!(said, Vec::<String>::new());
    }

    #[test]
    fn an_inherited_fallback_never_closes_a_circle() {
        let sinks = [("log", Some("ops")), ("ops", None), ("mail", None)];
        let (fallbacks, said) = settled(Some("log"), &sinks);
        assert_eq!(fallbacks, ["ops", "", "log"]);
        assert_eq!(said, Vec::<String>::new());
    }

    #[test]
    fn a_wrong_name_is_left_out_and_said() {
        let sinks = [
            ("log", None),
            ("ops", Some("ops")),
            ("mail", Some("lug")),
            ("page", Some("off")),
        ];
        let (fallbacks, said) = settled(Some("log"), &sinks);
        assert_eq!(fallbacks, ["", "log", "log", "log"]);
        assert_eq!(
            said,
            [
                "sink `ops` names itself as its fallback",
                "no sink is called `lug`",
                "the fallback `off` is switched off by its `enabled`",
            ]
        );
        let (fallbacks, said) = settled(Some("nobody"), &[("log", None)]);
        assert_eq!((fallbacks, said.len()), (vec![String::new()], 1));
    }

    #[test]
    fn a_circle_is_said_whole_and_opened_where_it_closes() {
        let sinks = [
            ("a", Some("b")),
            ("b", Some("c")),
            ("c", Some("b")),
            ("d", Some("a")),
        ];
        let (fallbacks, said) = settled(None, &sinks);
        assert_eq!(fallbacks, ["b", "c", "", "a"]);
        assert_eq!(said, ["the fallbacks go in a circle: `c → b → c`"]);
    }

    #[test]
    fn a_sink_that_only_waits_for_others_is_warned_of_if_there_are_none() {
        let mut sinks = vec![Sink::lost("ops", ""), Sink::lost("log", "")];
        sinks[1].filter.only_as_fallback = true;
        settle(&mut sinks, None, &[], &mut Vec::new());
        assert_eq!(sinks[1].around.len(), 1);
        assert!(!sinks[1].around[0].is_error());
        sinks[1].around.clear();
        settle(&mut sinks, Some(&wish("log")), &[], &mut Vec::new());
        assert_eq!(sinks[1].around.len(), 0);
    }

    proptest! {
        #[test]
        fn whatever_is_named_every_chain_ends(
            own in prop::collection::vec(prop::option::of(0_usize..8), 1..8),
            common in prop::option::of(0_usize..8),
        ) {
            let names: Vec<String> = (0..8).map(|index| format!("s{index}")).collect();
            let own: Vec<_> = own
                .iter()
                .enumerate()
                .map(|(index, named)| (names[index].as_str(), named.map(|n| names[n].as_str())))
                .collect();
            let (fallbacks, _) = settled(common.map(|n| names[n].as_str()), &own);
            for start in 0..own.len() {
                let (mut at, mut steps) = (start, 0);
                while let Some(next) = own.iter().position(|(name, _)| *name == fallbacks[at]) {
                    (at, steps) = (next, steps + 1);
                    prop_assert!(steps < own.len(), "{:?}", fallbacks);
                }
            }
        }
    }
}
