//! Reads one request: RFC 9112, strict where a sink could be wrong.

use std::io::{self, BufRead, Read, Write};

use super::received::Received;

/// No honest request in a test is longer.
const MOST_BODY: usize = 64 * 1024 * 1024;
const MOST_HEAD: usize = 1024 * 1024;

/// Why there is no request.
#[derive(Debug)]
pub(super) enum Unread {
    /// The client has gone, or was cut off.
    Gone(io::Error),
    /// It said what is not HTTP.
    Wrong(String),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Unread::Gone(error)
    }
}

fn wrong<T>(what: impl Into<String>) -> Result<T, Unread> {
    Err(Unread::Wrong(what.into()))
}

/// Reads a request; `go_on` says so to a client that waits for leave to send
/// its body.
pub(super) fn read<L: BufRead>(
    line: &mut L,
    connection: usize,
    go_on: impl FnOnce(&mut L) -> io::Result<()>,
) -> Result<Received, Unread> {
    // A handshake, say: there may be no line end to wait for.
    if let Some(&byte) = line.fill_buf()?.first()
        && !byte.is_ascii_graphic()
    {
        return wrong(format!("a request begins with byte {byte:#04x}"));
    }
    let mut head = Head {
        line,
        left: MOST_HEAD,
    };
    let first = head.next()?;
    let words: Vec<_> = first.split(' ').collect();
    let [method, target, version] = words[..] else {
        return wrong(format!("{first:?} is no request line"));
    };
    if method.is_empty() || target.is_empty() || !version.starts_with("HTTP/1.") {
        return wrong(format!("{first:?} is no request line"));
    }
    let mut received = Received {
        connection,
        method: method.to_owned(),
        target: target.to_owned(),
        version: version.to_owned(),
        headers: head.fields()?,
        body: Vec::new(),
    };
    let expects = received.header("expect").unwrap_or_default();
    if expects.eq_ignore_ascii_case("100-continue") {
        go_on(line)?;
    }
    received.body = body(line, &received)?;
    Ok(received)
}

struct Head<'a, L> {
    line: &'a mut L,
    left: usize,
}

impl<L: BufRead> Head<'_, L> {
    /// The next line, without its end.
    fn next(&mut self) -> Result<String, Unread> {
        let mut bytes = Vec::new();
        let most = u64::try_from(self.left).unwrap_or(u64::MAX);
        self.line.take(most).read_until(b'\n', &mut bytes)?;
        self.left -= bytes.len();
        match bytes.strip_suffix(b"\r\n") {
            Some(line) if line.contains(&b'\r') => wrong("a carriage return stands within a line"),
            Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
            None if self.left == 0 => wrong("the headers have no end"),
            None if bytes.ends_with(b"\n") => wrong("a line ends without a carriage return"),
            None => Err(Unread::Gone(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    fn fields(&mut self) -> Result<Vec<(String, String)>, Unread> {
        let mut fields = Vec::new();
        loop {
            let line = self.next()?;
            if line.is_empty() {
                return Ok(fields);
            }
            match line.split_once(':') {
                Some((name, value)) if is_token(name) => {
                    fields.push((name.to_owned(), value.trim().to_owned()));
                }
                _ => return wrong(format!("{line:?} is no header")),
            }
        }
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

fn body<L: BufRead>(line: &mut L, request: &Received) -> Result<Vec<u8>, Unread> {
    let lengths: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .collect();
    match (request.header("transfer-encoding"), &lengths[..]) {
        (Some(coding), []) if coding.eq_ignore_ascii_case("chunked") => chunks(line),
        (None, []) => Ok(Vec::new()),
        (None, [(_, length)]) => match length.parse() {
            Ok(length) => exactly(line, length),
            Err(_) => wrong(format!("{length:?} is no content length")),
        },
        _ => wrong("where the body ends is said in two ways, or in one that is not known"),
    }
}

fn exactly<L: BufRead>(line: &mut L, length: usize) -> Result<Vec<u8>, Unread> {
    if length > MOST_BODY {
        return wrong(format!("a body of {length} bytes is too much"));
    }
    let mut bytes = vec![0; length];
    line.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn chunks<L: BufRead>(line: &mut L) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    loop {
        let mut head = Head {
            line,
            left: MOST_HEAD,
        };
        let first = head.next()?;
        let size = first.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            return wrong(format!("{first:?} is no chunk size"));
        };
        if size == 0 {
            head.fields()?;
            return Ok(body);
        }
        if size > MOST_BODY - body.len() {
            return wrong("the body has no end");
        }
        body.append(&mut exactly(line, size)?);
        if exactly(line, 2)? != b"\r\n" {
            return wrong("a chunk is longer than it says");
        }
    }
}

/// Tells a client that it may send its body.
pub(super) fn say_continue(to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    to.flush()
}
