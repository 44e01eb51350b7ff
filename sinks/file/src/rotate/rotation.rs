use std::time::Duration;

use alert_core::Timestamp;

use super::place::Place;
use super::rule::{Rule, may_try};
use super::tidy::Tidy;
use super::turn::{Naming, Turned, turn};
use super::{Compress, Rotate};
use crate::complaint::{Complaint, Failure};
use crate::day::Day;
use crate::log::Log;

/// The times that a rotation goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// What the wall clock says.
    pub(crate) clock: fn() -> Timestamp,
    /// How long a sink that is dropped waits for what it compresses.
    pub(crate) grace: Duration,
}

/// What a sink needs to rotate its log.
#[derive(Debug)]
pub(crate) struct Rotation {
    rule: Rule,
    keep: usize,
    naming: Naming,
    compress: Compress,
    pace: Pace,
    failed: Option<Timestamp>,
    tidy: Option<Tidy>,
    turning: Complaint,
    tidying: Complaint,
}

impl Rotation {
    pub(crate) fn of(rotate: &Rotate, naming: Naming, pace: Pace) -> Self {
        Self {
            rule: Rule::of(rotate),
            keep: usize::try_from(rotate.keep).unwrap_or(usize::MAX).max(1),
            naming,
            compress: rotate.compress,
            pace,
            failed: None,
            tidy: None,
            turning: Complaint::default(),
            tidying: Complaint::default(),
        }
    }

    /// From how many bytes on records are written rather than gathered.
    pub(crate) fn group(&self) -> usize {
        self.rule.group()
    }

    /// What goes wrong here.
    pub(crate) fn complaints(&self) -> [&Complaint; 2] {
        [&self.turning, &self.tidying]
    }

    /// Lets the log step aside if it is time, before so many bytes are written. If that fails the
    /// log stays as it is, takes more, and it is tried again a minute later. Whether the log must
    /// be looked at anew.
    pub(crate) fn before(&mut self, log: &mut Log, more: usize) -> bool {
        let path = log.path().to_owned();
        let now = (self.pace.clock)();
        let Some(open) = log.open() else { return false };
        let Some(holds) = open.holds() else {
            return false;
        };
        let today = Day::of(now);
        let day = open.day(today);
        if !self.rule.is_due(holds, more as u64, day, today) || !may_try(self.failed, now) {
            return false;
        }
        match turn(&path, open, self.keep, self.naming) {
            Ok(Turned::ByOthers) => {}
            Ok(Turned::Done(place, end)) => {
                self.failed = None;
                self.note(end);
                self.order_compression(place);
            }
            Err(failure) => {
                self.failed = Some(now);
                self.note(Err(failure));
            }
        }
        true
    }

    fn note(&self, end: Result<(), Failure>) {
        match end {
            Ok(()) => self.turning.ends(),
            Err(failure) => self
                .turning
                .begins(|| format!("log not rotated as configured: {failure}")),
        }
    }

    fn order_compression(&mut self, place: Place) {
        if self.compress == Compress::None {
            return;
        }
        if self.tidy.is_none() {
            match Tidy::start(self.naming, self.pace.grace, self.tidying.clone()) {
                Ok(tidy) => self.tidy = Some(tidy),
                Err(error) => self
                    .tidying
                    .begins(|| format!("rotated file not compressed: making a thread: {error}")),
            }
        }
        if let Some(tidy) = &self.tidy {
            tidy.order(place);
        }
    }
}
