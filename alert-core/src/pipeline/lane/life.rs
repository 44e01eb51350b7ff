//! The sink's own states: opening, reopening, halting, flushing, closing, and
//! leaving a stuck worker behind.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{End, Event, Item, Next, Tick};
use super::lane::Lane;
use crate::observe::LaneState;
use crate::pipeline::Reason;
use crate::policy::{LONGEST_HINT, reopen};
use crate::sink::{Failure, Limits};

/// How long after its deadline a worker is left behind: a sink that keeps the
/// deadline needs a moment to say so.
const GRACE: Duration = Duration::from_millis(250);
/// How many workers of one lane may be stuck at once before it halts.
const STUCK: usize = 3;
/// How often a halted lane looks whether its configuration has changed.
const RECHECK: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Unopened {
        not_before: Tick,
        patience: Patience,
    },
    Opening {
        deadline: Tick,
    },
    Ready,
    Flushing {
        deadline: Tick,
    },
    /// Until the resolved configuration differs.
    Halted {
        recheck: Tick,
    },
    /// Too many workers are stuck; until one comes back.
    Stuck,
    /// It never had a worker, or can never have a sink.
    Dead,
    Done,
}

/// Whether a closing pipeline waits for a sink to be opened anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may work the next time: as long as the close allows.
    While,
    /// It wants a person: not at all.
    None,
}

impl Life {
    pub(super) fn unopened(not_before: Tick) -> Self {
        Life::Unopened {
            not_before,
            patience: Patience::While,
        }
    }
}

impl<T: Item> Lane<T> {
    /// What the sink's state asks for before anything can be delivered.
    pub(super) fn next_of_life(&mut self, now: Tick) -> Option<Next<T>> {
        match self.life {
            Life::Ready => None,
            Life::Unopened { .. } if self.closing.is_some() && self.ready_at().is_none() => {
                Some(self.finish_life())
            }
            Life::Unopened { not_before, .. } if now < not_before => {
                Some(Next::Wait(Some(not_before.min(self.too_old_at()))))
            }
            Life::Unopened { .. } => {
                let deadline = now.saturating_add(self.policy.attempt_timeout);
                self.life = Life::Opening { deadline };
                Some(Next::Open { deadline })
            }
            Life::Halted { .. } | Life::Stuck | Life::Dead if self.closing.is_some() => {
                Some(self.finish_life())
            }
            Life::Halted { recheck } if now < recheck => Some(Next::Wait(Some(recheck))),
            Life::Halted { .. } => Some(Next::Recheck),
            Life::Stuck | Life::Dead => Some(Next::Wait(None)),
            // The worker itself is in there; it asks again when it is out.
            Life::Opening { .. } | Life::Flushing { .. } => Some(Next::Wait(None)),
            Life::Done => Some(Next::Done),
        }
    }

