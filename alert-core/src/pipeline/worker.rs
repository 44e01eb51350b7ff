//! The thread that opens, uses and drops one sink. All of the sink's own code
//! runs here, under guard, and only owned data leaves.

use super::hub::Hub;
use super::lane::{End, Next, Tick, Work};
use super::parcel::Parcel;
use super::shared_lane::SharedLane;
use crate::alert::{drop_guarded, guard};
use crate::config::Node;
use crate::sink::{
    Attempt, Batch, Delivered, Limits, Losses, OpenContext, Plan, Sink, SinkError, Slots, mine,
};

struct Worker<'a> {
    hub: &'a Hub,
    lane: &'a SharedLane,
    generation: u64,
    plan: Plan,
    sink: Option<Box<dyn Sink>>,
    limits: Limits,
    /// The entry as it was resolved for the present sink.
    resolved: Option<Node>,
}

pub(crate) fn run(hub: &Hub, index: usize, generation: u64, plan: Plan) {
    let _mine = mine();
    let mut worker = Worker {
        hub,
        lane: &hub.lanes[index],
        generation,
        plan,
        sink: None,
        limits: Limits::none(),
        resolved: None,
    };
    // What a sink says to `tracing` goes where the pipeline's builder listens.
    hub.reporter.listening(|| worker.work());
    let Worker { sink, plan, .. } = worker;
    drop_guarded(sink);
    let lane = &hub.lanes[index];
    drop_guarded(plan);
    if lane.is_over(true) {
        drop_guarded(lane.take_plan());
    }
    lane.worker_ended(hub, generation);
}

impl Worker<'_> {
    fn work(&mut self) {
        loop {
            match self.lane.next(self.hub, self.generation) {
                Next::Open { deadline } => self.open(deadline),
                Next::Deliver(work) => self.deliver(work),
                Next::Flush { deadline } => self.flush(deadline),
                Next::Recheck => self.recheck(),
                Next::Wait(_) => {}
                Next::Done => return,
            }
        }
    }

    fn open(&mut self, deadline: Tick) {
        drop_guarded(self.sink.take());
        let name = self.lane.name.clone();
        let cx = OpenContext::until(&name, self.hub.instant(deadline));
        let end = match guard(|| {
            self.resolved = self.plan.resolved();
            self.plan.open(&cx).map_err(SinkError::into_failure)
        }) {
            Ok(Ok(opened)) => {
                self.sink = Some(opened.sink);
                self.limits = opened.limits.clone();
                End::Ok(opened.limits)
            }
            Ok(Err(failure)) => End::Failed(failure),
            Err(text) => End::Panicked(text),
        };
        let generation = self.generation;
        self.lane
            .with(self.hub, |lane, now| lane.opened(generation, end, now));
    }

    fn deliver(&mut self, work: Work<Parcel>) {
        let Some(sink) = &mut self.sink else { return };
        let (hub, lane, generation) = (self.hub, self.lane, self.generation);
        let deadline = hub.instant(work.deadline);
        let fitted = Fitted::new(&work, &self.limits);
        let slots = LaneSlots {
            hub,
            lane,
            generation,
        };
        let end = {
            let items = fitted.items(&work, hub, deadline);
            end_of(guard(|| {
                let batch = Batch::new(&items, &slots, deadline, &*hub.clock);
                sink.deliver_batch(&batch).map_err(SinkError::into_failure)
            }))
        };
        lane.with(hub, |lane, now| lane.finished(generation, end, now));
    }

    fn flush(&mut self, deadline: Tick) {
        let deadline = self.hub.instant(deadline);
        let end = match &mut self.sink {
            None => End::Ok(()),
            Some(sink) => end_of(guard(|| {
                sink.flush(deadline).map_err(SinkError::into_failure)
            })),
        };
        let generation = self.generation;
        self.lane
            .with(self.hub, |lane, now| lane.flush_ended(generation, end, now));
    }

    fn recheck(&mut self) {
        let now = guard(|| self.plan.resolved()).unwrap_or_default();
        let changed = now.is_some() && now != self.resolved;
        self.lane
            .with(self.hub, |lane, now| lane.rechecked(changed, now));
    }
}

fn end_of(result: Result<Result<(), crate::sink::Failure>, String>) -> End<()> {
    match result {
        Ok(Ok(())) => End::Ok(()),
        Ok(Err(failure)) => End::Failed(failure),
        Err(text) => End::Panicked(text),
    }
}

/// The alerts as this destination can take them.
struct Fitted {
    /// `None` where the alert fits as it is.
    cut: Vec<Option<crate::alert::Alert>>,
}

static NO_LOSSES: Losses = Losses::none();

impl Fitted {
    fn new(work: &Work<Parcel>, limits: &Limits) -> Self {
        let unlimited =
            limits.title.is_none() && limits.message.is_none() && limits.entries.is_none();
        let cut = if unlimited {
            Vec::new()
        } else {
            let members = work.members.iter();
            members
                .map(|m| {
                    m.item
                        .alert
                        .fitted(limits.title, limits.message, limits.entries)
                })
                .collect()
        };
        Self { cut }
    }

    fn items<'a>(
        &'a self,
        work: &'a Work<Parcel>,
        hub: &'a Hub,
        deadline: std::time::Instant,
    ) -> Vec<(&'a crate::alert::Alert, Attempt<'a>)> {
        let members = work.members.iter().enumerate();
        members
            .map(|(index, member)| {
                let cut = self.cut.get(index).and_then(Option::as_ref);
                let alert = cut.unwrap_or(&member.item.alert);
                // The first member tells what was lost.
                let lost = if index == 0 { &work.lost } else { &NO_LOSSES };
                let mut attempt = Attempt::until(&*hub.clock, deadline)
                    .with_number(member.number)
                    .with_late_by(member.late_by)
                    .with_lost(lost);
                if let Some(held) = &member.stands_for {
                    attempt = attempt.with_stands_for(held);
                }
                if let Some(handle) = &member.previous {
                    attempt = attempt.with_previous(handle);
                }
                if let Some(firing) = &member.firing {
                    attempt = attempt.with_firing(firing);
                }
                (alert, attempt)
            })
            .collect()
    }
}

/// Writes what a sink settles through to the lane at once.
struct LaneSlots<'a> {
    hub: &'a Hub,
    lane: &'a SharedLane,
    generation: u64,
}

impl Slots for LaneSlots<'_> {
    fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>) {
        let fate = outcome.map_err(SinkError::into_failure);
        self.lane.with(self.hub, |lane, now| {
            lane.settle(self.generation, index, fate, now);
        });
    }
}
