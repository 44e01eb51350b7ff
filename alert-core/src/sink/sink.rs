use std::time::Instant;

use crate::alert::Alert;
use crate::sink::{Attempt, Batch, Delivered, ErrorClass, SinkError};

/// A destination for alerts.
///
/// One method is required. A sink is opened, used and dropped on one thread of
/// its own, so it need not be `Send`, and it may block: until the attempt's
/// deadline, after which it is left behind and replaced. It does not retry,
/// wait or count; it says what happened.
///
/// * Return `Ok` once the destination has taken the alert.
/// * Return an error of the class that fits ([`SinkError`]).
/// * A panic is caught; the value is dropped and the sink opened anew.
/// * An alert is data: it must not be able to forge a record, ping anybody or
///   inject a header.
///
/// ```
/// use alert_core::{Alert, Attempt, Delivered, Sink, SinkError};
///
/// struct Lines(Vec<String>);
///
/// impl Sink for Lines {
///     fn deliver(&mut self, alert: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
///         self.0.push(format!("{}: {}", alert.severity(), alert.title()));
///         Ok(Delivered::new())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sink",
    label = "this type does not implement `Sink`",
    note = "implement `Sink`: one method, `deliver`"
)]
pub trait Sink: 'static {
    /// Delivers one alert. May block until the attempt's deadline.
    ///
    /// # Errors
    /// Of the class that says what the lane is to do next.
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError>;

    /// Delivers several alerts in one attempt, for a sink whose
    /// [`crate::Limits::batch`] is above 1.
    ///
    /// Settle members as their fate is known; `Ok` says delivered and `Err`
    /// speaks for every member that was neither settled nor put back. Unless
    /// overridden, each alert is delivered by itself until half of the time is
    /// over; a rejected one does not stop the next, and any other error does.
    ///
    /// # Errors
    /// As for [`Sink::deliver`].
    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let half = batch.remaining() / 2;
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            // The next one needs its time too.
            if index > 0 && batch.remaining() < half {
                (index..batch.len()).for_each(|index| batch.leave(index));
                break;
            }
            match self.deliver(alert, attempt) {
                Err(error) if error.class() != ErrorClass::Rejected => return Err(error),
                outcome => batch.settle(index, outcome),
            }
        }
        Ok(())
    }

    /// Makes everything delivered so far visible to others. Called on flush
    /// and before the sink is dropped at close.
    ///
    /// # Errors
    /// An error is reported; the alerts stay delivered.
    fn flush(&mut self, deadline: Instant) -> Result<(), SinkError> {
        let _ = deadline;
        Ok(())
    }
}

impl Sink for Box<dyn Sink> {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        (**self).deliver(alert, attempt)
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        (**self).deliver_batch(batch)
    }

    fn flush(&mut self, deadline: Instant) -> Result<(), SinkError> {
        (**self).flush(deadline)
    }
}
