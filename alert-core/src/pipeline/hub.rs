use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::defaults::Defaults;
use super::emission::Emission;
use super::fallbacks;
use super::hand_over::HandOvers;
use super::intake::Intake;
use super::lane::{Event, Tick};
use super::lanes::Lanes;
use super::ledger::Ledger;
use super::receipt::{Book, Receipt, Slip};
use super::reload::ReloadRequest;
use super::reporter::{Report, Reporter};
use super::shared_lane::{SharedLane, Told, in_nanos};
use super::stats::{ProcessStats, Stats};
use super::wake::Wake;
use crate::alert::{Alert, Redaction, Severity};
use crate::clock::{Clock, after};
use crate::pipeline::{Outcome, Reason};
use crate::policy::Silences;
use crate::sink::is_mine;

/// What all threads of a pipeline share.
pub(crate) struct Hub {
    pub(crate) clock: Arc<dyn Clock>,
    start: Instant,
    pub(crate) intake: Intake<Emission>,
    pub(crate) wake: Wake,
    /// Replaced whole, by the dispatcher alone.
    pub(super) lanes: ArcSwap<Lanes>,
    pub(crate) reporter: Reporter,
    pub(crate) control: Control,
    pub(crate) hand_overs: HandOvers,
    pub(super) defaults: ArcSwap<Defaults>,
    /// One reload at a time; the lanes that it looked at are still there when
    /// the dispatcher changes them.
    pub(super) reloading: Mutex<()>,
    /// What no alert may show; a reload replaces it.
    pub(crate) redaction: ArcSwap<Redaction>,
    /// Each lane has a part of it.
    pub(crate) silences: Silences,
    closed: AtomicBool,
    emitted: AtomicU64,
    pub(crate) routed: AtomicU64,
    feedback: AtomicU64,
    turned_away: AtomicU64,
    /// When the sleeping dispatcher looks at deadlines next, in nanoseconds.
    alarm: AtomicU64,
    /// One `emit_within` at a time looks for room, so that what it found is
    /// still there when it pushes. The bytes are those handed over this way
    /// since nothing was on its way: as long as some of them may be, no lane
    /// knows of them.
    room: Mutex<usize>,
    room_asked: Condvar,
    pid: u32,
}

/// What other threads ask of the dispatcher.
#[derive(Default)]
pub(crate) struct Control {
    asked: AtomicBool,
    state: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) flushes: Vec<Arc<FlushRequest>>,
    pub(crate) reload: Option<Arc<ReloadRequest>>,
    pub(crate) close_by: Option<Tick>,
    /// What of a close's time is the fallbacks'.
    pub(crate) reserve: Tick,
    /// Sinks whose failing is news, or is over.
    pub(crate) notices: Vec<(Arc<str>, bool)>,
    pub(crate) dispatcher_ended: bool,
}

/// What each lane must have flushed, and how many hand-overs had reached their
/// fallback before.
#[derive(Clone, Default)]
pub(crate) struct Goals {
    pub(crate) lanes: Vec<(Arc<SharedLane>, u64)>,
    pub(crate) handed: u64,
}

/// A flush on its way: alerts below the ticket are to be routed first.
pub(crate) struct FlushRequest {
    pub(crate) ticket: u64,
    goals: Mutex<Option<Goals>>,
    routed: Condvar,
}

impl FlushRequest {
    pub(crate) fn answer(&self, goals: Goals) {
        *self.goals.lock().unwrap_or_else(PoisonError::into_inner) = Some(goals);
        self.routed.notify_all();
    }
}

impl Control {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Asked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything was asked since the last call.
    pub(crate) fn take_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) && self.asked.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }
}

/// How long past its bound a close may take for the machine's own sake.
pub(crate) const SLACK: Duration = Duration::from_millis(100);

/// That long from now, in real time: so do callers wait, whatever clock the
/// pipeline has.
pub(super) fn from_now(within: Duration) -> Instant {
    after(Instant::now(), within)
}

/// How long until then, in real time.
pub(super) fn left_until(by: Instant) -> Duration {
    by.saturating_duration_since(Instant::now())
}

