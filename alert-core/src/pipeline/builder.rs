use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::defaults::Defaults;
use super::dispatcher::{Dispatcher, start_worker};
use super::entry::SinkEntry;
use super::hub::Hub;
use super::intake::{DEFAULT_BYTES, DEFAULT_ENTRIES, Intake};
use super::lane::Lane;
use super::pipeline::Pipeline;
use super::reporter::{Report, Reporter};
use super::shared_lane::SharedLane;
use crate::alert::{Alert, AlertId, Context, Redaction, drop_guarded, guard};
use crate::clock::{Clock, SystemClock};
use crate::observe::Observer;
use crate::policy::{Delivery, Filter, Gates, Silence, Silences};
use crate::sink::{Limits, Plan, Prepared, Preview, SinkConfig};

/// Puts a [`Pipeline`] together.
#[must_use = "call `build`"]
pub struct PipelineBuilder {
    entries: Vec<SinkEntry>,
    observers: Vec<Box<dyn Observer>>,
    clock: Arc<dyn Clock>,
    source: Option<Arc<str>>,
    context: Context,
    redaction: Redaction,
    intake: (usize, usize),
    troubles: Vec<(Arc<str>, Arc<str>)>,
}

impl PipelineBuilder {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            observers: Vec::new(),
            clock: Arc::new(SystemClock),
            source: None,
            context: Context::new(),
            redaction: Redaction::none(),
            intake: (DEFAULT_ENTRIES, DEFAULT_BYTES),
            troubles: Vec::new(),
        }
    }

    /// Adds a sink with the default delivery policy.
    pub fn sink(self, name: impl Into<String>, config: impl SinkConfig) -> Self {
        self.entry(SinkEntry::config(name, config))
    }

    /// Adds a sink. Of two with one name, or that claim the same file, the
    /// later one is halted and reported.
    pub fn entry(mut self, entry: SinkEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// The sinks so far, in order.
    pub fn entries(&self) -> &[SinkEntry] {
        &self.entries
    }

    /// Leaves out the sinks for which `keep` says no.
    pub fn retain(mut self, keep: impl FnMut(&SinkEntry) -> bool) -> Self {
        self.entries.retain(keep);
        self
    }

    /// Lets every sink stand alone, for trying them out: none falls back to
    /// another, and one that is only a fallback takes alerts as any other does.
    pub fn without_fallbacks(mut self) -> Self {
        for entry in &mut self.entries {
            entry.delivery.fallback = None;
            entry.filter.only_as_fallback = false;
        }
        self
    }

    /// Takes the gates off, for trying sinks out: each alert gets past silences,
    /// filter, dedup, throttle and digest.
    pub fn without_gates(mut self) -> Self {
        for entry in &mut self.entries {
            let only_as_fallback = entry.filter.only_as_fallback;
            entry.filter = Filter::all().silenced(true);
            entry.filter.only_as_fallback = only_as_fallback;
            entry.delivery.dedup = None;
            entry.delivery.throttle = None;
            entry.delivery.digest = None;
        }
        self
    }

    /// Lets no sink have more time than this for an attempt, for a process that
    /// ends soon: a sink whose service hangs can then still say so.
    pub fn attempts_within(mut self, most: Duration) -> Self {
        for entry in &mut self.entries {
            let timeout = &mut entry.delivery.attempt_timeout;
            *timeout = most.min(*timeout);
        }
        self
    }

    /// Adds an observer of outcomes and lane states.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// The source of alerts that name none. Default: the program's name.
    pub fn source(mut self, source: impl Into<Arc<str>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Context that every alert gets, unless it has the key itself.
    pub fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// What is taken out of every alert before a sink, an observer or anything
    /// that keeps it sees it, and out of what sinks say of their failures.
    /// Default: nothing. It costs the callers of `emit` nothing.
    pub fn redact(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How many alerts, and how many bytes of them, each severity's ring of the
    /// intake holds. Default 4,096 and 16 MiB. The room for the entries is
    /// taken at once, about 40 bytes each.
    pub fn intake(mut self, alerts: usize, bytes: usize) -> Self {
        self.intake = (alerts, bytes);
        self
    }

    /// The clock for deadlines and pauses, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Something to report once the pipeline runs, about a sink that was left
    /// out or a mistake that does no harm.
    pub fn trouble(mut self, sink: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        self.troubles.push((sink.into(), text.into()));
        self
    }

    /// What the sink of this name would send for an alert (as
    /// [`fill`](Self::fill) returns it), without the secrets that this pipeline
    /// knows. `None` if the sink shows nothing or there is none of this name.
    /// Opens nothing.
    ///
    /// # Errors
    /// If the sink could not be opened as it is now: why, in one line.
    ///
    /// # Panics
    /// If the sink's own config does.
    pub fn preview(&self, sink: &str, alert: &Alert) -> Result<Option<Preview>, String> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == sink) else {
            return Ok(None);
        };
        let preview = entry.plan.preview(alert)?;
        Ok(preview.map(|preview| preview.without(&self.redaction)))
    }

    /// The alert as the sinks of this pipeline would get it: with its source
    /// and its context, where the alert has none of its own.
    #[must_use = "returns the changed alert"]
    pub fn fill(&self, mut alert: Alert) -> Alert {
        let source = self.source.clone().unwrap_or_else(program_name);
        alert.fill(&source, &self.context);
        self.redaction.apply(&mut alert);
        alert
    }

    /// Starts the pipeline: one thread for each sink and one dispatcher. Never
    /// fails: a sink that cannot be used is halted and reported. Sinks are
    /// opened on their own threads; this does not wait for them.
    pub fn build(self) -> Pipeline {
        // A forked child that builds its own pipeline gets ids of its own.
        AlertId::reseed();
        let parts = self.parts();
        let silences = Silences::default();
        let mut lanes = Vec::new();
        let mut broken = Vec::new();
        let mut observers: Vec<_> = parts.observers.into_iter().map(|o| (0, o)).collect();
        for mut part in parts.sinks {
            // Foreign code made it; it is dropped where it would have run.
            let observer = part.observer.take();
            broken.push(part.broken.take());
            let lane = Arc::new(part.into_lane(&silences));
            observers.extend(observer.map(|observer| (lane.id, observer)));
            lanes.push(lane);
        }
        let hub = Arc::new(Hub::new(
            parts.clock,
            Intake::new(parts.intake.0, parts.intake.1),
            lanes.clone(),
            Reporter::new(observers),
            parts.defaults,
            parts.redaction,
            silences,
        ));
        hub.reporter.belongs_to(&hub);
        let together = hub.lanes.load().troubles.clone();
        for (sink, text) in parts.troubles.into_iter().chain(together) {
            hub.reporter.report(Report::Trouble { sink, text });
        }
        for (lane, why) in lanes.iter().zip(broken) {
            match why {
                Some(why) => lane.never_started(&hub, &why),
                None => start_worker(&hub, lane, 1),
            }
        }
        let woken = Arc::downgrade(&hub);
        hub.clock.on_move(Arc::new(move || {
            if let Some(hub) = woken.upgrade() {
                hub.clock_moved();
            }
        }));
        Pipeline::start(hub, |hub| {
            let dispatcher = Dispatcher::new(hub);
            thread::Builder::new()
                .name("alert-dispatcher".to_owned())
                .spawn(move || dispatcher.run())
                .is_ok()
        })
    }

    /// Prepares the sinks on this thread, and finds those that cannot be used.
    pub(super) fn parts(mut self) -> Parts {
        let mut claims = HashMap::new();
        let mut names: HashMap<Arc<str>, u32> = HashMap::new();
        let mut sinks = Vec::new();
        for mut entry in std::mem::take(&mut self.entries) {
            let mut prepared = guard(|| entry.plan.prepare()).unwrap_or_else(|text| Prepared {
                broken: Some(format!("the sink's config panicked: {text}")),
                ..Prepared::default()
            });
            let count = names.entry(entry.name.as_str().into()).or_default();
            *count += 1;
            if *count > 1 {
                let name = std::mem::take(&mut entry.name);
                prepared.broken = Some(format!("another sink is called {name}"));
                entry.name = format!("{name} ({count})");
            }
            let name: Arc<str> = entry.name.as_str().into();
            for claim in std::mem::take(&mut prepared.claims) {
                if let Some(other) = claims.get(&claim) {
                    let what = claim.what();
                    prepared.broken = Some(format!("sink {other} has the same {what}"));
                } else if prepared.broken.is_none() {
                    claims.insert(claim, name.clone());
                }
            }
            if prepared.broken.is_some() {
                // What a sink that never opens has begun with nobody would end.
                prepared.silences.clear();
                drop_guarded(prepared.observer.take());
            }
            let told = prepared.problems.iter();
            for problem in told.filter(|problem| problem.is_told_at_start()) {
                self.troubles
                    .push((name.clone(), problem.to_string().into()));
            }
            sinks.push(Part {
                name,
                plan: entry.plan,
                delivery: entry.delivery,
                filter: entry.filter,
                limits: prepared.limits,
                observer: prepared.observer,
                keeps_record: prepared.keeps_record,
                silences: prepared.silences,
                broken: prepared.broken,
            });
        }
        if sinks.is_empty() {
            let text = "the pipeline has no sink: its alerts go nowhere";
            self.troubles.push(("".into(), text.into()));
        }
        Parts {
            sinks,
            observers: self.observers,
            clock: self.clock,
            intake: self.intake,
            troubles: self.troubles,
            redaction: self.redaction,
            defaults: Defaults {
                source: self.source.unwrap_or_else(program_name),
                context: self.context,
            },
        }
    }
}

