use std::panic::panic_any;
use std::time::Duration;

use alert_core::{Delivered, SinkError};

use crate::{Doorway, Gate};

/// What a double does when it is called.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Answer {
    /// Takes it.
    Ok,
    /// Takes it, and calls the message this.
    Handle(String),
    /// Takes it, and asks for a pause before the next.
    NotBefore(Duration),
    /// Fails in a way that may pass.
    Transient,
    /// Fails before anything reached the service.
    NotSent,
    /// Fails without knowing whether the service has it.
    Ambiguous,
    /// Fails and asks for a pause.
    RateLimit(Duration),
    /// Refuses this alert.
    Rejected,
    /// Says that the sink must be opened anew.
    Unusable,
    /// Says that the sink's configuration must change first.
    UntilChanged,
    /// Panics with a text.
    Panic,
    /// Panics with a payload whose `Drop` panics, and so on without end.
    PanicWithBadPayload,
    /// Waits at a gate, then takes it.
    Hang(Doorway),
}

impl Answer {
    /// Waits at this gate, then takes it.
    pub fn hang(gate: &Gate) -> Self {
        Answer::Hang(gate.doorway())
    }

    /// Does it. Blocks for [`Answer::Hang`] alone.
    ///
    /// # Errors
    /// As the answer says.
    ///
    /// # Panics
    /// As the answer says.
    pub fn give(&self) -> Result<Delivered, SinkError> {
        match self {
            Answer::Ok => Ok(Delivered::new()),
            Answer::Handle(name) => Ok(Delivered::new().with_handle(name.as_str())),
            Answer::NotBefore(pause) => Ok(Delivered::new().not_before(*pause)),
            Answer::Transient => Err(SinkError::transient("scripted to fail")),
            Answer::NotSent => Err(SinkError::transient("scripted not to connect").not_sent()),
            Answer::Ambiguous => Err(SinkError::transient("scripted to hear nothing").ambiguous()),
            Answer::RateLimit(pause) => {
                Err(SinkError::transient("scripted to be busy").retry_after(*pause))
            }
            Answer::Rejected => Err(SinkError::rejected("scripted to refuse")),
            Answer::Unusable => Err(SinkError::unusable("scripted to break")),
            Answer::UntilChanged => {
                Err(SinkError::unusable("scripted to want a person").until_changed())
            }
            Answer::Panic => panic!("scripted to panic"),
            Answer::PanicWithBadPayload => panic_any(BadPayload),
            Answer::Hang(way) => {
                way.enter();
                Ok(Delivered::new())
            }
        }
    }

    /// Whether it takes the alert in the end.
    pub fn takes(&self) -> bool {
        matches!(
            self,
            Answer::Ok | Answer::Handle(_) | Answer::NotBefore(_) | Answer::Hang(_)
        )
    }
}

/// Each drop of one panics with another.
struct BadPayload;

impl Drop for BadPayload {
    fn drop(&mut self) {
        // While a panic unwinds already, another would end the process.
        if !std::thread::panicking() {
            panic_any(BadPayload);
        }
    }
}