impl Hub {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        intake: Intake<Emission>,
        lanes: Vec<Arc<SharedLane>>,
        reporter: Reporter,
        defaults: Defaults,
        redaction: Redaction,
        silences: Silences,
    ) -> Self {
        Self {
            start: clock.now(),
            clock,
            intake,
            wake: Wake::new(),
            lanes: ArcSwap::from_pointee(Lanes::new(lanes, Vec::new(), Ledger::default())),
            reporter,
            control: Control::default(),
            hand_overs: HandOvers::default(),
            defaults: ArcSwap::from_pointee(defaults),
            reloading: Mutex::new(()),
            redaction: ArcSwap::from_pointee(redaction),
            silences,
            closed: AtomicBool::new(false),
            emitted: AtomicU64::new(0),
            routed: AtomicU64::new(0),
            feedback: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            alarm: AtomicU64::new(u64::MAX),
            room: Mutex::new(0),
            room_asked: Condvar::new(),
            pid: std::process::id(),
        }
    }

    pub(crate) fn now(&self) -> Tick {
        self.clock.now().saturating_duration_since(self.start)
    }

    pub(crate) fn instant(&self, tick: Tick) -> Instant {
        after(self.start, tick)
    }

    pub(crate) fn is_forked(&self) -> bool {
        std::process::id() != self.pid
    }

    // ---- the caller's side ----

    pub(crate) fn emit(&self, mut alert: Alert, book: Option<Arc<Book>>) {
        if is_mine() {
            return self.turn_away(book, &self.feedback, Reason::Feedback);
        }
        self.defaults.load().fill(&mut alert);
        self.hand_over(alert, book);
    }

    /// The rest of the way for an alert that has all that it is given.
    fn hand_over(&self, alert: Alert, book: Option<Arc<Book>>) {
        if self.closed.load(Ordering::Acquire) {
            return self.turn_away(book, &self.turned_away, Reason::Closed);
        }
        self.push(alert, book);
    }

    fn push(&self, alert: Alert, book: Option<Arc<Book>>) {
        let (severity, size) = (alert.severity(), alert.size());
        let urgent = book.is_some() || severity == Severity::Critical;
        let emission = Emission {
            alert: Arc::new(alert),
            book,
        };
        self.emitted.fetch_add(1, Ordering::Relaxed);
        self.intake.push(severity.index(), size, emission, |shed| {
            if let Some(book) = &shed.book {
                book.turned_away(self.lanes.load().names(), Reason::Intake);
            }
        });
        self.wake.notify(urgent);
        // A close that began meanwhile may have looked before the push.
        if self.closed.load(Ordering::SeqCst) && self.control.lock().dispatcher_ended {
            self.sweep();
        }
    }

    fn turn_away(&self, book: Option<Arc<Book>>, counter: &AtomicU64, reason: Reason) {
        self.emitted.fetch_add(1, Ordering::Relaxed);
        counter.fetch_add(1, Ordering::Relaxed);
        if let Some(book) = book {
            book.turned_away(self.lanes.load().names(), reason);
        }
    }

    /// Counts as closed what no dispatcher will take any more.
    pub(crate) fn sweep(&self) {
        self.intake.sweep(|_, emission| {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            if let Some(book) = emission.book {
                book.turned_away(self.lanes.load().names(), Reason::Closed);
            }
        });
    }

    pub(crate) fn emit_within(&self, mut alert: Alert, wait: Duration) -> bool {
        if is_mine() || self.closed.load(Ordering::Acquire) {
            self.emit(alert, None);
            return false;
        }
        // What it weighs is known once it has all that it is given.
        self.defaults.load().fill(&mut alert);
        let (severity, size) = (alert.severity(), alert.size());
        let mut by = None;
        let mut pause = Duration::from_micros(50);
        let mut turn = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let found = loop {
            if self.has_room(severity, size, &mut turn) {
                break true;
            }
            // The clock is read only once there is something to wait for.
            let left = left_until(*by.get_or_insert_with(|| from_now(wait)));
            if left.is_zero() || self.closed.load(Ordering::Acquire) {
                break false;
            }
            // Room is made by the dispatcher and the workers; they are at work
            // already, and telling each waiter would cost every delivery.
            self.wake.notify(true);
            let waited = self.room_asked.wait_timeout(turn, pause.min(left));
            turn = waited.unwrap_or_else(PoisonError::into_inner).0;
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        *turn = turn.saturating_add(size);
        self.hand_over(alert, None);
        drop(turn);
        found
    }

    fn has_room(&self, severity: Severity, size: usize, handed_over: &mut usize) -> bool {
        let on_their_way = self.on_their_way();
        if on_their_way == 0 {
            *handed_over = 0;
        }
        let bytes = handed_over.saturating_add(size);
        self.intake.has_room(severity.index(), size)
            && self
                .lanes
                .load()
                .ordinary()
                .all(|(_, lane)| lane.has_room(bytes, on_their_way))
    }

    /// How many alerts are between `emit` and the lanes, those in the
    /// dispatcher's hands included; never too few.
    fn on_their_way(&self) -> usize {
        // The ends are read before the beginnings.
        let shed: u64 = (0..3).map(|i| self.intake.shed(i)).sum();
        let ended = self.routed.load(Ordering::Acquire)
            + self.feedback.load(Ordering::Acquire)
            + self.turned_away.load(Ordering::Acquire)
            + shed;
        let emitted = self.emitted.load(Ordering::Acquire);
        usize::try_from(emitted.saturating_sub(ended)).unwrap_or(usize::MAX)
    }

    pub(crate) fn emit_tracked(&self, alert: Alert) -> Receipt {
        let (receipt, book) = Receipt::new();
        self.emit(alert, Some(book));
        receipt
    }

    // ---- what the lanes tell ----

    pub(crate) fn is_observed(&self) -> bool {
        self.reporter.is_observed()
    }

    pub(super) fn tell(&self, lane: &SharedLane, told: Told) {
        for event in told.events {
            match event {
                Event::Settled(entry, outcome) => {
                    for (parcel, outcome) in entry.into_outcomes(outcome) {
                        self.settled(&lane.name, &parcel.alert, parcel.slip.as_ref(), outcome);
                    }
                }
                Event::Notice { failing } => {
                    self.control
                        .lock()
                        .notices
                        .push((lane.name.clone(), failing));
                    self.ask();
                }
                Event::FlushFailed(text) => {
                    self.reporter.report(Report::Trouble {
                        sink: lane.name.clone(),
                        text,
                    });
                }
            }
        }
        if let Some(state) = told.state {
            self.reporter.lane(&lane.name, state);
        }
    }

    pub(crate) fn settled(
        &self,
        sink: &Arc<str>,
        alert: &Arc<Alert>,
        slip: Option<&Slip>,
        outcome: Outcome,
    ) {
        if outcome.verdict().is_loss() {
            self.reporter.loss();
        }
        if self.reporter.is_observed() {
            self.reporter.report(Report::Outcome {
                sink: sink.clone(),
                alert: alert.clone(),
                outcome: outcome.clone(),
            });
        }
        if let Some(slip) = slip {
            slip.answer(outcome);
        }
    }

    /// A lane's next deadline has come nearer.
    pub(crate) fn deadline_moved(&self, deadline: u64) {
        std::sync::atomic::fence(Ordering::SeqCst);
        if deadline < self.alarm.load(Ordering::Relaxed) {
            self.wake.notify(true);
        }
    }

    /// The dispatcher is about to sleep: announces until when, for
    /// [`Hub::deadline_moved`] on other threads.
    pub(crate) fn set_alarm(&self, at: Option<Tick>) {
        self.alarm
            .store(at.map_or(u64::MAX, in_nanos), Ordering::Relaxed);
        std::sync::atomic::fence(Ordering::SeqCst);
    }

    /// Tells the dispatcher that something was asked.
    pub(super) fn ask(&self) {
        self.control.asked.store(true, Ordering::Release);
        self.wake.notify(true);
    }

    // ---- flush, close, stats ----

    pub(crate) fn flush(&self, within: Duration) -> bool {
        if self.is_forked() {
            return false;
        }
        let by = from_now(within);
        let ticket = self.intake.tickets();
        // Each round follows what was lost one step along its chain, and one more
        // answers for what has no further fallback. What came later may go on
        // being lost for ever.
        for _ in 0..self.lanes.load().fallbacks.longest() + 2 {
            let Some(goals) = self.ask_to_flush(ticket, by) else {
                return false;
            };
            // All, not the first that is late: each has had its time by then.
            let lanes = goals.lanes.into_iter();
            let flushed = lanes.fold(true, |all, (lane, goal)| lane.wait_flushed(goal, by) && all);
            if !flushed || self.hand_overs.count() == goals.handed {
                return flushed;
            }
        }
        true
    }

    /// What the lanes must have flushed, once the alerts below the ticket and all
    /// hand-overs so far are with them; `None` if that is not in time.
    fn ask_to_flush(&self, ticket: u64, by: Instant) -> Option<Goals> {
        let request = Arc::new(FlushRequest {
            ticket,
            goals: Mutex::new(None),
            routed: Condvar::new(),
        });
        {
            let mut asked = self.control.lock();
            if asked.dispatcher_ended {
                let handed = self.hand_overs.count();
                return Some(Goals {
                    handed,
                    ..Goals::default()
                });
            }
            asked.flushes.push(request.clone());
        }
        self.ask();
        let goals = request.goals.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = request
            .routed
            .wait_timeout_while(goals, left_until(by), |goals| goals.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }

    pub(crate) fn close(&self, within: Duration) -> bool {
        if self.is_forked() {
            return false;
        }
        // The dispatcher keeps the bound; this one is for a machine too busy to
        // run it, and for a clock that is held by hand.
        let by = from_now(within.saturating_add(SLACK / 2));
        self.begin_close(within);
        let waited =
            self.control
                .changed
                .wait_timeout_while(self.control.lock(), left_until(by), |asked| {
                    !asked.dispatcher_ended
                });
        let ended = waited
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .dispatcher_ended;
        // What was suppressed and no alert will stand for is told at last.
        let untold = |lane: &Arc<SharedLane>| {
            let stats = lane.stats();
            stats.suppressed_untold + stats.untold.suppressed > 0
        };
        let lanes = self.lanes.load();
        if lanes.all().any(untold) {
            self.reporter.loss();
        }
        // The reporter has the rest of the time, and a moment at least.
        self.reporter.close(left_until(by).max(SLACK));
        ended && lanes.all().all(|lane| lane.is_let_go())
    }

    /// Asks the dispatcher to close; false if it was asked before.
    pub(crate) fn begin_close(&self, within: Duration) -> bool {
        let by = self.now().saturating_add(within);
        self.closed.store(true, Ordering::SeqCst);
        let mut asked = self.control.lock();
        let first = asked.close_by.is_none();
        if first {
            asked.close_by = Some(by);
            asked.reserve = fallbacks::reserve(within);
        }
        drop(asked);
        self.ask();
        first
    }

    pub(crate) fn dispatcher_ended(&self) {
        let (flushes, reload) = {
            let mut asked = self.control.lock();
            asked.dispatcher_ended = true;
            (std::mem::take(&mut asked.flushes), asked.reload.take())
        };
        self.sweep();
        // What was asked while the close was being finished has nothing left
        // to wait for.
        for flush in flushes {
            flush.answer(Goals::default());
        }
        if let Some(reload) = reload {
            reload.answer(false);
        }
        self.control.changed.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Wakes all who sleep by the clock, after it was moved by hand.
    pub(crate) fn clock_moved(&self) {
        for lane in self.lanes.load().all() {
            lane.clock_moved();
        }
        self.wake.notify(true);
    }

    /// Counts a notice of the pipeline's own as emitted.
    pub(crate) fn count_notice(&self) {
        self.emitted.fetch_add(1, Ordering::Relaxed);
        self.routed.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn fill(&self, alert: &mut Alert) {
        self.defaults.load().fill(alert);
        self.redaction.load().apply(alert);
    }

    pub(crate) fn stats(&self) -> Stats {
        let shed = std::array::from_fn(|i| self.intake.shed(i));
        let lanes = self.lanes.load();
        Stats {
            process: ProcessStats {
                emitted: self.emitted.load(Ordering::Relaxed),
                routed: self.routed.load(Ordering::Relaxed),
                shed_intake: shed,
                feedback: self.feedback.load(Ordering::Relaxed),
                closed: self.turned_away.load(Ordering::Relaxed),
                waiting: self.intake.len() as u64,
            },
            sinks: lanes.stats(),
            retired: lanes.retired.clone(),
            reports_dropped: self.reporter.dropped(),
        }
    }
}
