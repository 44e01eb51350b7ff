//! The thread that tells observers and `tracing` what happened. It exists only
//! once there is something to tell, and nothing waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::hub::Hub;
use crate::alert::{Alert, drop_guarded, guard};
use crate::observe::{LaneState, Observer};
use crate::pipeline::{Outcome, Reason, Reloaded, SinkStats};
use crate::sink::mine;

/// How many reports wait at most, and how many bytes of alerts with them; more
/// are dropped and counted. As much again may be in the thread's hands.
const QUEUE: usize = 4096;
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// How often observers are told the books at most: they may write to a disk then.
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// After so many reports they are told sooner.
const TOLD_AFTER: usize = 2048;
/// How often losses of one sink are told to `tracing` at most.
const TELL_EVERY: Duration = Duration::from_secs(10);

pub(crate) enum Report {
    Outcome {
        sink: Arc<str>,
        alert: Arc<Alert>,
        outcome: Outcome,
    },
    Lane {
        sink: Arc<str>,
        state: LaneState,
    },
    /// Something about a sink that is no outcome: a config problem, a flush.
    Trouble {
        sink: Arc<str>,
        text: Arc<str>,
    },
    Retired(Box<SinkStats>),
    Reloaded(Box<Reloaded>),
}

/// An observer comes with its lane (0: none) once so many of the reports that
/// wait are told, and the one that the lane had before goes.
struct Change {
    after: usize,
    lane: u64,
    observer: Option<Box<dyn Observer>>,
}

/// What the thread has to do in one go.
struct Run {
    reports: VecDeque<Report>,
    changes: Vec<Change>,
    closing: bool,
}

type Observers = Vec<(u64, Box<dyn Observer>)>;

pub(crate) struct Reporter {
    inner: Mutex<Inner>,
    changed: Condvar,
    observed: AtomicBool,
    /// Losses have happened that no line has told.
    loss: AtomicBool,
    dropped: AtomicU64,
    /// The subscriber of the thread that built the pipeline, if it had one.
    dispatch: Option<tracing::Dispatch>,
    hub: OnceLock<Weak<Hub>>,
}

struct Inner {
    queue: VecDeque<Report>,
    bytes: usize,
    /// Those that the thread has not taken yet.
    changes: Vec<Change>,
    thread: Thread,
}

