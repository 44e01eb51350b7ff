//! Which sink falls back to which, with what cannot be taken out: unknown names
//! and circles. Pure.

use std::sync::Arc;

use super::lane::Tick;

/// A sink's name and that of its fallback.
type Link = (Arc<str>, Option<Arc<str>>);

/// What is wrong with some sinks, by their names.
pub(crate) type Troubles = Vec<(Arc<str>, Arc<str>)>;

/// Of each sink, by its place in the list, the place of its fallback. There is
/// no circle in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fallbacks {
    to: Vec<Option<usize>>,
}

impl Fallbacks {
    /// From each sink's name and the name of its fallback, which is one of the
    /// first `routed`. Of a circle the link that closes it is ignored, which is
    /// the last one listed. Returns also what is ignored, by the sink's name.
    pub(crate) fn new(sinks: &[Link], routed: usize) -> (Self, Troubles) {
        let mut new = Self {
            to: vec![None; sinks.len()],
        };
        let mut ignored = Vec::new();
        let named = |name| sinks.iter().take(routed).position(|(sink, _)| sink == name);
        for (place, (sink, fallback)) in sinks.iter().enumerate() {
            let Some(fallback) = fallback else { continue };
            let why = match named(fallback) {
                None => format!("no sink is called {fallback}, as its fallback is"),
                Some(to) if new.chain(to).any(|step| step == place) => {
                    let road: Vec<_> = new.chain(to).map(|step| &*sinks[step].0).collect();
                    let road = road.join(" → ");
                    format!("its fallback leads back to it: {sink} → {road}")
                }
                Some(to) => {
                    new.to[place] = Some(to);
                    continue;
                }
            };
            let text = format!("{why}; it has no fallback now");
            ignored.push((sink.clone(), text.into()));
        }
        (new, ignored)
    }

    /// The sink at this place, its fallback, the fallback's, …
    fn chain(&self, from: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(from), |at| self.of(*at))
    }

    pub(crate) fn of(&self, sink: usize) -> Option<usize> {
        self.to.get(sink).copied().flatten()
    }

    /// The sinks whose fallback it is.
    pub(crate) fn feeders(&self, sink: usize) -> impl Iterator<Item = usize> {
        let to = self.to.iter().enumerate();
        to.filter(move |(_, to)| **to == Some(sink))
            .map(|(from, _)| from)
    }

    /// How many fallbacks the longest chain has.
    pub(crate) fn longest(&self) -> usize {
        let all = 0..self.to.len();
        all.map(|sink| self.below(sink)).max().unwrap_or(0)
    }

    /// How many fallbacks come after this sink.
    fn below(&self, sink: usize) -> usize {
        self.chain(sink).skip(1).count()
    }

    /// How many sinks the longest chain that leads to this one has before it.
    fn above(&self, sink: usize) -> usize {
        let all = 0..self.to.len();
        all.filter_map(|from| self.chain(from).position(|step| step == sink))
            .max()
            .unwrap_or(0)
    }

    /// When a close that must end by `by` ends this sink: with a fallback before
    /// the last `reserve`, so that the fallback has that time. A chain of
    /// several shares it evenly.
    pub(crate) fn bound(&self, sink: usize, by: Tick, reserve: Tick) -> Tick {
        let (above, below) = (self.above(sink), self.below(sink));
        if below == 0 {
            return by;
        }
        let steps = u32::try_from(above + below).unwrap_or(u32::MAX);
        let left = u32::try_from(below).unwrap_or(u32::MAX);
        by.saturating_sub((reserve / steps).saturating_mul(left))
    }
}

/// How much of a close's time is the fallbacks': a quarter, at most a second.
pub(crate) fn reserve(within: Tick) -> Tick {
    (within / 4).min(Tick::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sinks(list: &[(&str, &str)]) -> Vec<Link> {
        let named = |name: &str| (!name.is_empty()).then(|| name.into());
        list.iter()
            .map(|(sink, fallback)| ((*sink).into(), named(fallback)))
            .collect()
    }

    #[test]
    fn an_unknown_name_and_the_last_link_of_a_circle_are_ignored_and_told() {
        let list = sinks(&[
            ("a", "b"),
            ("b", "c"),
            ("c", "a"),
            ("d", "none"),
            ("e", "e"),
            ("leaves", "a"),
            ("leaves too", "leaves"),
        ]);
        let (fallbacks, ignored) = Fallbacks::new(&list, 5);
        let linked = [Some(1), Some(2), None, None, None, Some(0), None];
        assert_eq!(fallbacks.to, linked);
        let told: Vec<_> = ignored
            .iter()
            .map(|(sink, why)| (&**sink, &**why))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "c",
                    "its fallback leads back to it: c → a → b → c; it has no fallback now"
                ),
                (
                    "d",
                    "no sink is called none, as its fallback is; it has no fallback now"
                ),
                (
                    "e",
                    "its fallback leads back to it: e → e; it has no fallback now"
                ),
                (
                    "leaves too",
                    "no sink is called leaves, as its fallback is; it has no fallback now"
                ),
            ]
        );
    }

    #[test]
    fn a_chain_shares_the_time_that_a_close_keeps_for_fallbacks() {
        let list = sinks(&[("a", "b"), ("b", "c"), ("c", ""), ("x", "c")]);
        let (chain, _) = Fallbacks::new(&list, 4);
        let ms = Tick::from_millis;
        let bounds: Vec<_> = (0..4)
            .map(|sink| chain.bound(sink, ms(4000), reserve(ms(4000))))
            .collect();
        assert_eq!(bounds, [ms(3000), ms(3500), ms(4000), ms(3000)]);
        assert_eq!(reserve(ms(400)), ms(100));
        assert_eq!(chain.longest(), 2);
        assert_eq!(chain.feeders(2).collect::<Vec<_>>(), [1, 3]);
    }

    proptest! {
        #[test]
        fn there_is_never_a_circle_and_a_fallback_always_ends_after_its_sink(
            to in proptest::collection::vec(0_usize..9, 1..8),
            by in 0_u64..10_000,
            within in any::<u64>(),
        ) {
            let name = |n: usize| -> Arc<str> { format!("s{n}").into() };
            let list: Vec<_> = to
                .iter()
                .enumerate()
                .map(|(n, to)| (name(n), Some(name(*to))))
                .collect();
            let (fallbacks, ignored) = Fallbacks::new(&list, list.len());
            let linked = fallbacks.to.iter().flatten().count();
            prop_assert_eq!(linked + ignored.len(), list.len());
            let by = Tick::from_millis(by);
            let reserve = reserve(Tick::from_nanos(within));
            for sink in 0..list.len() {
                prop_assert!(fallbacks.chain(sink).take(list.len() + 1).count() <= list.len());
                let bound = fallbacks.bound(sink, by, reserve);
                prop_assert!(bound <= by && bound >= by.saturating_sub(reserve));
                if let Some(next) = fallbacks.of(sink) {
                    prop_assert!(bound <= fallbacks.bound(next, by, reserve));
                    let has_time = reserve > Tick::from_millis(1) && by > reserve;
                    prop_assert!(!has_time || bound < fallbacks.bound(next, by, reserve));
                }
            }
        }
    }
}
