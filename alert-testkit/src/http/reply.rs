use std::io::Write;
use std::time::Duration;

use crate::{Doorway, Gate};

/// What a server answers to one request, and how it misbehaves doing so.
///
/// Each constructor but [`Reply::status`] and [`Reply::redirect`] answers 200;
/// [`Reply::with_status`] makes that another. What hangs does so until the
/// client has gone or the server is dropped.
#[derive(Debug, Clone)]
#[must_use = "nothing answers so until a server is given it"]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) flaw: Flaw,
    pub(super) gate: Option<Doorway>,
    pub(super) drip: Option<Drip>,
    pub(super) end: End,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Bytes(Vec<u8>),
    /// What the request was.
    Echo,
}

/// When the next byte may go.
#[derive(Debug, Clone)]
pub(super) enum Drip {
    After(Duration),
    At(Doorway),
}

/// What becomes of the connection after the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Keep,
    Close,
    Reset,
}

/// Where an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    HangBeforeReading,
    HangBeforeHeaders,
    HangWithinHeaders,
    HangWithinBody,
    ResetAtOnce,
    ResetAfterRequest,
    ResetAfterStatusLine,
    ResetWithinBody,
    CloseWithoutAnswer,
    CloseWithinBody,
    StatusLineOnly,
    EndlessInformational,
    EndlessHeaders,
    EndlessBody,
    BadChunk,
    Garbage,
}

impl Flaw {
    /// Whether it shows before the request is read.
    pub(super) fn is_early(self) -> bool {
        matches!(self, Flaw::HangBeforeReading | Flaw::ResetAtOnce)
    }
}

impl Reply {
    /// This status and an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Vec::new()),
            flaw: Flaw::None,
            gate: None,
            drip: None,
            end: End::Keep,
        }
    }

    fn flawed(flaw: Flaw) -> Self {
        let body = serde_json::json!({ "answer": "this stands in the body of an answer" });
        Self {
            flaw,
            ..Self::status(200).json(body)
        }
    }

    /// Makes the status this.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Adds a header, unchecked: a line break in it becomes one on the wire.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Makes the body this. Its length is told unless a header was added that
    /// tells one.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    /// Makes the body this JSON, and says so.
    pub fn json(self, body: impl Into<serde_json::Value>) -> Self {
        self.header("content-type", "application/json")
            .body(body.into().to_string())
    }

    /// Waits at this gate before it answers.
    pub fn gate(self, gate: &Gate) -> Self {
        Self {
            gate: Some(gate.doorway()),
            ..self
        }
    }

    /// Closes the connection after the answer without saying so before.
    pub fn then_close(self) -> Self {
        Self {
            end: End::Close,
            ..self
        }
    }

    /// Resets the connection after the answer.
    pub fn then_reset(self) -> Self {
        Self {
            end: End::Reset,
            ..self
        }
    }

    /// Sends each byte so long after the one before.
    pub fn drip(each: Duration) -> Self {
        Self {
            drip: Some(Drip::After(each)),
            ..Self::flawed(Flaw::None)
        }
    }

    /// Sends a byte each time the gate lets one pass.
    pub fn drip_at(gate: &Gate) -> Self {
        Self {
            drip: Some(Drip::At(gate.doorway())),
            ..Self::flawed(Flaw::None)
        }
    }
}

/// Silence.
impl Reply {
    /// Reads nothing of the request, and hangs. The request is not among those
    /// received.
    pub fn hang_before_reading() -> Self {
        Self::flawed(Flaw::HangBeforeReading)
    }

    /// Reads the request, and hangs.
    pub fn hang_before_headers() -> Self {
        Self::flawed(Flaw::HangBeforeHeaders)
    }

    /// Sends the status line and the headers without the empty line at their
    /// end, and hangs.
    pub fn hang_within_headers() -> Self {
        Self::flawed(Flaw::HangWithinHeaders)
    }

    /// Sends half of the body, and hangs.
    pub fn hang_within_body() -> Self {
        Self::flawed(Flaw::HangWithinBody)
    }
}

