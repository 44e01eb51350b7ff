use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use alert_core::Attempt;

/// A connection on which nothing lasts longer than the attempt may.
pub(crate) struct Connection<'a> {
    stream: TcpStream,
    attempt: &'a Attempt<'a>,
}

impl<'a> Connection<'a> {
    pub(crate) fn open(address: SocketAddr, attempt: &'a Attempt<'a>) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, left(attempt)?)?;
        Ok(Self { stream, attempt })
    }
}

// The timeout is set anew for each piece: a service that sends a byte now and then must not hold up the lane.
impl Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.attempt)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Connection<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.attempt)?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What is left until the deadline. Zero is refused: to a socket it would mean for ever.
fn left(attempt: &Attempt<'_>) -> io::Result<Duration> {
    match attempt.remaining() {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}