impl Inner {
    fn take(&mut self) -> VecDeque<Report> {
        self.bytes = 0;
        std::mem::take(&mut self.queue)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thread {
    None,
    Running,
    /// Asked to tell what is left and end.
    Closing,
    Ended,
}

impl Reporter {
    pub(crate) fn new(observers: Vec<(u64, Box<dyn Observer>)>) -> Self {
        let first = |(lane, observer)| Change {
            after: 0,
            lane,
            observer: Some(observer),
        };
        let dispatch = tracing::dispatcher::get_default(|dispatch| {
            let nobody = dispatch.is::<tracing::subscriber::NoSubscriber>();
            (!nobody).then(|| dispatch.clone())
        });
        Self {
            observed: AtomicBool::new(!observers.is_empty()),
            inner: Mutex::new(Inner {
                queue: VecDeque::new(),
                bytes: 0,
                changes: observers.into_iter().map(first).collect(),
                thread: Thread::None,
            }),
            changed: Condvar::new(),
            loss: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            dispatch,
            hub: OnceLock::new(),
        }
    }

    pub(crate) fn belongs_to(&self, hub: &Arc<Hub>) {
        let _ = self.hub.set(Arc::downgrade(hub));
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.observed.load(Ordering::Relaxed)
    }

    /// Lets observers come and go with their lanes.
    pub(crate) fn observers(&self, changes: Vec<(u64, Option<Box<dyn Observer>>)>) {
        if changes.is_empty() {
            return;
        }
        if changes.iter().any(|(_, observer)| observer.is_some()) {
            self.observed.store(true, Ordering::Relaxed);
        }
        let mut inner = self.lock();
        let after = inner.queue.len();
        let changes = changes.into_iter().map(|(lane, observer)| Change {
            after,
            lane,
            observer,
        });
        inner.changes.extend(changes);
        if self.is_observed() {
            self.wake(&mut inner);
        }
    }

    /// A sink that a reload removed has ended: tells what it lost last.
    pub(crate) fn retired(&self, stats: SinkStats) {
        let untold = stats.suppressed_untold + stats.untold.suppressed;
        if stats.ledger.lost() > 0 || untold > 0 {
            self.report(Report::Retired(Box::new(stats)));
        }
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Runs `work` with the builder's subscriber, or whatever is set globally.
    pub(crate) fn listening<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.dispatch {
            Some(dispatch) => tracing::dispatcher::with_default(dispatch, work),
            None => work(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn report(&self, report: Report) {
        let bytes = match &report {
            Report::Outcome { alert, .. } => alert.size(),
            // Of any length: whoever has an emitter tells them.
            Report::Trouble { sink, text } => sink.len() + text.len(),
            Report::Lane { .. } | Report::Retired(..) | Report::Reloaded(..) => 0,
        };
        let mut inner = self.lock();
        let full = inner.queue.len() >= QUEUE || inner.bytes.saturating_add(bytes) > QUEUE_BYTES;
        if full || inner.thread == Thread::Ended {
            drop(inner);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        inner.bytes += bytes;
        inner.queue.push_back(report);
        self.wake(&mut inner);
    }

    /// A lane's health changed. That all is well is news only to an observer,
    /// or after something else was told.
    pub(crate) fn lane(&self, sink: &Arc<str>, state: LaneState) {
        let quiet = !self.is_observed() && state.why().is_none();
        if quiet && self.lock().thread == Thread::None {
            return;
        }
        let sink = sink.clone();
        self.report(Report::Lane { sink, state });
    }

    /// Something was lost; the ledgers say what.
    pub(crate) fn loss(&self) {
        if !self.loss.swap(true, Ordering::AcqRel) {
            let mut inner = self.lock();
            self.wake(&mut inner);
        }
    }

    fn wake(&self, inner: &mut Inner) {
        if inner.thread == Thread::None {
            let Some(hub) = self.hub.get().and_then(Weak::upgrade) else {
                return;
            };
            let started = thread::Builder::new()
                .name("alert-reporter".to_owned())
                .spawn(move || hub.reporter.run(&hub));
            match started {
                Ok(_) => inner.thread = Thread::Running,
                // Tried again at the next report; the queue is bounded.
                Err(_) => return,
            }
        }
        self.changed.notify_all();
    }

    /// Lets what is queued be told for so long and no longer; what is left then
    /// counts as dropped.
    pub(crate) fn close(&self, within: Duration) {
        let mut inner = self.lock();
        if inner.thread == Thread::None && !inner.changes.is_empty() {
            // Observers hear the last of the books, whatever else there was.
            self.wake(&mut inner);
        }
        if inner.thread == Thread::None {
            inner.thread = Thread::Ended;
        }
        if inner.thread == Thread::Running {
            inner.thread = Thread::Closing;
            self.changed.notify_all();
        }
        let waited = self
            .changed
            .wait_timeout_while(inner, within, |inner| inner.thread != Thread::Ended);
        let mut inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        let untold = inner.take().len() as u64;
        self.dropped.fetch_add(untold, Ordering::Relaxed);
    }

    fn run(&self, hub: &Hub) {
        let _mine = mine();
        let mut observers = Observers::new();
        let mut teller = Teller::default();
        let mut books = Books::default();
        loop {
            let run = self.wait(hub, &teller, &books);
            let last = run.closing && run.reports.is_empty();
            books.untold += run.reports.len() + run.changes.len();
            self.tell_all(hub, run, &mut observers, &mut teller);
            let now = hub.clock.now();
            let due = self.loss.load(Ordering::Acquire) && teller.is_due(now);
            if due || last {
                self.loss.store(false, Ordering::Release);
                let _ = guard(|| self.listening(|| teller.tell_losses(hub, now, last)));
            }
            if last || books.left(Instant::now()) == Some(Duration::ZERO) {
                told(hub, &mut observers);
                books = Books::told();
            }
            if last {
                break;
            }
        }
        for (_, observer) in observers {
            drop_guarded(observer);
        }
        self.lock().thread = Thread::Ended;
        self.changed.notify_all();
    }

    /// Tells each report to those who observe when it happened.
    fn tell_all(&self, hub: &Hub, run: Run, observers: &mut Observers, teller: &mut Teller) {
        let mut changes = run.changes.into_iter().peekable();
        for (place, report) in run.reports.iter().enumerate() {
            while let Some(change) = changes.next_if(|change| change.after <= place) {
                change.apply(hub, observers);
            }
            self.tell(report, observers, teller);
        }
        for change in changes {
            change.apply(hub, observers);
        }
    }

    fn wait(&self, hub: &Hub, teller: &Teller, books: &Books) -> Run {
        let mut inner = self.lock();
        loop {
            let closing = inner.thread == Thread::Closing;
            let now = hub.clock.now();
            let loss = self.loss.load(Ordering::Acquire);
            let news = !inner.queue.is_empty() || !inner.changes.is_empty();
            let books = books.left(Instant::now());
            let due = loss && teller.is_due(now) || books == Some(Duration::ZERO);
            if closing || news || due {
                return Run {
                    reports: inner.take(),
                    changes: std::mem::take(&mut inner.changes),
                    closing,
                };
            }
            let losses = teller.due.filter(|_| loss);
            let losses = losses.map(|due| due.saturating_duration_since(now));
            inner = match losses.into_iter().chain(books).min() {
                None => self
                    .changed
                    .wait(inner)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = self.changed.wait_timeout(inner, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn tell(
        &self,
        report: &Report,
        observers: &mut [(u64, Box<dyn Observer>)],
        teller: &mut Teller,
    ) {
        for (_, observer) in observers {
            // A panic of one observer is its own affair; the report stays told.
            let _ = guard(|| match report {
                Report::Outcome {
                    sink,
                    alert,
                    outcome,
                } => observer.outcome(sink, alert, outcome),
                Report::Lane { sink, state } => observer.lane(sink, state),
                Report::Trouble { sink, text } => observer.trouble(sink, text),
                Report::Reloaded(reloaded) => observer.reloaded(reloaded),
                Report::Retired(..) => {}
            });
        }
        let _ = guard(|| {
            self.listening(|| match report {
                Report::Outcome { .. } | Report::Reloaded(..) => {}
                Report::Lane { sink, state } => teller.tell_state(sink, state),
                Report::Retired(stats) => teller.tell_lost_at(stats, true),
                Report::Trouble { sink, text } => {
                    tracing::warn!(target: "alert", sink = &**sink, "{text}");
                }
            })
        });
    }
}

impl Change {
    fn apply(self, hub: &Hub, observers: &mut Observers) {
        let lane = self.lane;
        if lane != 0 {
            let gone = observers.extract_if(.., |(of, _)| *of == lane);
            let mut gone: Observers = gone.collect();
            told(hub, &mut gone);
            for (_, observer) in gone {
                drop_guarded(observer);
            }
        }
        observers.extend(self.observer.map(|observer| (lane, observer)));
    }
}

/// Says that nothing waits, with the books.
fn told(hub: &Hub, observers: &mut Observers) {
    if observers.is_empty() {
        return;
    }
    let stats = hub.stats();
    for (_, observer) in observers {
        let _ = guard(|| observer.told(&stats));
    }
}

/// When observers are told the books next. In real time, for it saves real work; a
/// clock held by hand must not stop it.
#[derive(Default)]
struct Books {
    /// So much was told since.
    untold: usize,
    not_before: Option<Instant>,
}

impl Books {
    /// As they are now.
    fn told() -> Self {
        Self {
            untold: 0,
            not_before: Instant::now().checked_add(TOLD_EVERY),
        }
    }

    /// How long until they are to be told, if they are.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.not_before.map(|at| at.saturating_duration_since(now));
        match self.untold {
            0 => None,
            // What observers gather is bounded.
            TOLD_AFTER.. => Some(Duration::ZERO),
            _ => Some(left.unwrap_or_default()),
        }
    }
}

/// What was told to `tracing`, so that it is told once and not too often.
#[derive(Default)]
struct Teller {
    states: HashMap<Arc<str>, &'static str>,
    lost: HashMap<u64, Vec<u64>>,
    intake: u64,
    /// Not before this are losses told again.
    due: Option<Instant>,
}

impl Teller {
    fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| now >= due)
    }

    fn tell_state(&mut self, sink: &Arc<str>, state: &LaneState) {
        let before = self.states.insert(sink.clone(), state.as_str());
        if before == Some(state.as_str()) {
            return;
        }
        let (sink, word) = (&**sink, state.as_str());
        match state {
            LaneState::Healthy if before.is_some_and(|b| b != "opening") => {
                tracing::info!(target: "alert", sink, state = word, "alert sink works again");
            }
            LaneState::Opening | LaneState::Healthy | LaneState::Closed => {
                tracing::debug!(target: "alert", sink, state = word, "alert sink is {word}");
            }
            _ => {
                let why = state.why().unwrap_or_default();
                tracing::warn!(target: "alert", sink, state = word, "alert sink is {word}: {why}");
            }
        }
    }

    /// Tells what each ledger lost since it was told last.
    fn tell_losses(&mut self, hub: &Hub, now: Instant, closing: bool) {
        self.due = now.checked_add(TELL_EVERY);
        let stats = hub.stats();
        let intake: u64 = stats.process.shed_intake.iter().sum();
        if intake > self.intake {
            let lost = intake - self.intake;
            tracing::warn!(target: "alert", lost, "{lost} alerts were shed at the intake");
            self.intake = intake;
        }
        for sink in &stats.sinks {
            self.tell_lost_at(sink, closing);
        }
    }

    /// Tells what one ledger lost since it was told last; at its end also what
    /// was held back and no alert stands for.
    fn tell_lost_at(&mut self, sink: &SinkStats, ended: bool) {
        let counts: Vec<u64> = Reason::ALL
            .iter()
            .map(|r| sink.ledger.by_reason(*r))
            .collect();
        let before = self
            .lost
            .entry(sink.lane)
            .or_insert_with(|| vec![0; counts.len()]);
        let news: Vec<String> = Reason::ALL
            .iter()
            .zip(counts.iter().zip(before.iter()))
            .filter(|(reason, (now, told))| reason.verdict().is_loss() && now > told)
            .map(|(reason, (now, told))| {
                format!(
                    "{} {}: {}",
                    now - told,
                    reason.verdict().as_str(),
                    reason.as_str()
                )
            })
            .collect();
        if !news.is_empty() {
            let reasons = news.join(", ");
            let error = sink.last_error.as_deref().unwrap_or_default();
            tracing::warn!(
                target: "alert", sink = &*sink.name, error,
                "alerts were lost ({reasons})"
            );
            *before = counts;
        }
        let untold = sink.suppressed_untold + sink.untold.suppressed;
        if ended && untold > 0 {
            tracing::warn!(
                target: "alert", sink = &*sink.name, untold,
                "{untold} suppressed alerts were told by no later one"
            );
        }
        if ended {
            self.lost.remove(&sink.lane);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        // Observers that never ran may hold foreign code whose Drop hangs, and
        // this thread may be the caller's.
        std::mem::forget(std::mem::take(&mut self.lock().changes));
    }
}
