//! The newest run of firing alerts of one key, without a database.

use alert_core::{Alert, Status};

use crate::place::Place;

/// What a row says, besides texts and who has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Episode {
    pub(super) first_at: i64,
    /// The newest firing alert.
    pub(super) last: Place,
    /// The newest alert of either status.
    pub(super) newest: Place,
    pub(super) count: i64,
    /// When the earliest resolved alert after the last firing one was raised.
    pub(super) resolved_at: Option<i64>,
}

/// A firing run within a range: how many, and when the first was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Run {
    pub(super) count: i64,
    pub(super) first_at: Option<i64>,
}

impl Run {
    pub(super) fn with(self, other: Run) -> Run {
        Run {
            count: self.count + other.count,
            first_at: self.first_at.into_iter().chain(other.first_at).min(),
        }
    }
}

/// Some alerts of one key, the oldest first.
#[derive(Clone, Copy)]
pub(super) struct Alerts<'a>(pub(super) &'a [&'a Alert]);

pub(super) fn is_firing(alert: &Alert) -> bool {
    alert.status() == Status::Firing
}

impl<'a> Alerts<'a> {
    pub(super) fn newest(self) -> Option<Place> {
        self.0.last().map(|alert| Place::of(alert))
    }

    pub(super) fn oldest(self) -> Option<Place> {
        self.0.first().map(|alert| Place::of(alert))
    }

    pub(super) fn last_firing(self) -> Option<&'a Alert> {
        self.0.iter().rev().find(|alert| is_firing(alert)).copied()
    }

    pub(super) fn resolves(self) -> bool {
        self.0.iter().any(|alert| !is_firing(alert))
    }

    /// The newest resolved alert before this place.
    pub(super) fn resolved_before(self, place: Place) -> Option<Place> {
        let mut resolved = self.0.iter().rev().filter(|alert| !is_firing(alert));
        resolved.map_place().find(|there| *there < place)
    }

    /// The earliest resolved alert after this place.
    pub(super) fn resolved_after(self, place: Place) -> Option<Place> {
        let mut resolved = self.0.iter().filter(|alert| !is_firing(alert));
        resolved.map_place().find(|there| *there > place)
    }

    /// The firing ones after this place.
    pub(super) fn firing_after(self, place: Option<Place>) -> Run {
        let mut firing = self.0.iter().filter(|alert| is_firing(alert));
        firing
            .map_place()
            .filter(|there| place.is_none_or(|place| *there > place))
            .fold(Run::default(), |run, there| {
                run.with(Run {
                    count: 1,
                    first_at: Some(there.time),
                })
            })
    }

    /// The episode, if these are all alerts of the key and one of them fires.
    pub(super) fn episode(self) -> Option<Episode> {
        let last = Place::of(self.last_firing()?);
        let run = self.firing_after(self.resolved_before(last));
        Some(Episode {
            first_at: run.first_at?,
            last,
            newest: self.newest()?,
            count: run.count,
            resolved_at: self.resolved_after(last).map(|place| place.time),
        })
    }
}

trait Places {
    fn map_place(&mut self) -> impl Iterator<Item = Place>;
}

impl<'a, I: Iterator<Item = &'a &'a Alert>> Places for I {
    fn map_place(&mut self) -> impl Iterator<Item = Place> {
        self.map(|alert| Place::of(alert))
    }
}
