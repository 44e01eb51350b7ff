//! What an answer is on the wire, as a list of steps.

use super::received::Received;
use super::reply::{Body, End, Flaw, Reply};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Send(Vec<u8>),
    /// Sends this until the connection ends.
    Endless(Vec<u8>),
    Hang,
    Reset,
    Close,
}

/// The steps of this reply to that request.
pub(super) fn steps(reply: &Reply, request: &Received) -> Vec<Step> {
    use Step::{Close, Endless, Hang, Reset, Send};
    let first = status_line(reply.status).into_bytes();
    let body = body(reply, request);
    let half = half(&body);
    match reply.flaw {
        Flaw::None => {
            let sends_body = request.method() != "HEAD" && may_have_body(reply.status);
            let mut all = head(reply, body.len());
            all.extend(body.into_iter().filter(|_| sends_body));
            let end = match reply.end {
                End::Keep => None,
                End::Close => Some(Close),
                End::Reset => Some(Reset),
            };
            [Send(all)].into_iter().chain(end).collect()
        }
        Flaw::HangBeforeReading | Flaw::HangBeforeHeaders => vec![Hang],
        Flaw::HangWithinHeaders => {
            let mut all = head(reply, body.len());
            all.truncate(all.len() - 2);
            vec![Send(all), Hang]
        }
        Flaw::HangWithinBody => vec![Send(cut_short(reply, half)), Hang],
        Flaw::ResetAtOnce | Flaw::ResetAfterRequest => vec![Reset],
        Flaw::ResetAfterStatusLine => vec![Send(first), Reset],
        Flaw::ResetWithinBody => vec![Send(cut_short(reply, half)), Reset],
        Flaw::CloseWithoutAnswer => vec![Close],
        Flaw::CloseWithinBody => vec![Send(cut_short(reply, half)), Close],
        Flaw::StatusLineOnly => vec![Send(first), Close],
        Flaw::EndlessInformational => {
            vec![Endless(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(64))]
        }
        Flaw::EndlessHeaders => {
            let more = b"x-more: there is always another header\r\n".repeat(64);
            vec![Send(first), Endless(more)]
        }
        Flaw::EndlessBody => {
            let chunk = format!("2000\r\n{}\r\n", "endless ".repeat(1024));
            vec![Send(chunked_head(reply)), Endless(chunk.into_bytes())]
        }
        Flaw::BadChunk => {
            let mut all = chunked_head(reply);
            all.extend(b"4\r\n{\"a\"\r\nno size\r\n: 1}\r\n0\r\n\r\n");
            vec![Send(all), Close]
        }
        Flaw::Garbage => vec![
            Send(b"SSH-2.0-\x00\xff\x7f nobody here\n\n".to_vec()),
            Close,
        ],
    }
}

fn status_line(status: u16) -> String {
    let reason = match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        // RFC 9112, section 4: a reason may be empty.
        _ => "",
    };
    format!("HTTP/1.1 {status} {reason}\r\n")
}

/// RFC 9110, section 6.4.1.
fn may_have_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}

fn names(reply: &Reply, name: &str) -> bool {
    let mut given = reply.headers.iter();
    given.any(|(given, _)| given.eq_ignore_ascii_case(name))
}

/// Everything before the body, which has so many bytes.
fn head(reply: &Reply, length: usize) -> Vec<u8> {
    let told = names(reply, "content-length") || names(reply, "transfer-encoding");
    let length = match told || !may_have_body(reply.status) {
        true => String::new(),
        false => format!("content-length: {length}\r\n"),
    };
    head_with(reply, &length)
}

fn chunked_head(reply: &Reply) -> Vec<u8> {
    head_with(reply, "transfer-encoding: chunked\r\n")
}

fn head_with(reply: &Reply, framing: &str) -> Vec<u8> {
    let mut head = status_line(reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(framing);
    head.push_str("\r\n");
    head.into_bytes()
}

fn half(body: &[u8]) -> &[u8] {
    &body[..body.len() / 2]
}

/// A head that promises a byte more than there is, at least.
fn cut_short(reply: &Reply, half: &[u8]) -> Vec<u8> {
    let mut all = head(reply, half.len() * 2 + 1);
    all.extend(half);
    all
}

fn body(reply: &Reply, request: &Received) -> Vec<u8> {
    match &reply.body {
        Body::Bytes(bytes) => bytes.clone(),
        Body::Echo => {
            let mut all = format!("{} {}\n", request.method(), request.target());
            for (name, value) in request.headers() {
                all.push_str(&format!("{name}: {value}\n"));
            }
            let mut all = all.into_bytes();
            all.push(b'\n');
            all.extend(request.body());
            all
        }
    }
}
