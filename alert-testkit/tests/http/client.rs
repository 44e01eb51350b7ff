use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

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
        Self::at(server.addr())
    }

    /// At the host and port of this URL.
    pub(crate) fn to(url: &str) -> Self {
        Self::at(url.strip_prefix("http://").unwrap().parse().unwrap())
    }

    fn at(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
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

    /// Asserts that nothing has come that was not read.
    #[track_caller]
    pub(crate) fn has_nothing(&mut self) {
        assert_eq!(self.0.buffer(), b"");
        let stream = self.0.get_ref();
        stream.set_nonblocking(true).unwrap();
        let error = stream.peek(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        stream.set_nonblocking(false).unwrap();
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
