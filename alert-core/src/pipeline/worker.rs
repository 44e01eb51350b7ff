//! The thread that opens, uses and drops one sink. All of the sink's own code
//! runs here, under guard, and only owned data leaves.

use std::ops::Range;

use super::hub::Hub;
use super::lane::{End, Next, Tick, Work};
use super::parcel::Parcel;
use super::shared_lane::SharedLane;
use crate::alert::{drop_guarded, guard};
use crate::sink::{
    Attempt, Batch, Delivered, Failure, Limits, Losses, OpenContext, Plan, Room, Sink, SinkError,
    Slots, mine,
};

struct Worker<'a> {
    hub: &'a Hub,
    lane: &'a SharedLane,
    generation: u64,
    plan: Plan,
    sink: Option<Box<dyn Sink>>,
    limits: Limits,
}

pub(crate) fn run(hub: &Hub, lane: &SharedLane, generation: u64, plan: Plan) {
    let _mine = mine();
    let mut worker = Worker {
        hub,
        lane,
        generation,
        plan,
        sink: None,
        limits: Limits::none(),
    };
    // What a sink says to `tracing` goes where the pipeline's builder listens.
    hub.reporter.listening(|| worker.work());
    let Worker { sink, plan, .. } = worker;
    drop_guarded(sink);
    drop_guarded(plan);
    if lane.is_over(true) {
        drop_guarded(lane.take_plans());
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
        let (plan, replaced) = self.lane.plan_to_open();
        if let Some(plan) = plan {
            drop_guarded(std::mem::replace(&mut self.plan, plan));
        }
        drop_guarded(replaced);
        let name = self.lane.name.clone();
        let cx = OpenContext::until(
            &name,
            self.hub.instant(deadline),
            self.lane.silences.clone(),
        );
        let end = match guard(|| {
            self.lane.resolved_to(self.plan.resolved());
            let opened = self.plan.open(&cx);
            opened.map_err(|error| failure(self.hub, self.lane, error))
        }) {
            Ok(Ok(opened)) => {
                self.sink = Some(opened.sink);
                self.limits = opened.limits.clone();
                // Where its entry could not be read before, this is news.
                self.lane.opened_one(self.generation, opened.keeps_record);
                End::Ok(opened.limits)
            }
            Ok(Err(failure)) => End::Failed(failure),
            Err(text) => End::Panicked(self.hub.redaction.load().owned(text)),
        };
        let generation = self.generation;
        self.lane
            .with(self.hub, |lane, now| lane.opened(generation, end, now));
    }

    fn deliver(&mut self, work: Work<Parcel>) {
        let Some(sink) = &mut self.sink else { return };
        let (hub, lane, generation) = (self.hub, self.lane, self.generation);
        let deadline = hub.instant(work.deadline);
        let room = Room {
            request_size: work.request_size,
            in_flight: work.in_flight,
        };
        let fitted = Fitted::new(&work, &self.limits);
        let slots = LaneSlots {
            hub,
            lane,
            generation,
        };
        let end = {
            let items = fitted.items(&work, hub, deadline);
            end_of(
                hub,
                guard(|| {
                    let batch = Batch::new(&items, &slots, room, deadline, &*hub.clock);
                    let result = sink.deliver_batch(&batch);
                    result.map_err(|error| failure(hub, lane, error))
                }),
            )
        };
        lane.with(hub, |lane, now| lane.finished(generation, end, now));
    }

    fn flush(&mut self, deadline: Tick) {
        let hub = self.hub;
        let deadline = hub.instant(deadline);
        let end = match &mut self.sink {
            None => End::Ok(()),
            Some(sink) => end_of(
                hub,
                guard(|| {
                    let result = sink.flush(deadline);
                    result.map_err(|error| failure(hub, self.lane, error))
                }),
            ),
        };
        let generation = self.generation;
        self.lane
            .with(self.hub, |lane, now| lane.flush_ended(generation, end, now));
    }

    fn recheck(&mut self) {
        let now = guard(|| self.plan.resolved()).unwrap_or_default();
        let changed = now.is_some() && now != self.lane.resolved();
        self.lane
            .with(self.hub, |lane, now| lane.rechecked(changed, now));
    }
}

/// What a sink's error means in this lane, without the secrets that may be in
/// its text. Runs foreign code: the causes write their own words.
fn failure(hub: &Hub, lane: &SharedLane, error: SinkError) -> Failure {
    let class = error.code_word().and_then(|code| lane.class_of(code));
    error.into_failure(class, &hub.redaction.load())
}

fn end_of(hub: &Hub, result: Result<Result<(), Failure>, String>) -> End<()> {
    match result {
        Ok(Ok(())) => End::Ok(()),
        Ok(Err(failure)) => End::Failed(failure),
        Err(text) => End::Panicked(hub.redaction.load().owned(text)),
    }
}

/// The alerts as this destination can take them.
struct Fitted {
    /// Only those that had to be cut, by their place in the batch.
    cut: Vec<(usize, crate::alert::Alert)>,
}

static NO_LOSSES: Losses = Losses::none();

impl Fitted {
    fn new(work: &Work<Parcel>, limits: &Limits) -> Self {
        let members = work.members.iter().enumerate();
        let cut = members.filter_map(|(at, m)| Some((at, m.item.alert.fitted(limits)?)));
        Self { cut: cut.collect() }
    }

    fn items<'a>(
        &'a self,
        work: &'a Work<Parcel>,
        hub: &'a Hub,
        deadline: std::time::Instant,
    ) -> Vec<(&'a crate::alert::Alert, Attempt<'a>)> {
        let members = work.members.iter().enumerate();
        let mut cut = self.cut.iter().peekable();
        members
            .map(|(index, member)| {
                let cut = cut.next_if(|(at, _)| *at == index);
                let alert = cut.map_or(&*member.item.alert, |(_, alert)| alert);
                // The first member tells what was lost.
                let lost = if index == 0 { &work.lost } else { &NO_LOSSES };
                let mut attempt = Attempt::until(&*hub.clock, deadline)
                    .with_number(member.number)
                    .with_late_by(member.late_by.saturating_add(member.item.waited))
                    .with_lost(lost);
                if let Some(held) = &member.stands_for {
                    attempt = attempt.with_stands_for(held);
                }
                if let Some(cause) = &member.item.instead_of {
                    attempt = attempt.with_instead_of(cause);
                }
                if let Some(digest) = &member.digest {
                    attempt = attempt.with_digest(digest);
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

impl LaneSlots<'_> {
    fn as_it_may_leave(&self, delivered: Delivered) -> Delivered {
        match delivered.answered {
            Some(_) => delivered.without(&self.hub.redaction.load()),
            None => delivered,
        }
    }
}

impl Slots for LaneSlots<'_> {
    fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>) {
        let fate = match outcome {
            Ok(delivered) => Ok(self.as_it_may_leave(delivered)),
            Err(error) => Err(failure(self.hub, self.lane, error)),
        };
        self.lane.with(self.hub, |lane, now| {
            lane.settle(self.generation, index, fate, now);
        });
    }

    fn settle_all(&self, members: Range<usize>, delivered: Delivered) {
        let delivered = self.as_it_may_leave(delivered);
        self.lane.with(self.hub, |lane, now| {
            for index in members {
                lane.settle(self.generation, index, Ok(delivered.clone()), now);
            }
        });
    }

    fn leave(&self, index: usize, alone: bool) {
        self.lane.with(self.hub, |lane, now| {
            lane.leave(self.generation, index, alone, now);
        });
    }
}
