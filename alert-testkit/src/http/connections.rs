use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::watched::Watched;
use crate::{Doorway, SAFETY};

/// The connections of a server, and the end of them: whatever one of them
/// waits for, it waits here, so that `close` can wake it.
#[derive(Debug, Default)]
pub(super) struct Connections {
    closed: AtomicBool,
    state: Watched<State>,
}

#[derive(Debug, Default)]
struct State {
    accepted: usize,
    open: BTreeMap<usize, Arc<TcpStream>>,
    /// What connections opened themselves.
    adopted: Vec<Weak<TcpStream>>,
    /// Threads that `close` can wake, and so waits for.
    threads: usize,
    /// Where some of them stand.
    doorways: BTreeMap<usize, Doorway>,
}

impl Connections {
    /// Takes one that was accepted; none once closed.
    pub(super) fn add(self: &Arc<Self>, socket: TcpStream) -> Option<Connection> {
        // A byte that is dripped leaves at once.
        let _ = socket.set_nodelay(true);
        let socket = Arc::new(socket);
        self.state.change(|state| {
            // Under the lock: either `close` sees this socket or this sees `close`.
            if self.is_closed() {
                return None;
            }
            let number = state.accepted;
            state.accepted += 1;
            state.threads += 1;
            state.open.insert(number, socket.clone());
            Some(Connection {
                number,
                socket,
                all: self.clone(),
            })
        })
    }

    pub(super) fn accepted(&self) -> usize {
        self.state.lock().accepted
    }

    pub(super) fn wait_for_accepted(&self, connections: usize) -> bool {
        self.state
            .wait(SAFETY, |state| state.accepted >= connections)
            .is_ok()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Waits so long, or until the end; returns whether it goes on.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let closed = self.state.wait(pause.min(SAFETY), |_| self.is_closed());
        closed.is_err()
    }

    /// Ends every connection that is open now.
    pub(super) fn cut(&self) {
        let state = self.state.lock();
        let adopted: Vec<_> = state.adopted.iter().filter_map(Weak::upgrade).collect();
        for socket in state.open.values().chain(&adopted) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Ends everything and waits for it to end.
    pub(super) fn close(&self) {
        let doorways = self.state.change(|state| {
            self.closed.store(true, Ordering::SeqCst);
            std::mem::take(&mut state.doorways)
        });
        self.cut();
        for way in doorways.values() {
            way.knock();
        }
        let _ended = self.state.wait(SAFETY, |state| state.threads == 0);
    }
}

/// One connection, on its own thread.
#[derive(Debug)]
pub(super) struct Connection {
    number: usize,
    socket: Arc<TcpStream>,
    all: Arc<Connections>,
}

impl Connection {
    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn wire(&self) -> Wire {
        Wire(self.socket.clone())
    }

    pub(super) fn all(&self) -> &Connections {
        &self.all
    }

    /// Has a socket that this connection opened end with all others; none once
    /// closed.
    pub(super) fn adopt(&self, socket: TcpStream) -> Option<Wire> {
        let _ = socket.set_nodelay(true);
        let socket = Arc::new(socket);
        self.all.state.change(|state| {
            state.adopted.push(Arc::downgrade(&socket));
            (!self.all.is_closed()).then(|| Wire(socket.clone()))
        })
    }

    /// Waits at a doorway, or for the end; returns whether it goes on.
    pub(super) fn enter(&self, way: &Doorway) -> bool {
        self.all
            .state
            .change(|state| state.doorways.insert(self.number, way.clone()));
        way.enter_unless(|| self.all.is_closed());
        self.all
            .state
            .change(|state| state.doorways.remove(&self.number));
        !self.all.is_closed()
    }

    /// Waits for the end of the server.
    pub(super) fn hang(&self) {
        while self.all.pause(SAFETY) {}
    }

    /// Swallows what comes until the client has gone, or the server.
    pub(super) fn drain(&self) {
        let _ = io::copy(&mut self.wire(), &mut io::sink());
    }

    /// Sends what ends a stream, so that what was sent before arrives even
    /// when something is left unread.
    pub(super) fn finish(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        self.drain();
    }

    /// Has the kernel reset it when it is dropped.
    pub(super) fn reset(&self) {
        let _ = socket2::SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO));
    }

    /// Runs foreign code, which may wait for what nobody here can wake.
    pub(super) fn unwaited<T>(&self, foreign: impl FnOnce() -> T) -> T {
        struct Back<'a>(&'a Connections);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.state.change(|state| state.threads += 1);
            }
        }
        self.all.state.change(|state| state.threads -= 1);
        let _back = Back(&self.all);
        foreign()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.state.change(|state| {
            state.open.remove(&self.number);
            state.threads -= 1;
        });
    }
}

/// The bytes of a connection.
#[derive(Debug, Clone)]
pub(super) struct Wire(Arc<TcpStream>);

impl Wire {
    pub(super) fn shutdown(&self, how: Shutdown) {
        let _ = self.0.shutdown(how);
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
