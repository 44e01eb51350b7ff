use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;

use super::answer::answer;
use super::book::Book;
use super::connections::Connection;
use super::line::Line;
use super::received::Received;
use super::reply::{Flaw, Reply};
use super::request::{self, Unread};
use super::script::{Next, Script};
use crate::Doorway;

/// What the connections of a server share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) book: Arc<Book>,
    pub(super) script: Script,
    pub(super) tls: Mutex<Option<Arc<ServerConfig>>>,
    /// Where every answer waits before it is given.
    pub(super) hold: Mutex<Option<Doorway>>,
}

impl Desk {
    pub(super) fn new(script: Script, tls: Option<Arc<ServerConfig>>) -> Self {
        Self {
            book: Arc::default(),
            script,
            tls: Mutex::new(tls),
            hold: Mutex::default(),
        }
    }

    /// Serves a connection to its end.
    pub(super) fn serve(&self, connection: &Connection) {
        if let Some(reply) = self.script.take_early() {
            return misbehave(connection, reply.flaw);
        }
        let tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(line) = Line::new(connection.wire(), tls.clone()) else {
            return;
        };
        drop(tls);
        if let Err(error) = self.talk(connection, &mut BufReader::new(line))
            && error.kind() == io::ErrorKind::InvalidData
        {
            // What is no TLS, or an alert about this side's certificate.
            self.book
                .note_unreadable(connection.number(), &error.to_string());
            // So that an alert for the client arrives.
            connection.finish();
        }
    }

    fn talk(&self, connection: &Connection, line: &mut BufReader<Line>) -> io::Result<()> {
        // The first byte of a request; for a connection over TLS also the
        // handshake before it.
        while !line.fill_buf()?.is_empty() {
            if let Some(reply) = self.script.take_early() {
                misbehave(connection, reply.flaw);
                return Ok(());
            }
            let read = request::read(line, connection.number(), |line| {
                request::say_continue(line.get_mut())
            });
            let request = match read {
                Ok(request) => request,
                Err(Unread::Gone(error)) => return Err(error),
                Err(Unread::Wrong(what)) => {
                    self.book.note_unreadable(connection.number(), &what);
                    let plain = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    line.get_mut().write_all(plain)?;
                    line.get_mut().flush()?;
                    connection.finish();
                    return Ok(());
                }
            };
            let (in_flight, turn) = self.book.note(request.clone(), || self.script.next());
            let Some(reply) = self.decide(connection, &request, turn) else {
                return Ok(());
            };
            for way in [self.hold(), reply.gate.clone()].into_iter().flatten() {
                if !connection.enter(&way) {
                    return Ok(());
                }
            }
            let goes_on = answer(connection, line.get_mut(), &request, &reply, in_flight)?;
            if !goes_on || !request.keeps_alive() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn hold(&self) -> Option<Doorway> {
        let hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        hold.clone()
    }

    /// None if the test's own code panics: it has told so on standard error.
    fn decide(&self, connection: &Connection, request: &Received, turn: Next) -> Option<Reply> {
        match turn {
            Next::Reply(reply) => Some(reply),
            Next::Ask(decide) => connection.unwaited(|| {
                let reply = catch_unwind(AssertUnwindSafe(|| decide(request)));
                if reply.is_err() {
                    let what = "the code that decides on the reply panicked";
                    self.book.note_unreadable(connection.number(), what);
                }
                reply.ok()
            }),
        }
    }
}

/// Does what shows before a request is read.
fn misbehave(connection: &Connection, flaw: Flaw) {
    match flaw {
        Flaw::ResetAtOnce => connection.reset(),
        _ => connection.hang(),
    }
}
