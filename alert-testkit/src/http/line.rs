use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::connections::Wire;

/// What a server reads from and writes to.
#[derive(Debug)]
pub(super) enum Line {
    Plain(Wire),
    Tls(Box<StreamOwned<ServerConnection, Wire>>),
}

impl Line {
    /// Shakes no hands yet: that is done by the first read.
    pub(super) fn new(wire: Wire, tls: Option<Arc<ServerConfig>>) -> io::Result<Self> {
        let Some(config) = tls else {
            return Ok(Line::Plain(wire));
        };
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Line::Tls(Box::new(StreamOwned::new(connection, wire))))
    }

    /// Says that nothing more comes, where there is a way to say so.
    pub(super) fn close(&mut self) {
        if let Line::Tls(stream) = self {
            stream.conn.send_close_notify();
            // Whoever has gone already need not be told.
            let _ = stream.flush();
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Plain(wire) => wire.read(buffer),
            Line::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Line::Plain(wire) => wire.write(bytes),
            Line::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Line::Plain(wire) => wire.flush(),
            Line::Tls(stream) => stream.flush(),
        }
    }
}
