use std::fmt;
use std::time::{Duration, Instant};

use alert_core::{
    Alert, Attempt, Batch, Delivered, Limits, OpenContext, Secret, Sink, SinkConfig, SinkError,
    Text, one_line,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemoryConfig<const F: u8> {
    /// Opens the memory.
    pub(crate) token: Secret,
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) world: World,
}

impl<const F: u8> fmt::Debug for MemoryConfig<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match F {
            SHOWS_SECRET_IN_DEBUG => f.write_str(self.token.expose()),
            _ => f
                .debug_struct("MemoryConfig")
                .field("token", &self.token)
                .finish(),
        }
    }
}

impl<const F: u8> SinkConfig for MemoryConfig<F> {
    const KIND: &'static str = if F == NONE { "memory" } else { "broken-memory" };
    type Sink = Memory<F>;

    fn open(&self, _: &OpenContext<'_>) -> Result<Memory<F>, SinkError> {
        if self.world.lock().down && F != FEELS_NO_OUTAGE {
            return Err(self.away());
        }
        if F == EMPTIES_AT_OPEN {
            self.world.change(|state| state.records.clear());
        }
        Ok(Memory {
            world: self.world.clone(),
            token: self.token.expose().to_owned(),
            buffer: Vec::new(),
            delivered: 0,
        })
    }

    fn limits(&self) -> Limits {
        if F == PANICS_IN_RUNTIME && tokio::runtime::Handle::try_current().is_ok() {
            panic!("cannot block inside a runtime");
        }
        let limits = Limits::none().batch(10).edits();
        match F {
            REFUSES_LARGE => limits,
            _ => limits
                .title(Text::chars(200))
                .message(Text::bytes(1000))
                .entries(20),
        }
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

impl<const F: u8> MemoryConfig<F> {
    fn away(&self) -> SinkError {
        let error = SinkError::unusable("the memory is away");
        if F == HALTS_IN_OUTAGE {
            error.until_changed()
        } else {
            error
        }
    }
}

pub(crate) struct Memory<const F: u8> {
    world: World,
    token: String,
    buffer: Vec<(Alert, String)>,
    delivered: usize,
}

impl<const F: u8> Memory<F> {
    fn text(&self, alert: &Alert) -> String {
        let title = match F {
            BREAKS_LINES => alert.title().into(),
            _ => one_line(alert.title()),
        };
        format!("{} {title}", alert.severity())
    }

    fn write(&self, alert: &Alert, text: String, previous: Option<&str>) {
        let id = alert.id();
        self.world.change(|state| {
            let records = &mut state.records;
            let place = records.iter().position(|(known, _)| {
                (*known == id && F != KNOWS_NO_ID) || previous == Some(known.to_string().as_str())
            });
            for text in text.split('\n').map(str::to_owned) {
                match place {
                    Some(place) if F != DOUBLES => records[place] = (id, text),
                    _ if F == REORDERS => records.insert(0, (id, text)),
                    _ => records.push((id, text)),
                }
            }
            if F == DOUBLES {
                records.push((id, text));
            }
        });
    }

    fn away(&self) -> Result<Delivered, SinkError> {
        match F {
            REJECTS_IN_OUTAGE => Err(SinkError::rejected("the memory is away")),
            LIES_IN_OUTAGE => Ok(Delivered::new()),
            HALTS_IN_OUTAGE => Err(SinkError::unusable("the memory is away").until_changed()),
            SHOWS_SECRET_IN_ERROR => {
                Err(SinkError::transient("the memory is away").caused_by(self.token.as_str()))
            }
            _ => Err(SinkError::transient("the memory is away").not_sent()),
        }
    }
}

impl<const F: u8> Sink for Memory<F> {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.delivered += 1;
        let (down, was_down) = {
            let state = self.world.lock();
            (state.down, state.was_down)
        };
        match F {
            FEELS_NO_OUTAGE => {}
            STAYS_DOWN if was_down => return self.away(),
            _ if down => return self.away(),
            _ => {}
        }
        let patience = match F {
            IGNORES_DEADLINE => Duration::MAX,
            _ => attempt.remaining(),
        };
        if self.world.wait_while(patience, |state| state.silent) {
            return Err(SinkError::transient("the memory is silent").ambiguous());
        }
        match F {
            LOSES if self.delivered == 1 => return Ok(Delivered::new()),
            PANICS => panic!("it always does"),
            PANICS_AT_NUL if alert.title().contains('\0') => panic!("a NUL"),
            REFUSES_LARGE if alert.size() > 10_000 => {
                return Err(SinkError::rejected("too large"));
            }
            _ => {}
        }
        let text = self.text(alert);
        if F == KEEPS_UNTIL_DROP {
            self.buffer.push((alert.clone(), text));
            return Ok(Delivered::new());
        }
        let previous = attempt
            .previous()
            .filter(|_| F != ADDS_EDITS)
            .map(|handle| handle.as_str());
        self.write(alert, text, previous);
        Ok(match F {
            GIVES_NO_HANDLE => Delivered::new(),
            _ => Delivered::new().with_handle(alert.id().to_string()),
        })
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let last = batch.len() - 1;
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            if F == LOSES_LAST_OF_BATCH && last > 0 && index == last {
                return Ok(());
            }
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
        Ok(())
    }
}

impl<const F: u8> Drop for Memory<F> {
    fn drop(&mut self) {
        for (alert, text) in std::mem::take(&mut self.buffer) {
            self.write(&alert, text, None);
        }
        if F == HANGS_IN_DROP {
            self.world.wait_while(Duration::MAX, |_| true);
        }
    }
}
