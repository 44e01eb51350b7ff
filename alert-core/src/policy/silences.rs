use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::alert::{Alert, Timestamp};
use crate::policy::Silence;

/// How many silences a table holds; more are ignored, which means: deliver.
const MOST: usize = 1024;
/// How many bytes of text one silence may hold, so that the table is bounded
/// and no pattern takes long.
const BYTES: usize = 4096;

/// The silences of one pipeline, or one sink's part of them.
///
/// A sink gets its part from [`OpenContext::silences`](crate::OpenContext::silences)
/// and may fill it from any thread at any time. Each sink's part is its own:
/// what it replaces is what it gave before, and no other sink's silences. The
/// part stays as it is while the sink fails or is opened anew, and goes when a
/// reload removes the sink; what is put into it then is nowhere.
///
/// From the next burst of alerts on, the gates of every sink that heeds
/// silences ([`SinkConfig::keeps_record`](crate::SinkConfig::keeps_record),
/// [`Filter::silenced`](crate::delivery::Filter::silenced)) stop what a
/// silence of any part matches; what is past the gates already is delivered.
///
/// A table holds at most 1,024 silences, those that are over included, of at
/// most 4 KiB of text each, in which a condition without text counts as a byte.
/// What is more, in the order of the parts and of what each was given, is
/// ignored, which means that its alerts are delivered; the pipeline tells so
/// once.
///
/// Clones are cheap and are the same part. The default is a table of its own.
#[derive(Clone)]
pub struct Silences {
    table: Arc<Table>,
    owner: u64,
}

#[derive(Default)]
struct Table {
    parts: Mutex<Parts>,
    /// All parts together, for those who only look.
    all: ArcSwap<Vec<Arc<Silence>>>,
    /// Whether there is any, or one was ignored: to see that there is none costs
    /// one load.
    any: AtomicBool,
    /// Some are ignored, and it was not told yet.
    ignored: AtomicBool,
    next_owner: AtomicU64,
}

#[derive(Default)]
struct Parts {
    by_owner: BTreeMap<u64, Part>,
    /// Some are ignored, told or not.
    too_much: bool,
}

#[derive(Default)]
struct Part {
    silences: Vec<Arc<Silence>>,
    /// It was given more, or larger ones.
    too_much: bool,
}

impl Silences {
    /// Puts these in the place of what this part held. Never waits for a sink
    /// or for I/O.
    pub fn replace(&self, silences: impl IntoIterator<Item = Silence>) {
        let mut part = Part::default();
        // Foreign code may be in there, so before the lock; and it may be endless.
        let mut silences = silences.into_iter();
        for silence in silences.by_ref().take(MOST) {
            if silence.size() > BYTES {
                part.too_much = true;
            } else {
                part.silences.push(Arc::new(silence));
            }
        }
        part.too_much |= silences.next().is_some();
        let mut parts = self.table.lock();
        // Its sink may have been removed.
        if let Some(mine) = parts.by_owner.get_mut(&self.owner) {
            *mine = part;
            self.table.publish(&mut parts);
        }
    }

    /// Every silence of the table, of this part and of others, those that are
    /// over included.
    pub fn current(&self) -> Vec<Silence> {
        let all = self.table.all.load();
        all.iter().map(|one| Silence::clone(one)).collect()
    }

    /// The first silence of the table, of this part or of another, that
    /// matches the alert and is not over. Takes time in proportion to the
    /// number of silences.
    pub fn check(&self, alert: &Alert, now: Timestamp) -> Option<Silence> {
        let all = self.table.all.load();
        find(&all, alert, now).cloned()
    }

    /// Another part of this table.
    pub(crate) fn part(&self) -> Self {
        let owner = self.table.next_owner.fetch_add(1, Ordering::Relaxed);
        self.table.lock().by_owner.insert(owner, Part::default());
        Self {
            table: self.table.clone(),
            owner,
        }
    }

    /// Takes this part out of the table, for good.
    pub(crate) fn end(&self) {
        let mut parts = self.table.lock();
        if parts.by_owner.remove(&self.owner).is_some() {
            self.table.publish(&mut parts);
        }
    }

    /// Whether there is nothing to ask.
    pub(crate) fn is_empty(&self) -> bool {
        !self.table.any.load(Ordering::Acquire)
    }

    /// Asks the table as it is now of each alert, until the next call.
    pub(crate) fn look(&self, now: Timestamp) -> impl Fn(&Alert) -> bool {
        let all = self.table.all.load_full();
        move |alert| find(&all, alert, now).is_some()
    }

    /// Whether some are ignored and nobody was told.
    pub(crate) fn take_ignored(&self) -> bool {
        self.table.ignored.load(Ordering::Relaxed)
            && self.table.ignored.swap(false, Ordering::Relaxed)
    }
}