/// What a builder describes.
pub(super) struct Parts {
    pub(super) sinks: Vec<Part>,
    observers: Vec<Box<dyn Observer>>,
    clock: Arc<dyn Clock>,
    intake: (usize, usize),
    pub(super) troubles: Vec<(Arc<str>, Arc<str>)>,
    pub(super) redaction: Redaction,
    pub(super) defaults: Defaults,
}

/// A sink before it has a lane.
pub(super) struct Part {
    pub(super) name: Arc<str>,
    pub(super) plan: Plan,
    pub(super) delivery: Delivery,
    pub(super) filter: Filter,
    pub(super) limits: Limits,
    pub(super) observer: Option<Box<dyn Observer>>,
    pub(super) keeps_record: bool,
    /// What its part of the pipeline's silences begins with.
    pub(super) silences: Vec<Silence>,
    /// Why it can never be opened as it is.
    pub(super) broken: Option<String>,
}

impl Part {
    pub(super) fn gates(&self) -> Gates {
        let Delivery {
            dedup, throttle, ..
        } = self.delivery;
        let mut gates = Gates::new(self.filter.clone(), dedup, throttle);
        gates.keep_record(self.keeps_record);
        gates
    }

    pub(super) fn into_lane(self, silences: &Silences) -> SharedLane {
        let gates = self.gates();
        let lane = Lane::new(self.delivery, self.limits, fastrand::u64(..));
        let silences = silences.part();
        silences.replace(self.silences);
        SharedLane::new(self.name, self.plan, lane, gates, silences)
    }
}

/// The name of the executable, which alerts without a source have as theirs; `unknown` if it
/// is not known.
pub fn program_name() -> Arc<str> {
    let program = std::env::args_os().next();
    let name = program
        .as_deref()
        .and_then(|path| std::path::Path::new(path).file_stem())
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "unknown".to_owned()).into()
}

impl std::fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_can_be_seen_as_sinks_would_get_it() {
        let mut context = Context::new();
        context.insert("stage", "production");
        let builder = PipelineBuilder::new().source("billing").context(context);
        let alert = builder.fill(Alert::info("t").build());
        assert_eq!(alert.source(), "billing");
        assert!(alert.context().get("stage").is_some());
        let named = builder.fill(Alert::info("t").source("shop").build());
        assert_eq!(named.source(), "shop");
        assert_ne!(PipelineBuilder::new().fill(named.clone()).source(), "");
    }
}
