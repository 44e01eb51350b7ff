use std::panic::panic_any;
use std::sync::{Arc, Once, OnceLock};
use std::time::Instant;

use alert_core::delivery::Delivery;
use alert_core::{
    Alert, Attempt, Batch, Delivered, Emitter, Limits, Plan, Sink, SinkEntry, SinkError,
};

use super::{Gate, Record, ms};

/// How a sink behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Healthy,
    /// Takes several at once.
    Batching,
    /// Every third alert fails twice before it passes.
    Flaky,
    Transient,
    RateLimited,
    Rejecting,
    Unusable,
    Halting,
    OpenFails,
    OpenPanics,
    OpenHangs,
    /// Opens once the gate is open.
    OpenSlow,
    DeliverPanics,
    /// With a payload that panics when it is dropped.
    PayloadPanics,
    DeliverHangs,
    FlushFails,
    FlushPanics,
    FlushHangs,
    DropPanics,
    DropHangs,
    /// Settles members that it was not given, and the same one again.
    OverReports,
    /// Emits an alert of its own for each.
    Feeds,
}

impl Behaviour {
    pub(crate) const ALL: [Behaviour; 22] = [
        Behaviour::Healthy,
        Behaviour::Batching,
        Behaviour::Flaky,
        Behaviour::Transient,
        Behaviour::RateLimited,
        Behaviour::Rejecting,
        Behaviour::Unusable,
        Behaviour::Halting,
        Behaviour::OpenFails,
        Behaviour::OpenPanics,
        Behaviour::OpenHangs,
        Behaviour::OpenSlow,
        Behaviour::DeliverPanics,
        Behaviour::PayloadPanics,
        Behaviour::DeliverHangs,
        Behaviour::FlushFails,
        Behaviour::FlushPanics,
        Behaviour::FlushHangs,
        Behaviour::DropPanics,
        Behaviour::DropHangs,
        Behaviour::OverReports,
        Behaviour::Feeds,
    ];

    /// Whether the sink must receive every alert.
    pub(crate) fn delivers_all(self) -> bool {
        use Behaviour::*;
        matches!(
            self,
            Healthy | Batching | FlushFails | FlushHangs | DropPanics | DropHangs | Feeds
        )
    }

    /// A sink that behaves so.
    pub(crate) fn sink(self, name: &str, stage: &Stage) -> SinkEntry {
        let limits = match self {
            Behaviour::Batching | Behaviour::OverReports => Limits::none().batch(7),
            _ => Limits::none(),
        };
        let stage = stage.clone();
        let plan = Plan::opener("double", limits, move |_| match self {
            Behaviour::OpenFails => Err(SinkError::unusable("it does not open")),
            Behaviour::OpenPanics => panic!("expected: it panics in open"),
            Behaviour::OpenHangs | Behaviour::OpenSlow => {
                stage.gate.pass();
                Ok(Double::new(self, &stage))
            }
            _ => Ok(Double::new(self, &stage)),
        });
        let mut delivery = Delivery::default();
        delivery.attempt_timeout = match self {
            Behaviour::OpenSlow => ms(60_000),
            _ => ms(500),
        };
        delivery.retry.first = ms(1);
        delivery.retry.cap = ms(2);
        delivery.circuit.wait = ms(5);
        SinkEntry::new(name, plan).delivery(delivery)
    }
}

/// What a sink has to do with the test around it.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    /// What it takes is written here.
    pub(crate) record: Record,
    /// It hangs here.
    pub(crate) gate: Gate,
    /// It emits through this, once it is set.
    pub(crate) emitter: Arc<OnceLock<Emitter>>,
}

struct Double {
    behaviour: Behaviour,
    stage: Stage,
    failures: u32,
    delivered: u32,
}

impl Double {
    fn new(behaviour: Behaviour, stage: &Stage) -> Self {
        Self {
            behaviour,
            stage: stage.clone(),
            failures: 0,
            delivered: 0,
        }
    }
}

impl Sink for Double {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        match self.behaviour {
            Behaviour::Flaky if self.delivered % 3 == 2 && self.failures < 2 => {
                self.failures += 1;
                return Err(SinkError::transient("not now"));
            }
            Behaviour::Transient => return Err(SinkError::transient("never")),
            Behaviour::RateLimited => {
                return Err(SinkError::transient("later").retry_after(ms(3)));
            }
            Behaviour::Rejecting => return Err(SinkError::rejected("never")),
            Behaviour::Unusable => return Err(SinkError::unusable("broken")),
            Behaviour::Halting => return Err(SinkError::unusable("gone").until_changed()),
            Behaviour::DeliverPanics => panic!("expected: it panics in deliver"),
            Behaviour::PayloadPanics => panic_any(PanicsInDrop),
            Behaviour::DeliverHangs => self.stage.gate.pass(),
            Behaviour::Feeds => {
                if let Some(emitter) = self.stage.emitter.get() {
                    emitter.emit(Alert::critical("feedback"));
                }
            }
            _ => {}
        }
        self.failures = 0;
        self.delivered += 1;
        self.stage.record.push(alert, attempt);
        Ok(Delivered::new())
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        if self.behaviour == Behaviour::OverReports {
            batch.settle(0, Ok(Delivered::new()));
            batch.settle(0, Err(SinkError::rejected("again")));
            batch.settle(batch.len(), Ok(Delivered::new()));
            batch.settle(usize::MAX, Err(SinkError::unusable("what?")));
            return Ok(());
        }
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            let outcome = self.deliver(alert, attempt);
            match outcome {
                Err(error) if error.class() != alert_core::ErrorClass::Rejected => {
                    return Err(error);
                }
                outcome => batch.settle(index, outcome),
            }
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
        match self.behaviour {
            Behaviour::FlushFails => Err(SinkError::transient("cannot flush")),
            Behaviour::FlushPanics => panic!("expected: it panics in flush"),
            Behaviour::FlushHangs => {
                self.stage.gate.pass();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        match self.behaviour {
            Behaviour::DropPanics if !std::thread::panicking() => {
                panic!("expected: it panics in Drop");
            }
            Behaviour::DropHangs => self.stage.gate.pass(),
            _ => {}
        }
    }
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic_any(PanicsInDrop);
        }
    }
}

/// Keeps the panics that the tests make out of their output.
pub(crate) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied().unwrap_or_default();
            if !text.starts_with("expected") && !payload.is::<PanicsInDrop>() {
                before(info);
            }
        }));
    });
}
