use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use alert_core::{Alert, Attempt, Delivered, Sink, SinkError, one_line};
use serde_json::json;

use crate::__Kind__Config;
use crate::connection::Connection;

/// An open `__kind__` sink.
#[derive(Debug)]
pub struct __Kind__Sink {
    config: __Kind__Config,
}

/// How many bytes of an answer are read at most.
const LONGEST_ANSWER: u64 = 512;

impl Sink for __Kind__Sink {
    // It may block until the attempt's deadline. It does not retry, wait or count: it says what happened.
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let mut connection = Connection::open(self.config.address, attempt).map_err(|error| {
            // Nothing reached the service, so no attempt is counted.
            let failed = SinkError::transient("cannot connect");
            failed.not_sent().caused_by(error)
        })?;
        // Text in an alert is data: as JSON it cannot break out of its line.
        let remarks: Vec<String> = attempt.remarks().collect();
        let line = json!({ "alert": alert, "remarks": remarks });
        let message = format!("{}\n{line}\n", self.config.token.expose());
        connection
            .write_all(message.as_bytes())
            .map_err(|error| SinkError::transient("cannot send").caused_by(error))?;
        let mut answer = String::new();
        BufReader::new(connection.take(LONGEST_ANSWER))
            .read_line(&mut answer)
            .map_err(|error| unclear("no answer").caused_by(error))?;
        self.outcome(answer.trim_end())
    }
}

impl __Kind__Sink {
    pub(crate) fn new(config: __Kind__Config) -> Self {
        Self { config }
    }

    /// What an answer means for the alert and for the sink.
    fn outcome(&self, answer: &str) -> Result<Delivered, SinkError> {
        let (word, rest) = answer.split_once(' ').unwrap_or((answer, ""));
        Err(match word {
            "ok" => return Ok(Delivered::new()),
            // This alert never; the next may pass.
            "no" => SinkError::rejected(format!("refused: {}", self.shown(rest))),
            "busy" => {
                let pause = Duration::from_secs(rest.parse().unwrap_or(1));
                SinkError::transient("the service is busy").retry_after(pause)
            }
            // The same token is not tried again.
            "denied" => SinkError::unusable("the service denies the token").until_changed(),
            "" => unclear("the service hung up"),
            _ => unclear(format!("not understood: {}", self.shown(answer))),
        })
    }

    /// Text from the service as it may be shown: in one line, and without the token, should it send that back.
    fn shown(&self, text: &str) -> String {
        one_line(&text.replace(self.config.token.expose(), "[token]")).into_owned()
    }
}

/// It was sent, and nobody knows whether it arrived.
fn unclear(text: impl Into<String>) -> SinkError {
    SinkError::transient(text.into()).ambiguous()
}
