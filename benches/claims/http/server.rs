//! A server that does as little as it can: it reads a request and says 204.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

type Kept = Arc<Mutex<Vec<Vec<u8>>>>;

pub(super) struct Server {
    address: SocketAddr,
    kept: Option<Kept>,
}

impl Server {
    /// Its threads end with the connections; the one that accepts ends with the process.
    pub(super) fn start(keeps: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let kept = keeps.then(Kept::default);
        let for_all = kept.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = for_all.clone();
                thread::spawn(move || serve(stream, kept.as_ref()));
            }
        });
        Self { address, kept }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        let kept = self.kept.as_ref().expect("it was told to keep them");
        kept.lock().expect("nothing panics with it").clone()
    }
}

/// Ends when the client does.
fn serve(mut stream: TcpStream, kept: Option<&Kept>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            more(&mut stream, &mut buffer, &mut chunk)?;
        };
        let length = length(&buffer[..head])?;
        while buffer.len() < head + length {
            more(&mut stream, &mut buffer, &mut chunk)?;
        }
        if let Some(kept) = kept {
            let body = buffer[head..head + length].to_vec();
            kept.lock().expect("nothing panics with it").push(body);
        }
        buffer.drain(..head + length);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}

fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>, chunk: &mut [u8]) -> Option<()> {
    match stream.read(chunk) {
        Ok(read) if read > 0 => {
            buffer.extend_from_slice(&chunk[..read]);
            Some(())
        }
        _ => None,
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?.to_ascii_lowercase();
    let value = head.split("content-length:").nth(1)?;
    value.split("\r\n").next()?.trim().parse().ok()
}
