use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::builder::{Part, PipelineBuilder};
use super::dispatcher::start_worker;
use super::hub::{Hub, from_now, left_until};
use super::lane::{Renewal, Tick};
use super::lanes::Lanes;
use super::reporter::Report;
use super::shared_lane::SharedLane;
use crate::observe::Observer;
use crate::policy::{Delivery, Gates};
use crate::sink::{Limits, Plan};

/// How long a reload waits for the dispatcher, which never waits itself.
const ANSWER: Duration = Duration::from_secs(10);

/// What a reload did, by the sinks' names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reloaded {
    /// They keep their sink, queue and gates.
    pub unchanged: Vec<String>,
    /// They keep their queue and books; their sink is opened anew if its own
    /// entry changed.
    pub changed: Vec<String>,
    /// They are new.
    pub added: Vec<String>,
    /// They deliver what they hold, and end.
    pub removed: Vec<String>,
}

impl Reloaded {
    /// Whether all is as it was.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }
}

/// `changed ops; added mail; 2 unchanged`
impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("changed", &self.changed),
            ("added", &self.added),
            ("removed", &self.removed),
        ];
        for (word, names) in parts {
            if !names.is_empty() {
                write!(f, "{word} {}; ", names.join(", "))?;
            }
        }
        write!(f, "{} unchanged", self.unchanged.len())
    }
}

/// Why nothing was reloaded; the pipeline goes on as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadError(Arc<str>);

impl ReloadError {
    fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReloadError {}

/// A reload on its way: alerts below the ticket go to the lanes as they are.
pub(crate) struct ReloadRequest {
    pub(crate) ticket: u64,
    steps: Mutex<Vec<Step>>,
    /// When a lane that is removed has had its time.
    by: Tick,
    answer: Mutex<Option<bool>>,
    answered: Condvar,
}

enum Step {
    Keep(Arc<SharedLane>),
    Renew(Box<Renew>),
    Add(Arc<SharedLane>),
    Remove(Arc<SharedLane>),
}

struct Renew {
    lane: Arc<SharedLane>,
    policy: Delivery,
    gates: Option<Gates>,
    keeps_record: bool,
    sink: Option<(Plan, Limits)>,
}

impl Renew {
    fn apply(self, hub: &Arc<Hub>) -> Arc<SharedLane> {
        let renewal = match self.sink {
            None => Renewal::Policy,
            Some((plan, limits)) => {
                self.lane.replace_plan(plan);
                Renewal::Sink(limits)
            }
        };
        self.lane.renew(hub, self.policy, self.gates, renewal);
        self.lane.keep_record(self.keeps_record);
        if let Some(generation) = self.lane.revive(hub) {
            start_worker(hub, &self.lane, generation);
        }
        self.lane
    }
}

impl ReloadRequest {
    pub(crate) fn answer(&self, done: bool) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        self.answered.notify_all();
    }

    /// Changes the lanes; on the dispatcher's thread.
    pub(crate) fn apply(&self, hub: &Arc<Hub>, before: &Lanes) -> Lanes {
        let steps = std::mem::take(&mut *self.steps.lock().unwrap_or_else(PoisonError::into_inner));
        let mut routed = Vec::with_capacity(steps.len());
        let mut leaving = before.leaving.clone();
        for step in steps {
            match step {
                Step::Keep(lane) => routed.push(lane),
                Step::Renew(renew) => routed.push(renew.apply(hub)),
                Step::Add(lane) => {
                    start_worker(hub, &lane, 1);
                    routed.push(lane);
                }
                Step::Remove(lane) => {
                    lane.with(hub, |lane, now| lane.close(self.by, now));
                    lane.silences.end();
                    leaving.push(lane);
                }
            }
        }
        Lanes::new(routed, leaving, before.retired.clone())
    }
}

impl Hub {
    pub(crate) fn reload(
        self: &Arc<Self>,
        builder: PipelineBuilder,
        within: Duration,
    ) -> Result<Reloaded, ReloadError> {
        if self.is_forked() {
            return Err(ReloadError::new("a forked child has no pipeline"));
        }
        let _one = self
            .reloading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let parts = builder.parts();
        let broken = |part: &Part| Some((part.name.clone(), part.broken.clone()?));
        if let Some((name, why)) = parts.sinks.iter().find_map(broken) {
            forget(parts);
            return Err(ReloadError::new(format!("sink {name}: {why}")));
        }
        let before = self.lanes.load_full();
        let mut done = Reloaded::default();
        let mut steps = Vec::new();
        let mut observers: Vec<(u64, Option<Box<dyn Observer>>)> = Vec::new();
        for mut part in parts.sinks {
            let name = part.name.to_string();
            let observer = part.observer.take();
            let Some(lane) = before.named(&part.name) else {
                done.added.push(name);
                let lane = Arc::new(part.into_lane(&self.silences));
                if observer.is_some() {
                    observers.push((lane.id, observer));
                }
                steps.push(Step::Add(lane));
                continue;
            };
            let same_sink = lane.has_plan(&part.plan);
            let same_gates = lane.has_gates(&part);
            if same_sink && same_gates && lane.has_policy(&part.delivery) {
                done.unchanged.push(name);
                steps.push(Step::Keep(lane.clone()));
                forget((part, observer));
                continue;
            }
            done.changed.push(name);
            if same_sink {
                forget(observer);
            } else {
                observers.push((lane.id, observer));
            }
            steps.push(Step::Renew(Box::new(Renew {
                lane: lane.clone(),
                gates: (!same_gates).then(|| part.gates()),
                keeps_record: part.keeps_record,
                policy: part.delivery,
                sink: (!same_sink).then_some((part.plan, part.limits)),
            })));
        }
        for lane in &before.routed {
            let name = lane.name.to_string();
            if !done.unchanged.contains(&name) && !done.changed.contains(&name) {
                observers.push((lane.id, None));
                done.removed.push(name);
                steps.push(Step::Remove(lane.clone()));
            }
        }
        let request = Arc::new(ReloadRequest {
            ticket: self.intake.tickets(),
            steps: Mutex::new(steps),
            by: self.now().saturating_add(within),
            answer: Mutex::new(None),
            answered: Condvar::new(),
        });
        // Before any sink has a new secret.
        self.redaction.store(Arc::new(parts.redaction));
        if !self.ask_to_reload(&request) {
            forget((request, observers));
            return Err(ReloadError::new("the pipeline has been closed"));
        }
        self.defaults.store(Arc::new(parts.defaults));
        self.reporter.observers(observers);
        for (sink, text) in parts.troubles {
            self.reporter.report(Report::Trouble { sink, text });
        }
        if self.is_observed() {
            self.reporter
                .report(Report::Reloaded(Box::new(done.clone())));
        }
        Ok(done)
    }

    /// Whether the dispatcher did it.
    fn ask_to_reload(&self, request: &Arc<ReloadRequest>) -> bool {
        {
            let mut asked = self.control.lock();
            if asked.dispatcher_ended || asked.close_by.is_some() {
                return false;
            }
            asked.reload = Some(request.clone());
        }
        self.ask();
        let by = from_now(ANSWER);
        let answer = request
            .answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waited = request
            .answered
            .wait_timeout_while(answer, left_until(by), |answer| answer.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0 == Some(true)
    }
}

/// What no worker will take may hold foreign code whose Drop hangs, and this
/// thread is the caller's.
fn forget(parts: impl Sized) {
    std::mem::forget(parts);
}