/// Connections that break.
impl Reply {
    /// Resets the connection before anything is read, a new one as soon as it
    /// is accepted: its client may learn so while it connects, or later. The
    /// request is not among those received.
    pub fn reset_at_once() -> Self {
        Self::flawed(Flaw::ResetAtOnce)
    }

    /// Reads the request, and resets the connection.
    pub fn reset_after_request() -> Self {
        Self::flawed(Flaw::ResetAfterRequest)
    }

    /// Sends the status line, and resets the connection.
    pub fn reset_after_status_line() -> Self {
        Self::flawed(Flaw::ResetAfterStatusLine)
    }

    /// Sends half of the body, and resets the connection.
    pub fn reset_within_body() -> Self {
        Self::flawed(Flaw::ResetWithinBody)
    }

    /// Sends all of it, and resets the connection. A client may have read the
    /// answer by then, or not.
    pub fn reset_after_answer() -> Self {
        Self::flawed(Flaw::None).then_reset()
    }

    /// Reads the request, and closes the connection.
    pub fn close_without_answer() -> Self {
        Self::flawed(Flaw::CloseWithoutAnswer)
    }

    /// Sends half of the body, and closes the connection.
    pub fn close_within_body() -> Self {
        Self::flawed(Flaw::CloseWithinBody)
    }

    /// Sends the status line, and closes the connection.
    pub fn status_line_only() -> Self {
        Self::flawed(Flaw::StatusLineOnly)
    }
}

/// Answers that are no HTTP, or no end of it.
impl Reply {
    /// Sends `100 Continue` without end.
    pub fn endless_informational() -> Self {
        Self::flawed(Flaw::EndlessInformational)
    }

    /// Sends headers without end.
    pub fn endless_headers() -> Self {
        Self::flawed(Flaw::EndlessHeaders)
    }

    /// Sends chunks of the body without end.
    pub fn endless_body() -> Self {
        Self::flawed(Flaw::EndlessBody)
    }

    /// Has a header with a value of so many bytes.
    pub fn huge_header(bytes: usize) -> Self {
        Self::flawed(Flaw::None).header("x-huge", "h".repeat(bytes))
    }

    /// Has a chunk in its body whose size is no number, and closes the
    /// connection.
    pub fn bad_chunk() -> Self {
        Self::flawed(Flaw::BadChunk)
    }

    /// Sends what is not HTTP at all, and closes the connection.
    pub fn garbage() -> Self {
        Self::flawed(Flaw::Garbage)
    }
}

/// Bodies that should do no harm.
impl Reply {
    /// Zeros of this many bytes, packed a thousandfold by gzip.
    pub fn gzip_bomb(unpacked: usize) -> Self {
        static BLOCK: [u8; 64 * 1024] = [0; 64 * 1024];
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut left = unpacked;
        while left > 0 {
            let some = left.min(BLOCK.len());
            packer
                .write_all(&BLOCK[..some])
                .expect("a vector takes all");
            left -= some;
        }
        Self::status(200)
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .body(packer.finish().expect("a vector takes all"))
    }

    /// JSON of arrays, so many within each other.
    pub fn deep_json(depth: usize) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body("[".repeat(depth) + &"]".repeat(depth))
    }

    /// A page, as a gateway answers in place of a service.
    pub fn html() -> Self {
        Self::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .body("<!doctype html>\n<title>Welcome</title>\n<p>Please <b>log in</b>.\n")
    }

    /// Bytes that are no UTF-8, called JSON.
    pub fn invalid_utf8() -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(*b"{\"message\":\"caf\xe9 \xff\xfe\xc0\x80\"}")
    }

    /// Text that would colour, rename and clear a terminal.
    pub fn ansi() -> Self {
        Self::status(200).header("content-type", "text/plain").body(
            "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}\u{1b}[2J\u{9b}1m\r\nsecond line\u{202e}",
        )
    }

    /// Sends back what came: the body is the request's line, its headers and
    /// its body.
    pub fn echo() -> Self {
        Self {
            body: Body::Echo,
            ..Self::status(200).header("content-type", "text/plain")
        }
    }

    /// Sends elsewhere: 301, 302, 303, 307, 308.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::status(status).header("location", location)
    }
}
