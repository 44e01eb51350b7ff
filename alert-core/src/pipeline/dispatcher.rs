//! The one thread between the callers and the lanes. Nothing foreign runs here
//! and nothing here waits, so nothing can stop it; it also keeps the deadlines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::admission::may_resolve;
use super::emission::{Emission, Routed};
use super::hub::{Goals, Hub};
use super::intake::Drain;
use super::lane::Tick;
use super::lanes::Lanes;
use super::reload::ReloadRequest;
use super::reporter::Report;
use super::shared_lane::{Rouse, SharedLane, in_nanos};
use super::taken::Taken;
use super::wake::{Depth, Pace};
use super::worker;
use crate::alert::{Alert, Timestamp};
use crate::sink::mine;

/// How many alerts are routed before the lanes are looked after.
const BURST: usize = 256;
/// How often a lane's worker is woken at most, unless it is urgent.
const ROUSE: Duration = Duration::from_millis(1);

pub(crate) struct Dispatcher {
    hub: Arc<Hub>,
    drain: Drain<Emission>,
    burst: Vec<Routed>,
    pace: Pace,
    lanes: Arc<Lanes>,
    /// Of each routed lane: when it was last woken, and whether that is due again. In
    /// real time, for it saves real work; a clock held by hand must not stop it.
    roused: Vec<(Option<Instant>, bool)>,
    shed_told: u64,
    closing: Option<Closing>,
}

