//! The service as far as the sink knows it, on a loopback port.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::Value;

/// The token that it knows.
pub const TOKEN: &str = "a token that must never show";

/// A running service; dropped, it ends.
pub struct Service {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    alerts: Vec<Value>,
    answer: Option<String>,
    silent: bool,
    stopped: bool,
}

impl Service {
    /// On a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
            thread: Mutex::default(),
        };
        service.run(listener);
        service
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The lines that it took, one for each alert.
    pub fn alerts(&self) -> Vec<String> {
        self.state().alerts.iter().map(Value::to_string).collect()
    }

    /// From now on it answers so, and takes nothing.
    pub fn answer(&self, line: &str) {
        self.state().answer = Some(line.to_owned());
    }

    /// Whether it leaves its callers without an answer.
    pub fn silent(&self, silent: bool) {
        self.state().silent = silent;
    }

    /// Nobody listens any more.
    pub fn stop(&self) {
        self.state().stopped = true;
        // It is waiting for somebody to call.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = lock(&self.thread).take() {
            thread.join().unwrap();
        }
    }

    /// It listens again where it did.
    pub fn resume(&self) {
        self.state().stopped = false;
        self.run(TcpListener::bind(self.address).unwrap());
    }

    fn run(&self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        let thread = thread::spawn(move || serve(&listener, &state));
        *lock(&self.thread) = Some(thread);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, state: &Mutex<State>) {
    let mut unanswered = Vec::new();
    for stream in listener.incoming() {
        if lock(state).stopped {
            return;
        }
        let mut stream = stream.unwrap();
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let (Some(token), Some(line)) = (lines.next(), lines.next()) else {
            continue;
        };
        match lock(state).take(&token, &line) {
            Some(answer) => drop(stream.write_all(format!("{answer}\n").as_bytes())),
            None => unanswered.push(stream),
        }
    }
}

impl State {
    fn take(&mut self, token: &str, line: &str) -> Option<String> {
        if self.silent {
            return None;
        }
        if token != TOKEN {
            return Some("denied".into());
        }
        if let Some(answer) = &self.answer {
            return Some(answer.clone());
        }
        // One that comes twice, because an answer got lost, is there once.
        let alert: Value = serde_json::from_str(line).unwrap();
        let id = &alert["alert"]["id"];
        if !self.alerts.iter().any(|other| other["alert"]["id"] == *id) {
            self.alerts.push(alert);
        }
        Some("ok".into())
    }
}
