//! Places where connecting does not succeed.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use socket2::{Domain, Socket, Type};

use crate::Skip;

fn bound() -> Socket {
    let bind = || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        Ok::<_, std::io::Error>(socket)
    };
    bind().unwrap_or_else(|error| panic!("there is no free port on 127.0.0.1: {error}"))
}

fn url(socket: &Socket) -> String {
    let addr = socket.local_addr().ok().and_then(|addr| addr.as_socket());
    let addr = addr.expect("it was bound to an address of IPv4");
    format!("http://{addr}")
}

/// The URL, without a path, of a port of 127.0.0.1 where nobody listens. It is
/// the same throughout the process, and nobody else can come to listen there.
///
/// # Panics
/// If there is no free port.
pub fn refused_port() -> String {
    // Bound, and not listening: that keeps it.
    static PORT: OnceLock<Socket> = OnceLock::new();
    url(PORT.get_or_init(bound))
}

/// A port of 127.0.0.1 where connecting hangs, until this is dropped.
#[derive(Debug)]
pub struct Unaccepting {
    listener: Socket,
    /// They fill its queue.
    _waiting: Vec<Socket>,
}

impl Unaccepting {
    /// The URL of this path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        url(&self.listener) + path
    }
}

/// A port whose queue of connections is full. Blocks for a moment.
///
/// # Errors
/// Elsewhere than on Linux: others may refuse a connection then.
///
/// # Panics
/// If there is no free port, or the queue does not get full.
pub fn unaccepting() -> Result<Unaccepting, Skip> {
    if !cfg!(target_os = "linux") {
        return Err(Skip::because(
            "only Linux lets a connection hang when the queue is full",
        ));
    }
    let listener = bound();
    let full = fill(&listener);
    let waiting = full.unwrap_or_else(|error| panic!("the queue cannot be filled: {error}"));
    Ok(Unaccepting {
        listener,
        _waiting: waiting,
    })
}

fn fill(listener: &Socket) -> std::io::Result<Vec<Socket>> {
    listener.listen(0)?;
    let addr = listener.local_addr()?;
    let mut waiting = Vec::new();
    // A queue of length 0 takes one or two.
    for _ in 0..16 {
        let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        client.set_nonblocking(true)?;
        // It is under way then, which is told as an error.
        let _ = client.connect(&addr);
        // On the loopback a handshake that succeeds is over at once.
        let is_full = client.peer_addr().is_err();
        waiting.push(client);
        if is_full {
            return Ok(waiting);
        }
    }
    Err(std::io::Error::other("it takes everything"))
}
