//! The laws of a key's life in any script of failures, held against a plain
//! list of what was emitted: searched from its beginning at every look.

use proptest::prelude::*;

use super::lives::{Post, told};
use super::model::Finish;
use super::run::Call;
use super::run::Law;
use super::thing::{ms, s};
use super::tries::{a_fate, a_finish, a_policy, a_time, some_limits};
use crate::alert::Severity;
use crate::pipeline::lane::{End, Next, Tick, Work, opens};
use crate::pipeline::parcel::Parcel;
use crate::pipeline::{Reason, Verdict};
use crate::policy::{Dedup, Delivery, DigestPolicy, Filter, Same, Throttle};
use crate::sink::{Delivered, Failure};

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Stopped by the filter, or as a repeat of another resolved one.
    Never,
    HeldBack,
    Waiting,
    Delivered,
    Lost,
}

#[derive(Debug)]
struct Told {
    key: Option<u8>,
    resolved: bool,
    state: State,
}

struct Script {
    post: Post,
    /// Everything that was emitted, in order.
    all: Vec<Told>,
    call: Call,
    wait: Option<Tick>,
    /// A resolved alert of an unknown key that is gathered is in no order.
    gathers: bool,
}

#[derive(Debug, Clone)]
enum Op {
    Emit {
        key: Option<u8>,
        resolved: bool,
        severity: Severity,
    },
    Drive(Finish),
    Settle(usize, Result<Delivered, Failure>),
    Pass(Tick),
    Sleep,
    Hang,
}

impl Script {
    /// The firing alerts of this one's key, before it and after `from`, that no
    /// delivered resolved one has closed.
    fn open_before(&self, at: usize, from: usize) -> Vec<usize> {
        let of_key = |i: &usize| self.all[*i].key == self.all[at].key;
        let closed = (0..self.all.len())
            .filter(of_key)
            .rfind(|i| self.all[*i].resolved && self.all[*i].state == State::Delivered);
        let first = from.max(closed.map_or(0, |i| i + 1));
        let open = (first..at).filter(of_key);
        open.filter(|i| !self.all[*i].resolved && self.all[*i].state != State::Never)
            .collect()
    }

    fn met(&self, open: &[usize], state: State) -> Option<usize> {
        open.iter().copied().find(|i| self.all[*i].state == state)
    }

    fn emit(&mut self, key: Option<u8>, resolved: bool, severity: Severity) -> Law {
        let at = self.all.len();
        // With more, the laws are not promised; a window of a digest has room for any number.
        let wait = self
            .all
            .iter()
            .filter(|other| other.key == key && other.resolved && other.state == State::Waiting);
        if resolved && key.is_some() && wait.count() >= opens::RESOLVED {
            return Ok(());
        }
        self.all.push(Told {
            key,
            resolved,
            state: State::Never,
        });
        // Nothing is shed before it is known what the gates must say.
        let repeats = |i: &usize| {
            let other = &self.all[*i];
            other.key == key && other.resolved && other.state == State::Waiting
        };
        let from = (0..at).rfind(repeats).map_or(0, |i| i + 1);
        let open = self.open_before(at, from);
        let resolved_before = (0..at).any(|i| {
            let other = &self.all[i];
            other.key == key && other.resolved
        });
        let text = key.map(|key| key.to_string());
        self.all[at].state = State::Waiting;
        let said = self.post.emit(text.as_deref(), resolved, severity);
        if let Err(reason) = said {
            self.all[at].state = match reason.verdict() {
                Verdict::Suppressed => State::HeldBack,
                _ => State::Never,
            };
        }
        if resolved && key.is_some() {
            let is = |state| self.met(&open, state).is_some();
            if is(State::Delivered) || is(State::Waiting) || is(State::Lost) {
                prop_assert_eq!(said, Ok(()), "the resolved of an open key passes");
            } else if is(State::HeldBack) {
                let passes = matches!(said, Ok(()) | Err(Reason::Throttled));
                prop_assert!(passes, "it is no repeat: {:?}", said);
            }
            if !resolved_before {
                let duplicate = said == Err(Reason::Duplicate);
                prop_assert!(!duplicate, "it is no duplicate of its firing one");
            }
        }
        self.look()
    }

    /// What an attempt must be like.
    fn begins(&self, work: &Work<Parcel>) -> Law {
        let told = told(work);
        for (place, (at, firing)) in told.iter().enumerate() {
            let (at, alert) = (*at as usize, &self.all[*at as usize]);
            let before = &told[..place];
            let mates = before.iter().map(|(other, _)| &self.all[*other as usize]);
            let mut mates = mates.filter(|other| alert.key.is_some() && other.key == alert.key);
            let apart = !mates.any(|other| other.resolved || alert.resolved);
            prop_assert!(apart, "{at} shares a batch with one of its key");
            if alert.key.is_none() || !alert.resolved {
                prop_assert_eq!(*firing, None);
                continue;
            }
            let waits = (0..at).find(|i| {
                let other = &self.all[*i];
                let ordered = !(other.resolved && self.gathers);
                ordered && other.key == alert.key && other.state == State::Waiting
            });
            prop_assert_eq!(waits, None, "{} overtakes", at);
            let open = self.open_before(at, 0);
            let untold = match self.met(&open, State::Delivered) {
                Some(_) => None,
                None => self
                    .met(&open, State::Lost)
                    .or_else(|| self.met(&open, State::HeldBack)),
            };
            prop_assert_eq!(firing.map(|n| n as usize), untold, "what {} tells", at);
        }
        Ok(())
    }