fn find<'a>(all: &'a [Arc<Silence>], alert: &Alert, now: Timestamp) -> Option<&'a Silence> {
    let found = all
        .iter()
        .find(|one| !one.is_over(now) && one.matches(alert));
    found.map(|one| &**one)
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Under the lock, so that a later table is never replaced by an earlier.
    fn publish(&self, parts: &mut Parts) {
        let all = parts.by_owner.values().flat_map(|part| &part.silences);
        let mut all: Vec<_> = all.cloned().collect();
        let too_much = all.len() > MOST || parts.by_owner.values().any(|part| part.too_much);
        all.truncate(MOST);
        if too_much && !parts.too_much {
            self.ignored.store(true, Ordering::Relaxed);
        }
        parts.too_much = too_much;
        let any = !all.is_empty() || too_much;
        self.all.store(Arc::new(all));
        self.any.store(any, Ordering::Release);
    }
}

impl Default for Silences {
    /// An empty table with this one part.
    fn default() -> Self {
        let table = Self {
            table: Arc::default(),
            owner: 0,
        };
        table.part()
    }
}

impl fmt::Debug for Silences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.table.all.load().iter())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(micros: u64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn named(name: impl Into<String>) -> Silence {
        Silence::until(Timestamp::MAX).id(name)
    }

    fn names(silences: &Silences) -> Vec<String> {
        let all = silences.current();
        all.iter().map(|one| one.name().to_owned()).collect()
    }

    #[test]
    fn until_it_is_filled_nothing_is_silenced() {
        let silences = Silences::default();
        assert!(silences.is_empty());
        assert_eq!(silences.current(), []);
        assert_eq!(silences.check(&Alert::info("t").build(), at(0)), None);
    }

    #[test]
    fn each_part_replaces_its_own_silences_alone() {
        let table = Silences::default();
        let (one, two) = (table.part(), table.part());
        two.replace([named("2")]);
        one.replace([named("1"), named("1b")]);
        assert_eq!(names(&table), ["1", "1b", "2"]);
        one.clone().replace([named("3")]);
        assert_eq!(names(&two), ["3", "2"]);
        two.replace([]);
        assert_eq!(names(&one), ["3"]);
        one.replace([]);
        assert!(table.is_empty());
    }

    #[test]
    fn a_part_that_has_ended_holds_nothing_any_more() {
        let table = Silences::default();
        let (one, two) = (table.part(), table.part());
        one.replace([named("1")]);
        two.replace([named("2")]);
        one.end();
        assert_eq!(names(&table), ["2"]);
        one.replace([named("late")]);
        assert_eq!(names(&table), ["2"]);
    }

    #[test]
    fn what_is_more_than_there_is_room_for_is_ignored_and_told_once() {
        let table = Silences::default();
        let (one, two) = (table.part(), table.part());
        let many = |n: usize| (0..n).map(|n| named(n.to_string()));
        one.replace(many(MOST - 1));
        two.replace([named("last"), named("beyond")]);
        assert_eq!(table.current().len(), MOST);
        assert_eq!(names(&table).pop().as_deref(), Some("last"));
        assert!(table.take_ignored());
        one.replace(many(MOST));
        assert!(!table.take_ignored(), "it was told");
        one.replace([]);
        assert!(!table.take_ignored());
        one.replace(std::iter::repeat_with(|| named("endless")));
        assert_eq!(table.current().len(), MOST);
        assert!(table.take_ignored(), "it fitted in between");
    }

    #[test]
    fn one_with_too_long_a_text_is_ignored_and_told() {
        let table = Silences::default();
        table.replace([named("x".repeat(BYTES + 1))]);
        assert_eq!(table.current(), []);
        assert!(!table.is_empty(), "somebody has to ask");
        assert!(table.take_ignored());
        table.replace([named("x".repeat(BYTES))]);
        assert_eq!(table.current().len(), 1);
        assert!(!table.take_ignored());
    }

    proptest! {
        /// Each silence is a source and an end; each step fills one of three
        /// parts, or ends it.
        #[test]
        fn a_check_finds_a_silence_exactly_if_some_part_has_one_that_matches_and_is_not_over(
            steps in prop::collection::vec(
                (0..3_usize, prop::option::of(prop::collection::vec((0..4_u8, 0..9_u64), 0..4))),
                0..12,
            ),
            source in 0..4_u8, now in 0..9_u64,
        ) {
            let table = Silences::default();
            let parts = [table.part(), table.part(), table.part()];
            let mut model = [const { Some(Vec::new()) }; 3];
            for (part, given) in steps {
                match given {
                    None => {
                        parts[part].end();
                        model[part] = None;
                    }
                    Some(given) => {
                        let silences = given.iter().map(|(source, until)| {
                            Silence::until(at(*until)).source(source.to_string())
                        });
                        parts[part].replace(silences);
                        if let Some(model) = &mut model[part] {
                            *model = given;
                        }
                    }
                }
            }
            let expected = model.iter().flatten().flatten().find(|(s, until)| {
                *s == source && now < *until
            });
            let alert = Alert::info("t").source(source.to_string()).build();
            let found = table.check(&alert, at(now)).map(|one| one.ends());
            prop_assert_eq!(found, expected.map(|(_, until)| at(*until)));
            prop_assert_eq!(table.look(at(now))(&alert), expected.is_some());
            prop_assert_eq!(table.is_empty(), model.iter().flatten().all(Vec::is_empty));
        }
    }
}
