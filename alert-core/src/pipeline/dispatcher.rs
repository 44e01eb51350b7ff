//! The one thread between the callers and the lanes. Nothing foreign runs here
//! and nothing here waits, so nothing can stop it; it also keeps the deadlines.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::emission::Emission;
use super::hub::{Goals, Hub};
use super::intake::Drain;
use super::lane::Tick;
use super::lanes::Lanes;
use super::receipt::Slip;
use super::reload::ReloadRequest;
use super::shared_lane::{Rouse, SharedLane, in_nanos};
use super::wake::{Depth, Pace};
use super::worker;
use crate::alert::Alert;
use crate::sink::mine;

/// How many alerts are routed before the lanes are looked after.
const BURST: usize = 256;
/// How often a lane's worker is woken at most, unless it is urgent.
const ROUSE: Duration = Duration::from_millis(1);

pub(crate) struct Dispatcher {
    hub: Arc<Hub>,
    drain: Drain<Emission>,
    burst: Vec<(Emission, Vec<Slip>)>,
    pace: Pace,
    lanes: Arc<Lanes>,
    /// Of each routed lane: when it was last woken, and whether that is due again. In
    /// real time, for it saves real work; a clock held by hand must not stop it.
    roused: Vec<(Option<Instant>, bool)>,
    shed_told: u64,
    closing: Option<Tick>,
}

