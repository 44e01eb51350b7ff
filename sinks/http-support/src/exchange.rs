use alert_core::{Delivered, SinkError};

use crate::{Answer, Message, Request};

/// What a sink says, and how it reads the answer. [`Client::deliver_batch`](crate::Client::deliver_batch)
/// does the rest.
pub trait Exchange {
    /// The request that tells of this message.
    ///
    /// # Errors
    /// Why there is none; it is taken as if the service had answered so.
    fn request(&mut self, message: &Message<'_>) -> Result<Request, SinkError>;

    /// What the answer means. Unless overridden, what the status means
    /// ([`Answer::verdict`]). A handle counts for a message of one alert alone.
    ///
    /// # Errors
    /// Why the message was not taken. A `rejected` message of several alerts is asked for again
    /// alert by alert; any other failure is that of each.
    fn judge(&mut self, message: &Message<'_>, answer: &Answer) -> Result<Delivered, SinkError> {
        let _ = message;
        answer.verdict()
    }

    /// Whether this answer asks for another form of what was sent, which the exchange would give it
    /// now: the message is then composed anew and sent at once, as a part of the same attempt.
    /// Asked once for a message. Unless overridden, no.
    fn recasts(&mut self, sent: &Request, answer: &Answer) -> bool {
        let _ = (sent, answer);
        false
    }

    /// Renews what must differ between two attempts, when a message whose first attempt may have
    /// been processed is sent again ([`Message::is_repeat`]): a timestamp with its signature, say.
    /// Key and body must stay. Unless overridden, nothing changes.
    fn renew(&mut self, request: Request, message: &Message<'_>) -> Request {
        let _ = message;
        request
    }
}
