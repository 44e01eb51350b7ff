use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connections::{Connection, Connections};

/// A port of the loopback whose connections are served, each on a thread of
/// its own. All of it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listening {
    addr: SocketAddr,
    connections: Arc<Connections>,
    acceptor: Option<JoinHandle<()>>,
}

impl Listening {
    pub(super) fn start(serve: impl Fn(&Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .unwrap_or_else(|error| panic!("there is no free port on 127.0.0.1: {error}"));
        let addr = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("the port that was bound cannot be told: {error}"));
        let connections = Arc::new(Connections::default());
        let acceptor = thread::spawn({
            let connections = connections.clone();
            move || accept(&listener, &connections, &Arc::new(serve))
        });
        Self {
            addr,
            connections,
            acceptor: Some(acceptor),
        }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }
}

fn accept<F>(listener: &TcpListener, connections: &Arc<Connections>, serve: &Arc<F>)
where
    F: Fn(&Connection) + Send + Sync + 'static,
{
    while !connections.is_closed() {
        let Ok((socket, _)) = listener.accept() else {
            // Out of descriptors, say: others may give some back.
            connections.pause(Duration::from_millis(10));
            continue;
        };
        if let Some(connection) = connections.add(socket) {
            let serve = serve.clone();
            // No thread is to be had: the connection is closed.
            let _ = thread::Builder::new().spawn(move || serve(&connection));
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.connections.close();
        // Nothing but a connection wakes `accept`.
        let woken = TcpStream::connect(self.addr).is_ok();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
    }
}
