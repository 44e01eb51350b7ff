use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::book::Book;
use super::connections::{Connection, Wire};
use super::listening::Listening;
use super::received::Received;
use super::request::{self, Unread};
use crate::SAFETY;

/// A forward proxy on a port of 127.0.0.1 that keeps what it was asked for. It
/// leads to the loopback and nowhere else.
///
/// It knows `CONNECT` and requests whose target is a whole `http` URL. When it
/// is dropped its connections end, and its threads.
#[derive(Debug)]
pub struct HttpProxy {
    listening: Listening,
    book: Arc<Book>,
}

impl HttpProxy {
    /// Serves everybody.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Serves who gives these credentials (`Proxy-Authorization: Basic`), and
    /// answers 407 to others.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn requiring(user: &str, password: &str) -> Self {
        let token = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self::with(Some(format!("Basic {token}")))
    }

    fn with(credentials: Option<String>) -> Self {
        let book = Arc::<Book>::default();
        let listening = Listening::start({
            let book = book.clone();
            move |connection| {
                // A client that has gone needs no answer.
                let _ = serve(connection, &book, credentials.as_deref());
            }
        });
        Self { listening, book }
    }

    /// Its URL, as a proxy variable wants it.
    pub fn url(&self) -> String {
        format!("http://{}", self.listening.addr())
    }

    /// Its URL with credentials in it, which stand there as they are given.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}", self.listening.addr())
    }

    /// What it was asked for so far, refused or not: a whole URL, or host and
    /// port of a `CONNECT`, is the target.
    pub fn received(&self) -> Vec<Received> {
        self.book.received()
    }

    /// Waits until there are this many, counted from the beginning; returns
    /// all there are. Blocks.
    ///
    /// # Panics
    /// If there are not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for(&self, requests: usize) -> Vec<Received> {
        self.book.wait_for(requests)
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.listening.connections().accepted()
    }
}

/// Serves the one request of a connection.
fn serve(connection: &Connection, book: &Arc<Book>, credentials: Option<&str>) -> io::Result<()> {
    let mut client = BufReader::new(connection.wire());
    let read = request::read(&mut client, connection.number(), |client| {
        request::say_continue(client.get_mut())
    });
    let request = match read {
        Ok(request) => request,
        Err(Unread::Gone(error)) => return Err(error),
        Err(Unread::Wrong(what)) => {
            book.note_unreadable(connection.number(), &what);
            return refuse(connection, "400 Bad Request");
        }
    };
    let _in_flight = book.note(request.clone(), || ());
    if credentials.is_some() && request.header("proxy-authorization") != credentials {
        let asks = "407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"test\"";
        return refuse(connection, asks);
    }
    if request.method() == "CONNECT" {
        let Some(upstream) = reach(connection, request.target()) else {
            return refuse(connection, "502 Bad Gateway");
        };
        let established = b"HTTP/1.1 200 Connection Established\r\n\r\n";
        connection.wire().write_all(established)?;
        return tunnel(client, connection.wire(), upstream);
    }
    let Some((authority, target)) = split(request.target()) else {
        return refuse(connection, "400 Bad Request");
    };
    match reach(connection, authority) {
        Some(upstream) => forward(connection, &request, &target, upstream),
        None => refuse(connection, "502 Bad Gateway"),
    }
}

fn refuse(connection: &Connection, status: &str) -> io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    connection.wire().write_all(answer.as_bytes())?;
    connection.finish();
    Ok(())
}

/// Host and port of a URL, and the target that its own server wants.
fn split(url: &str) -> Option<(&str, String)> {
    let rest = url.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let root = if target.starts_with('/') { "" } else { "/" };
    Some((authority, format!("{root}{target}")))
}

/// Connects to what is on the loopback.
fn reach(connection: &Connection, authority: &str) -> Option<Wire> {
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let host = match host {
        "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
        host => host.trim_matches(['[', ']']).parse().ok()?,
    };
    if !host.is_loopback() {
        return None;
    }
    let addr = SocketAddr::new(host, port.parse().ok()?);
    connection.adopt(TcpStream::connect_timeout(&addr, SAFETY).ok()?)
}

fn forward(
    connection: &Connection,
    request: &Received,
    target: &str,
    mut upstream: Wire,
) -> io::Result<()> {
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method());
    let own = [
        "proxy-authorization",
        "proxy-connection",
        "connection",
        "expect",
        "transfer-encoding",
        "content-length",
    ];
    for (name, value) in request.headers() {
        if !own.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str(&format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        request.body().len()
    ));
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(request.body())?;

    // The client must know that its connection ends with the answer.
    let mut answer = BufReader::new(upstream);
    let mut status_line = Vec::new();
    answer.read_until(b'\n', &mut status_line)?;
    let mut client = connection.wire();
    client.write_all(&status_line)?;
    if status_line.starts_with(b"HTTP/1.") {
        client.write_all(b"connection: close\r\n")?;
    }
    io::copy(&mut answer, &mut client)?;
    connection.finish();
    Ok(())
}

/// Carries bytes both ways until both sides have ended.
fn tunnel(from: BufReader<Wire>, client: Wire, upstream: Wire) -> io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| carry(from, &upstream));
        carry(upstream.clone(), &client);
    });
    Ok(())
}

fn carry(mut from: impl Read, to: &Wire) {
    let how = match io::copy(&mut from, &mut to.clone()) {
        Ok(_) => Shutdown::Write,
        // The way back is of no use either.
        Err(_) => Shutdown::Both,
    };
    to.shutdown(how);
}