/// A close that was asked for.
struct Closing {
    by: Tick,
    /// What of its time is the fallbacks'.
    reserve: Tick,
    /// The lanes that have not heard of it yet.
    untold: Vec<u64>,
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
        self.hand_over();
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
        while self.close_next() {
            self.keep_deadlines(now);
        }
        let handed = self.hand_over();
        self.retire(now);
        self.rouse_due();
        routed || asked || handed
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
            self.burst.push(Routed {
                alert: emission.alert,
                slips,
                taken: Taken::among(&self.lanes.targets),
                silenced: false,
            });
        }
        if self.burst.is_empty() {
            return false;
        }
        // What was shed before one of these was emitted is told with it.
        self.tell_shed();
        self.ask_silences();
        let now = self.hub.now();
        self.offer(None, now);
        self.offer_ends(now);
        self.hub
            .routed
            .fetch_add(self.burst.len() as u64, Ordering::Release);
        self.burst.clear();
        self.hand_over();
        true
    }

    /// Sees which alerts of the burst a silence matches: once, whatever the
    /// number of lanes, and under no lane's lock.
    fn ask_silences(&mut self) {
        if self.hub.silences.is_empty() {
            return;
        }
        if self.hub.silences.take_ignored() {
            let text = "there are more silences than 1,024, or longer ones than 4 KiB: \
                        some are ignored, and their alerts are delivered";
            self.hub.reporter.report(Report::Trouble {
                sink: "".into(),
                text: text.into(),
            });
        }
        let is_silenced = self.hub.silences.look(Timestamp::now());
        for routed in &mut self.burst {
            routed.silenced = is_silenced(&routed.alert);
        }
    }

    fn offer(&mut self, except: Option<&str>, now: Tick) {
        let lanes = self.lanes.clone();
        for (slot, (place, lane)) in lanes.ordinary().enumerate() {
            if except != Some(&lane.name) {
                let rouse = lane.offer(&self.hub, &self.burst, slot, now);
                self.rouse(place, rouse);
            }
        }
    }

    /// A resolved alert also goes where its firing one went as a fallback.
    fn offer_ends(&mut self, now: Tick) {
        if !self.burst.iter().any(|routed| may_resolve(&routed.alert)) {
            return;
        }
        let lanes = self.lanes.clone();
        for (place, lane) in lanes.reserved() {
            let rouse = lane.offer_ends(&self.hub, &self.burst, now);
            self.rouse(place, rouse);
        }
    }

    fn rouse(&mut self, place: usize, rouse: Rouse) {
        let (last, due) = &mut self.roused[place];
        match rouse {
            Rouse::No => {}
            Rouse::Soon if rouse_in(*last).is_some() => *due = true,
            Rouse::Soon | Rouse::Now => {
                (*last, *due) = (Some(Instant::now()), false);
                self.lanes.routed[place].rouse();
            }
        }
    }

    /// Gives what lanes have lost to their fallbacks; false if there was
    /// nothing. An alert may be lost before its burst has been offered to every
    /// lane, but only here, after that, is it asked which lanes have it. Ends,
    /// since no lane is given an alert twice.
    fn hand_over(&mut self) -> bool {
        let mut any = false;
        loop {
            let ended = self.hub.hand_overs.take();
            if ended.is_empty() {
                return any;
            }
            any = true;
            let mut by_place: BTreeMap<usize, Vec<_>> = BTreeMap::new();
            for lost in ended.lost {
                if let Some((place, mut entries)) = lost.settle(&self.hub, &self.lanes) {
                    by_place.entry(place).or_default().append(&mut entries);
                }
            }
            let now = self.hub.now();
            for (place, mut entries) in by_place {
                // The worker is not kept from its lane for long.
                while !entries.is_empty() {
                    let rest = entries.split_off(entries.len().min(BURST));
                    let burst = std::mem::replace(&mut entries, rest);
                    let rouse = self.lanes.routed[place].take_over(&self.hub, burst, now);
                    self.rouse(place, rouse);
                }
            }
            for end in ended.ends {
                if let Some((place, routed)) = end.goes_to(&self.lanes) {
                    let rouse = self.lanes.routed[place].offer_ends(&self.hub, &[routed], now);
                    self.rouse(place, rouse);
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
            for (_, lane) in self.lanes.ordinary() {
                lane.intake_shed(shed - self.shed_told);
            }
            self.shed_told = shed;
            self.hub.reporter.loss();
        }
    }

    fn answer(&mut self, now: Tick) {
        let (flushes, notices, reload, close_by, reserve) = {
            let mut asked = self.hub.control.lock();
            (
                std::mem::take(&mut asked.flushes),
                std::mem::take(&mut asked.notices),
                asked.reload.take(),
                asked.close_by,
                asked.reserve,
            )
        };
        for (sink, failing) in notices {
            self.notice(&sink, failing, now);
        }
        if let Some(ticket) = flushes.iter().map(|flush| flush.ticket).max() {
            while self.route(ticket) {}
            // Counted first: what comes meanwhile is not promised to be with its
            // fallback.
            let handed = self.hub.hand_overs.count();
            self.hand_over();
            let goal = |lane: &Arc<SharedLane>| {
                let goal = lane.with(&self.hub, |lane, now| lane.request_flush(now));
                (lane.clone(), goal)
            };
            let goals = Goals {
                lanes: self.lanes.all().map(goal).collect(),
                handed,
            };
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
            // What came before the close is routed before the lanes hear of it.
            let ticket = self.hub.intake.tickets();
            while self.route(ticket) {}
            self.closing = Some(Closing {
                by,
                reserve,
                untold: self.lanes.all().map(|lane| lane.id).collect(),
            });
            self.close_next();
            self.rouse_all();
        }
    }

    /// Tells the lanes of the close, each once those that fall back to it are
    /// over and what they lost is with it; false if there was none.
    fn close_next(&mut self) -> bool {
        let Some(closing) = &mut self.closing else {
            return false;
        };
        let lanes = self.lanes.clone();
        let (by, reserve) = (closing.by, closing.reserve);
        let untold = &mut closing.untold;
        let due: Vec<_> = lanes
            .all()
            .enumerate()
            .filter(|(place, lane)| untold.contains(&lane.id) && lanes.is_fed_no_more(*place))
            .collect();
        if due.is_empty() {
            return false;
        }
        untold.retain(|id| due.iter().all(|(_, lane)| lane.id != *id));
        self.hand_over();
        for (place, lane) in due {
            let by = lanes.fallbacks.bound(place, by, reserve);
            lane.with(&self.hub, |lane, now| lane.close(by, now));
            lane.rouse();
        }
        true
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
        for (sink, text) in lanes.troubles.iter().cloned() {
            self.hub.reporter.report(Report::Trouble { sink, text });
        }
        self.set_lanes(lanes);
        // Who was woken when is a saving only.
        self.roused = vec![(None, false); self.lanes.routed.len()];
    }

    fn set_lanes(&mut self, lanes: Lanes) {
        self.lanes = Arc::new(lanes);
        self.hub.lanes.store(self.lanes.clone());
    }

    /// Lets lanes go that have emptied themselves or had their time.
    fn retire(&mut self, now: Tick) {
        let over = |lane: &&Arc<SharedLane>| lane.is_over(lane.is_past_close(now));
        let over: Vec<_> = self.lanes.leaving.iter().filter(over).cloned().collect();
        if over.is_empty() {
            return;
        }
        // While it is known whose fallback it is.
        self.hand_over();
        let mut leaving = self.lanes.leaving.clone();
        let mut retired = self.lanes.retired.clone();
        for lane in over {
            leaving.retain(|other| other.id != lane.id);
            let stats = lane.stats();
            retired.merge(&stats.ledger);
            self.hub.reporter.retired(stats);
        }
        let routed = self.lanes.routed.to_vec();
        self.set_lanes(Lanes::new(routed, leaving, retired));
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
        let taken = Taken::among(&self.lanes.targets);
        if let Some(taken) = &taken {
            // Never over the sink that failed, in no other's place either.
            taken.by(sink);
        }
        self.burst.push(Routed {
            alert: Arc::new(alert),
            slips: Vec::new(),
            taken,
            silenced: false,
        });
        self.ask_silences();
        self.offer(Some(sink), now);
        self.burst.clear();
        self.hand_over();
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
        let Some(closing) = &self.closing else {
            return false;
        };
        let past = self.hub.now() >= closing.by;
        closing.untold.is_empty() && self.lanes.all().all(|lane| lane.is_over(past))
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
            .as_ref()
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