impl Dispatcher {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self {
            drain: Drain::new(),
            burst: Vec::with_capacity(BURST),
            pace: Pace::new(),
            roused: vec![(None, false); hub.lanes.load().routed.len()],
            lanes: hub.lanes.load_full(),
            shed_told: 0,
            closing: None,
            hub,
        }
    }

    /// Runs until the pipeline is closed.
    pub(crate) fn run(mut self) {
        let _mine = mine();
        loop {
            let busy = self.turn();
            if self.is_over() {
                break;
            }
            if !busy {
                self.rest();
            }
        }
        // Not even the one alert in the hand may be left; nothing new comes in.
        while self.route(u64::MAX) {}
        self.hub.dispatcher_ended();
    }

    /// One round; true if there may be more to do at once.
    fn turn(&mut self) -> bool {
        let routed = self.route(u64::MAX);
        let now = self.hub.now();
        if routed {
            self.pace.worked(now);
        }
        self.tell_shed();
        let asked = self.hub.control.take_asked();
        if asked {
            self.answer(now);
        }
        self.keep_deadlines(now);
        self.retire(now);
        self.rouse_due();
        routed || asked
    }

    /// Hands a burst of alerts with lower tickets than `before` to the lanes;
    /// false if there was none.
    fn route(&mut self, before: u64) -> bool {
        while self.burst.len() < BURST
            && let Some((_, _, mut emission)) = self.drain.next_before(before, &self.hub.intake)
        {
            // Here, since it may take long over a long text; nobody else has the
            // alert yet, so it is changed where it is.
            let redaction = self.hub.redaction.load();
            if !redaction.is_empty() {
                redaction.apply(Arc::make_mut(&mut emission.alert));
            }
            let slips = match &emission.book {
                None => Vec::new(),
                Some(book) => book.routed(self.lanes.names()),
            };
            self.burst.push((emission, slips));
        }
        if self.burst.is_empty() {
            return false;
        }
        let now = self.hub.now();
        self.offer(None, now);
        self.hub
            .routed
            .fetch_add(self.burst.len() as u64, Ordering::Release);
        self.burst.clear();
        true
    }

    fn offer(&mut self, except: Option<&str>, now: Tick) {
        for (index, lane) in self.lanes.routed.iter().enumerate() {
            if except == Some(&lane.name) {
                continue;
            }
            let (last, due) = &mut self.roused[index];
            match lane.offer(&self.hub, &self.burst, index, now) {
                Rouse::No => {}
                Rouse::Soon if rouse_in(*last).is_some() => *due = true,
                Rouse::Soon | Rouse::Now => {
                    (*last, *due) = (Some(Instant::now()), false);
                    lane.rouse();
                }
            }
        }
    }

    fn rouse_due(&mut self) {
        for (lane, (last, due)) in self.lanes.routed.iter().zip(&mut self.roused) {
            if *due && rouse_in(*last).is_none() {
                (*last, *due) = (Some(Instant::now()), false);
                lane.rouse();
            }
        }
    }

    /// What was shed before any lane saw it is told in-band by every lane.
    fn tell_shed(&mut self) {
        let shed: u64 = (0..3).map(|i| self.hub.intake.shed(i)).sum();
        if shed > self.shed_told {
            for lane in &self.lanes.routed {
                lane.intake_shed(shed - self.shed_told);
            }
            self.shed_told = shed;
            self.hub.reporter.loss();
        }
    }

    fn answer(&mut self, now: Tick) {
        let (flushes, notices, reload, close_by) = {
            let mut asked = self.hub.control.lock();
            (
                std::mem::take(&mut asked.flushes),
                std::mem::take(&mut asked.notices),
                asked.reload.take(),
                asked.close_by,
            )
        };
        for (sink, failing) in notices {
            self.notice(&sink, failing, now);
        }
        if let Some(ticket) = flushes.iter().map(|flush| flush.ticket).max() {
            while self.route(ticket) {}
            let goals: Goals = self
                .lanes
                .all()
                .map(|lane| {
                    let goal = lane.with(&self.hub, |lane, now| lane.request_flush(now));
                    (lane.clone(), goal)
                })
                .collect();
            self.rouse_all();
            for flush in flushes {
                flush.answer(goals.clone());
            }
        }
        if let Some(reload) = reload {
            // What came before it goes where it was emitted to.
            while self.route(reload.ticket) {}
            self.reload(&reload);
        }
        if let Some(by) = close_by
            && self.closing.is_none()
        {
            self.closing = Some(by);
            // What came before the close is routed before the lanes hear of it.
            let ticket = self.hub.intake.tickets();
            while self.route(ticket) {}
            for lane in self.lanes.all() {
                lane.with(&self.hub, |lane, now| lane.close(by, now));
            }
            self.rouse_all();
        }
    }

    /// Brings the lanes to what was asked for. Only here do they change, so
    /// that no alert is between two sets.
    fn reload(&mut self, asked: &ReloadRequest) {
        if self.closing.is_some() {
            return asked.answer(false);
        }
        let lanes = asked.apply(&self.hub, &self.lanes);
        self.adopt(lanes);
        self.rouse_all();
        asked.answer(true);
    }

    fn adopt(&mut self, lanes: Lanes) {
        self.lanes = Arc::new(lanes);
        self.hub.lanes.store(self.lanes.clone());
        // Who was woken when is a saving only.
        self.roused = vec![(None, false); self.lanes.routed.len()];
    }

    /// Lets lanes go that have emptied themselves or had their time.
    fn retire(&mut self, now: Tick) {
        let over = |lane: &Arc<SharedLane>| lane.is_over(lane.is_past_close(now));
        if !self.lanes.leaving.iter().any(over) {
            return;
        }
        let mut leaving = self.lanes.leaving.clone();
        let mut retired = self.lanes.retired.clone();
        leaving.retain(|lane| {
            let stays = !over(lane);
            if !stays {
                let stats = lane.stats();
                retired.merge(&stats.ledger);
                self.hub.reporter.retired(stats);
            }
            stays
        });
        let routed = self.lanes.routed.clone();
        self.lanes = Arc::new(Lanes {
            routed,
            leaving,
            retired,
        });
        self.hub.lanes.store(self.lanes.clone());
    }

    fn rouse_all(&mut self) {
        for lane in self.lanes.all() {
            lane.rouse();
        }
        for (_, due) in &mut self.roused {
            *due = false;
        }
    }

    /// A lane that has failed for long is news to the other sinks.
    fn notice(&mut self, sink: &Arc<str>, failing: bool, now: Tick) {
        let why = self.lanes.named(sink);
        let why = why.and_then(|lane| lane.stats().last_error);
        let alert = if failing {
            Alert::warning(format!("alert sink {sink} is failing"))
                .message(why.as_deref().unwrap_or("no reason is known").to_owned())
        } else {
            Alert::warning(format!("alert sink {sink} works again")).resolved()
        };
        let mut alert = alert
            .source("alert.pipeline")
            .dedup_key(format!("sink:{sink}"))
            .build();
        self.hub.fill(&mut alert);
        self.hub.count_notice();
        let emission = Emission {
            alert: Arc::new(alert),
            book: None,
        };
        self.burst.push((emission, Vec::new()));
        self.offer(Some(sink), now);
        self.burst.clear();
    }

    fn keep_deadlines(&self, now: Tick) {
        let nanos = in_nanos(now);
        for lane in self.lanes.all() {
            if lane.deadline() > nanos {
                continue;
            }
            let (replace, generation) =
                lane.with(&self.hub, |lane, now| (lane.tick(now), lane.generation()));
            if replace {
                start_worker(&self.hub, lane, generation);
            }
            lane.rouse();
        }
    }

    /// Whether there is nothing more to do for this thread.
    fn is_over(&self) -> bool {
        let Some(by) = self.closing else { return false };
        let past = self.hub.now() >= by;
        self.lanes.all().all(|lane| lane.is_over(past))
    }

    fn rest(&mut self) {
        let now = self.hub.now();
        let rest = self.pace.rest(now);
        let due = self
            .roused
            .iter()
            .filter(|(_, due)| *due)
            .map(|(last, _)| now.saturating_add(rouse_in(*last).unwrap_or_default()))
            .min();
        let deadline = Duration::from_nanos(self.lanes.next_deadline());
        // A worker's end is no work that is looked for before the sleep, and its
        // wake-up may come too early: while closing, look often.
        let closing = self
            .closing
            .map(|_| now.saturating_add(Duration::from_millis(1)));
        let until = [
            due,
            closing,
            Some(deadline).filter(|d| d.as_nanos() != u128::from(u64::MAX)),
        ]
        .into_iter()
        .flatten()
        .min();
        let depth = if due.is_some() {
            Depth::Poll
        } else {
            rest.depth
        };
        let pause = match (until.map(|until| until.saturating_sub(now)), rest.at_most) {
            (Some(until), Some(at_most)) => Some(until.min(at_most)),
            (pause, at_most) => pause.or(at_most),
        };
        let alarm = pause.map(|pause| now.saturating_add(pause));
        self.hub.set_alarm(alarm);
        let alarm = alarm.map_or(u64::MAX, in_nanos);
        let has_work = || {
            !self.hub.intake.is_empty()
                || self.hub.control.is_asked()
                || self.lanes.next_deadline() < alarm
                // The clock may have been moved by hand since it was read.
                || in_nanos(self.hub.now()) >= alarm
        };
        self.hub.wake.sleep(depth, has_work, || match pause {
            None => thread::park(),
            Some(pause) => thread::park_timeout(pause),
        });
        self.hub.set_alarm(Some(Tick::ZERO));
    }
}

/// How long until a lane may be woken again; `None` if it may now.
fn rouse_in(last: Option<Instant>) -> Option<Duration> {
    let left = ROUSE.saturating_sub(last?.elapsed());
    (!left.is_zero()).then_some(left)
}

/// Starts a lane's worker; a thread that cannot be made is a reported state.
pub(crate) fn start_worker(hub: &Arc<Hub>, lane: &Arc<SharedLane>, generation: u64) {
    let Some(plan) = lane.plan() else { return };
    let started = thread::Builder::new()
        // A thread's name cannot hold a NUL, and a sink's may.
        .name(format!("alert-{}", lane.name).replace('\0', "?"))
        .spawn({
            let (hub, lane) = (hub.clone(), lane.clone());
            move || worker::run(&hub, &lane, generation, plan)
        });
    if let Err(error) = started {
        lane.never_started(hub, &format!("its thread could not be started: {error}"));
    }
}