    /// What came to its end.
    fn look(&mut self) -> Law {
        for (at, outcome) in self.post.outcomes() {
            let at = at as usize;
            prop_assert_eq!(self.all[at].state, State::Waiting, "{} ends once", at);
            self.all[at].state = match outcome.is_delivered() {
                true => State::Delivered,
                false => State::Lost,
            };
            if outcome.is_delivered() && self.all[at].key.is_some() {
                let overtaken = (0..at).find(|i| {
                    let other = &self.all[*i];
                    let apart = match other.resolved {
                        true => !self.gathers,
                        false => self.all[at].resolved,
                    };
                    apart && other.key == self.all[at].key && other.state == State::Waiting
                });
                prop_assert_eq!(overtaken, None, "overtaken by {}", at);
            }
        }
        let (taken, held_back) = self.post.lane.opens.len();
        prop_assert!(taken <= opens::KEYS && held_back <= opens::HELD_BACK);
        Ok(())
    }

    fn step(&mut self, op: Op) -> Law {
        match op {
            Op::Emit {
                key,
                resolved,
                severity,
            } => self.emit(key, resolved, severity)?,
            Op::Drive(finish) => self.drive(&finish)?,
            Op::Settle(index, fate) => self.post.settle(index, fate),
            Op::Pass(time) => self.post.now = self.post.now.saturating_add(time),
            Op::Sleep => {
                let until = self.wait.unwrap_or_default();
                self.post.now = self.post.now.max(until);
            }
            Op::Hang => self.hang(),
        }
        self.look()
    }

    fn hang(&mut self) {
        if matches!(self.call, Call::None | Call::Recheck) {
            return;
        }
        let at = self.post.lane.next_deadline().unwrap_or_default();
        self.post.now = self.post.now.max(at);
        let left = self.post.lane.generation();
        if self.post.lane.tick(self.post.now) {
            self.call = Call::None;
            self.post.lane.came_back(left, self.post.now);
        }
    }

    fn drive(&mut self, finish: &Finish) -> Law {
        let (generation, now) = (self.post.lane.generation(), self.post.now);
        let end = match finish {
            Finish::Ok => End::Ok(()),
            Finish::Failed(failure) => End::Failed(failure.clone()),
            Finish::Panicked => End::Panicked("boom".to_owned()),
        };
        let lane = &mut self.post.lane;
        match std::mem::replace(&mut self.call, Call::None) {
            Call::Open => self.post.sink_opens(matches!(finish, Finish::Ok)),
            Call::Deliver => lane.finished(generation, end, now),
            Call::Flush => lane.flush_ended(generation, end, now),
            Call::Recheck => lane.rechecked(true, now),
            Call::None => {
                let next = lane.next(generation, now);
                self.look()?;
                match next {
                    Next::Open { .. } => self.call = Call::Open,
                    Next::Flush { .. } => self.call = Call::Flush,
                    Next::Recheck => self.call = Call::Recheck,
                    Next::Wait(until) => self.wait = until,
                    Next::Done => {}
                    Next::Deliver(work) => {
                        self.call = Call::Deliver;
                        self.begins(&work)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn an_op() -> impl Strategy<Value = Op> {
    let severity = prop::sample::select(Severity::ALL.to_vec());
    let key = prop::option::weighted(0.9, 0..2_u8);
    prop_oneof![
        30 => (key, any::<bool>(), severity)
            .prop_map(|(key, resolved, severity)| Op::Emit { key, resolved, severity }),
        30 => a_finish().prop_map(Op::Drive),
        10 => (0..4_usize, a_fate()).prop_map(|(index, fate)| Op::Settle(index, fate)),
        6 => a_time().prop_map(Op::Pass),
        12 => Just(Op::Sleep),
        2 => Just(Op::Hang),
    ]
}

/// With gates, and little room.
fn a_gated_policy() -> impl Strategy<Value = Delivery> {
    let gates = (
        prop::option::of(prop::sample::select(vec![ms(1), s(1), s(3_600)])),
        prop::option::of((1..4_u32, prop::sample::select(vec![s(1), s(600)]))),
        any::<bool>(),
        prop::option::of((0..3_u32, prop::sample::select(vec![ms(10), s(1), s(60)]))),
    );
    (a_policy(), gates).prop_map(|(mut policy, (dedup, throttle, by_key, digest))| {
        policy.digest = digest.map(|(after, every)| DigestPolicy { after, every });
        policy.queue.alerts = policy.queue.alerts.min(4);
        policy.queue.bytes = 1 << 20;
        policy.dedup = dedup.map(|within| Dedup { within });
        let same = if by_key { Same::Key } else { Same::Sink };
        policy.throttle = throttle.map(|(at_most, every)| Throttle {
            at_most,
            every,
            same,
        });
        policy
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_resolved_alert_goes_where_its_firing_was_or_tells_both(
        policy in a_gated_policy(), limits in some_limits(),
        least in prop::sample::select(Severity::ALL.to_vec()),
        ops in prop::collection::vec(an_op(), 0..120),
    ) {
        let filter = Filter::all().min_severity(least);
        let mut script = Script {
            gathers: policy.digest.is_some(),
            post: Post::new(policy, filter, limits),
            all: Vec::new(),
            call: Call::None,
            wait: None,
        };
        for op in ops {
            script.step(op)?;
        }
    }
}