    pub(super) fn finish_life(&mut self) -> Next<T> {
        self.life = Life::Done;
        self.flush_done = self.flush_done.max(self.flush_goal);
        self.set_state(LaneState::Closed);
        Next::Done
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.life, Life::Done)
    }

    /// Why a new alert would be refused at once.
    pub(super) fn refuses(&self) -> Option<Reason> {
        match self.life {
            Life::Halted { .. } | Life::Stuck | Life::Dead => Some(Reason::Halted),
            Life::Done => Some(Reason::Close),
            _ => None,
        }
    }

    pub(super) fn set_state(&mut self, state: LaneState) {
        self.state = state;
    }

    /// The sink was opened, or was not.
    pub(crate) fn opened(&mut self, generation: u64, end: End<Limits>, now: Tick) {
        if generation != self.generation || !matches!(self.life, Life::Opening { .. }) {
            return;
        }
        match end {
            End::Ok(limits) => {
                self.limits = limits;
                self.life = Life::Ready;
                // Where it was the sink alone that failed, that is over.
                if std::mem::take(&mut self.open_failed) {
                    self.passed();
                }
                self.set_state(match (self.failing_since, &self.last_error) {
                    (Some(_), Some(why)) if self.circuit_is_open() => {
                        LaneState::CircuitOpen(why.clone())
                    }
                    (Some(_), Some(why)) => LaneState::Failing(why.clone()),
                    _ => LaneState::Healthy,
                });
            }
            End::Failed(failure) => self.open_failed(failure, Patience::None, now),
            End::Panicked(text) => {
                self.open_failed(Failure::panicked(&text), Patience::While, now);
            }
        }
        self.while_closing(now);
    }

    fn open_failed(&mut self, failure: Failure, patience: Patience, now: Tick) {
        self.sink_failed(now);
        self.reopen(failure, patience, now);
    }

    /// The sink failed without an alert: its next opening ends that.
    fn sink_failed(&mut self, now: Tick) {
        self.open_failed |= self.failing_since.is_none();
        self.failing_since.get_or_insert(now);
    }

    /// The sink is not to be used as it is: open it anew after a pause, or not
    /// before its configuration differs.
    pub(super) fn reopen(&mut self, failure: Failure, patience: Patience, now: Tick) {
        let why: Arc<str> = failure.text.as_str().into();
        self.last_error = Some(why.clone());
        if self.renewed {
            // The old sink has the last word about itself alone.
            self.life = Life::unopened(now);
            return;
        }
        if failure.until_changed {
            self.life = Life::Halted {
                recheck: now.saturating_add(RECHECK),
            };
            return self.halt(why, now);
        }
        let hint = failure.retry_after.unwrap_or_default().min(LONGEST_HINT);
        self.reopen_after(hint, patience, why, now);
    }

    fn reopen_after(&mut self, hint: Duration, patience: Patience, why: Arc<str>, now: Tick) {
        self.reopens = self.reopens.saturating_add(1);
        self.life = Life::Unopened {
            not_before: now.saturating_add(reopen(self.reopens).max(hint)),
            patience,
        };
        self.set_state(LaneState::Unusable(why));
    }

    fn halt(&mut self, why: Arc<str>, now: Tick) {
        self.failing_since.get_or_insert(now);
        self.set_state(LaneState::Halted(why));
        self.end_waiting(Reason::Halted, now);
        self.flush_done = self.flush_done.max(self.flush_goal);
    }

    /// The lane will never have a sink: it could not be made, or its thread
    /// could not be started.
    pub(crate) fn kill(&mut self, why: &str, now: Tick) {
        self.last_error = Some(why.into());
        self.life = Life::Dead;
        self.halt(why.into(), now);
    }

    /// A halted lane looked at its configuration.
    pub(crate) fn rechecked(&mut self, changed: bool, now: Tick) {
        if let Life::Halted { .. } = self.life {
            self.life = if changed {
                self.set_state(LaneState::Opening);
                Life::unopened(now)
            } else {
                Life::Halted {
                    recheck: now.saturating_add(RECHECK),
                }
            };
        }
    }

    /// Asks that everything offered so far be settled and flushed; returns what
    /// [`Lane::flushed`] must reach.
    pub(crate) fn request_flush(&mut self, now: Tick) -> u64 {
        self.end_window(now);
        // Past the youngest entry, so that an empty lane's sink is flushed too.
        let goal = self.past_youngest();
        self.flush_goal = self.flush_goal.max(goal);
        self.note_flushed();
        goal
    }

    pub(crate) fn flushed(&self) -> u64 {
        self.flush_done
    }

    /// A flush for which the sink has nothing to do is done at once.
    pub(super) fn note_flushed(&mut self) {
        let nothing_to_do = self.refuses().is_some() || !self.dirty;
        if nothing_to_do && self.oldest_seq() >= self.flush_goal {
            self.flush_done = self.flush_done.max(self.flush_goal);
        }
    }

    pub(super) fn start_flush(&mut self, now: Tick) -> Next<T> {
        let deadline = now.saturating_add(self.policy.attempt_timeout);
        self.life = Life::Flushing { deadline };
        Next::Flush { deadline }
    }

    /// The sink's flush ended. An error is told; the alerts stay delivered.
    pub(crate) fn flush_ended(&mut self, generation: u64, end: End<()>, now: Tick) {
        if generation != self.generation || !matches!(self.life, Life::Flushing { .. }) {
            return;
        }
        self.life = Life::Ready;
        self.dirty = false;
        self.note_flushed();
        let (text, panicked) = match end {
            End::Ok(()) => return self.while_closing(now),
            End::Failed(failure) => (format!("flush failed: {}", failure.text), false),
            End::Panicked(text) => (format!("panicked in flush: {text}"), true),
        };
        let text: Arc<str> = text.into();
        self.last_error = Some(text.clone());
        self.events.push(Event::FlushFailed(text.clone()));
        if panicked {
            self.reopen_after(Duration::ZERO, Patience::While, text, now);
        }
        self.while_closing(now);
    }

    /// From now on the lane only empties itself, until `by` at the latest.
    pub(crate) fn close(&mut self, by: Tick, now: Tick) {
        if !self.is_done() {
            self.closing = Some(self.closing.map_or(by, |before| before.min(by)));
            self.end_window(now);
            self.while_closing(now);
        }
    }

    /// While closing, nothing waits for what cannot come in time: a sink that
    /// wants a person, or a pause that ends too late.
    pub(super) fn while_closing(&mut self, now: Tick) {
        let Some(by) = self.closing else { return };
        let hopeless = match self.life {
            Life::Unopened {
                not_before,
                patience,
            } => not_before > by || (patience == Patience::None && self.reopens > 0),
            Life::Ready => self.not_before > by,
            _ => false,
        };
        if hopeless {
            self.end_waiting(Reason::Close, now);
        } else {
            self.end_aside_due_after(by, now);
        }
    }

    /// Keeps the deadlines. Returns whether a new worker must be started, of
    /// the generation that [`Lane::generation`] then names.
    pub(crate) fn tick(&mut self, now: Tick) -> bool {
        if self.is_done() {
            return false;
        }
        if self.closing.is_some_and(|by| now >= by) {
            if self.in_sink() {
                self.leave_flight(Reason::Close, now);
                self.generation += 1;
            }
            self.end_waiting(Reason::Close, now);
            self.finish_life();
            return false;
        }
        let replace = match self.stuck_at() {
            Some(at) if now >= at => self.leave_worker(now),
            _ => false,
        };
        if let Some(since) = self.failing_since
            && !self.noticed
            && now >= since.saturating_add(self.policy.notice_after)
        {
            self.noticed = true;
            self.events.push(Event::Notice { failing: true });
        }
        replace
    }

    fn in_sink(&self) -> bool {
        self.flight.is_some() || matches!(self.life, Life::Opening { .. } | Life::Flushing { .. })
    }

    /// When the worker that is in the sink will be left behind.
    fn stuck_at(&self) -> Option<Tick> {
        let deadline = match (&self.flight, self.life) {
            (Some(flight), _) => flight.deadline,
            (None, Life::Opening { deadline } | Life::Flushing { deadline }) => deadline,
            _ => return None,
        };
        Some(deadline.saturating_add(GRACE.min(self.policy.attempt_timeout)))
    }

    fn leave_worker(&mut self, now: Tick) -> bool {
        let what = match self.life {
            Life::Opening { .. } => "did not open",
            Life::Flushing { .. } => "did not flush",
            _ => "did not return",
        };
        let why: Arc<str> = format!("the sink {what} in time").into();
        self.last_error = Some(why.clone());
        match self.flight {
            Some(_) => {
                self.failing_since.get_or_insert(now);
            }
            None => self.sink_failed(now),
        }
        self.leave_flight(Reason::Deadline, now);
        // The new worker opens a sink of its own; nothing of the old one's is
        // known to be unflushed.
        self.dirty = false;
        self.generation += 1;
        if self.left.len() > STUCK && !self.renewed {
            self.life = Life::Stuck;
            self.halt(
                format!("{why}, {} workers are stuck", self.left.len()).into(),
                now,
            );
        } else {
            self.reopen_after(Duration::ZERO, Patience::While, why, now);
        }
        self.while_closing(now);
        true
    }

    /// The next instant at which [`Lane::tick`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Tick> {
        if self.is_done() {
            return None;
        }
        let notice = self
            .failing_since
            .filter(|_| !self.noticed)
            .map(|since| since.saturating_add(self.policy.notice_after));
        [self.closing, notice, self.stuck_at()]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn noticed_well(&mut self) {
        if std::mem::take(&mut self.noticed) {
            self.events.push(Event::Notice { failing: false });
        }
    }
}
