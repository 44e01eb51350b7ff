use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use alert_testkit::SAFETY;
use alert_testkit::http::HttpServer;

/// A client that says exactly what a test tells it to.
pub(crate) struct Client(BufReader<TcpStream>);

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Closed,
    Reset,
}

impl Client {
    pub(crate) fn of(server: &HttpServer) -> Self {
        let stream = TcpStream::connect(server.addr()).unwrap();
        stream.set_read_timeout(Some(SAFETY)).unwrap();
        stream.set_write_timeout(Some(SAFETY)).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn say(&mut self, text: &str) -> &mut Self {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
        self
    }

    /// A request without a body.
    pub(crate) fn get(&mut self, path: &str) -> &mut Self {
        self.say(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// The status line and the headers, to the empty line.
    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "{head:?}");
        }
        head
    }

    /// An answer whose length is told.
    pub(crate) fn answer(&mut self) -> (String, String) {
        let head = self.head();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        (head, String::from_utf8(self.bytes(length)).unwrap())
    }

    /// What comes until the connection ends, and how it does.
    pub(crate) fn rest(&mut self) -> (String, Ended) {
        let mut bytes = Vec::new();
        let ended = match self.0.read_to_end(&mut bytes) {
            Ok(_) => Ended::Closed,
            Err(error) => Ended::of(&error),
        };
        (String::from_utf8_lossy(&bytes).into_owned(), ended)
    }
}

impl Ended {
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Ended::Reset,
            _ => panic!("the connection ended otherwise: {error}"),
        }
    }
}
