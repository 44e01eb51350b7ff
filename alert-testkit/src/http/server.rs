use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use super::certificate::Certificate;
use super::listening::Listening;
use super::received::Received;
use super::reply::Reply;
use super::script::Script;
use super::serve::Desk;
use crate::{Gate, SAFETY};

/// An HTTP/1.1 server on a port of 127.0.0.1 that answers as a test wants, and
/// keeps what it received.
///
/// When it is dropped all its connections end and its threads too, whatever
/// they hang on.
///
/// ```
/// use alert_testkit::http::{HttpServer, Reply};
/// use std::{io::{Read, Write}, net::TcpStream};
///
/// let server = HttpServer::start([Reply::status(204)]);
/// let mut client = TcpStream::connect(server.addr())?;
/// client.write_all(b"POST /hook HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert_eq!(answer, "HTTP/1.1 204 No Content\r\n\r\n");
/// assert_eq!(server.received()[0].target(), "/hook");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct HttpServer {
    // Before the desk: what uses the desk ends first.
    listening: Listening,
    pub(super) desk: Arc<Desk>,
    pub(super) certificate: Option<Certificate>,
    scheme: &'static str,
}

impl HttpServer {
    /// Gives the first reply to the first request, the second to the second,
    /// over whichever connection they come; the last one to all that follow.
    ///
    /// # Panics
    /// If there is no reply, or no free port.
    #[track_caller]
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(Desk::new(Script::listed(replies), None), "http")
    }

    /// Decides on each reply by the request. Replies that show before the
    /// request is read come too late here: they show after it.
    ///
    /// A panic in there closes the connection, see [`HttpServer::unreadable`].
    ///
    /// # Panics
    /// If there is no free port.
    #[track_caller]
    pub fn answering(decide: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Desk::new(Script::by(decide), None), "http")
    }

    /// Accepts connections, and never reads from them.
    ///
    /// # Panics
    /// If there is no free port.
    #[track_caller]
    pub fn half_open() -> Self {
        Self::start([Reply::hang_before_reading()])
    }

    #[track_caller]
    pub(super) fn with(desk: Desk, scheme: &'static str) -> Self {
        let desk = Arc::new(desk);
        let listening = Listening::start({
            let desk = desk.clone();
            move |connection| desk.serve(connection)
        });
        Self {
            listening,
            desk,
            certificate: None,
            scheme,
        }
    }

    /// The URL of this path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.addr())
    }

    /// The same as an `https` URL, whatever the server speaks.
    pub fn https_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.addr())
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr()
    }

    /// Every request so far that was read to its end, in that order. Each is
    /// here before it is answered.
    pub fn received(&self) -> Vec<Received> {
        self.desk.book.received()
    }

    /// Waits until there are this many requests, counted from the beginning;
    /// returns all there are. Blocks.
    ///
    /// # Panics
    /// If there are not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for(&self, requests: usize) -> Vec<Received> {
        self.desk.book.wait_for(requests)
    }

    /// What went wrong on this side: what came and was no request (it was
    /// answered with 400), handshakes that failed, panics of what decides on a
    /// reply. A line for each, with its connection.
    pub fn unreadable(&self) -> Vec<String> {
        self.desk.book.unreadable()
    }

    /// Waits until [`HttpServer::unreadable`] has this many lines; returns all
    /// there are. Blocks.
    ///
    /// # Panics
    /// If there are not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for_unreadable(&self, lines: usize) -> Vec<String> {
        self.desk.book.wait_for_unreadable(lines)
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.listening.connections().accepted()
    }

    /// Waits until this many connections were accepted, counted from the
    /// beginning. Blocks.
    ///
    /// # Panics
    /// If they were not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for_connections(&self, connections: usize) {
        assert!(
            self.listening.connections().wait_for_accepted(connections),
            "{} of {connections} connections came within {SAFETY:?}",
            self.connections()
        );
    }

    /// The most requests that were without an answer at the same time. One
    /// whose answer hangs counts until its client has closed the connection.
    pub fn in_flight_at_most(&self) -> usize {
        self.desk.book.most_in_flight()
    }

    /// Answers with these from now on, as [`HttpServer::start`] does. What is
    /// being answered, or hangs, goes on as it is.
    ///
    /// # Panics
    /// If there is no reply.
    #[track_caller]
    pub fn change(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.script.change(replies);
    }

    /// Holds every answer from now on until the gate that is returned lets it
    /// pass, or is dropped. Requests are received all the same.
    pub fn pause(&self) -> Gate {
        let gate = Gate::new();
        let mut hold = self
            .desk
            .hold
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *hold = Some(gate.doorway());
        gate
    }

    /// Ends every connection that is open now, whatever it hangs on. New ones
    /// are served.
    pub fn cut(&self) {
        self.listening.connections().cut();
    }
}
