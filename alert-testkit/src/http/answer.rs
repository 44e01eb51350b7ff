//! Gives an answer over a connection.

use std::io::{self, Write};

use super::book::InFlight;
use super::connections::Connection;
use super::line::Line;
use super::received::Received;
use super::reply::{Drip, Reply};
use super::step::{Step, steps};

/// Answers; returns whether the connection goes on.
///
/// # Errors
/// If the client has gone, or the server.
pub(super) fn answer(
    connection: &Connection,
    line: &mut Line,
    request: &Received,
    reply: &Reply,
    in_flight: InFlight,
) -> io::Result<bool> {
    let steps = steps(reply, request);
    let comes_to_an_end = !steps
        .iter()
        .any(|step| matches!(step, Step::Hang | Step::Endless(_)));
    let mut in_flight = Some(in_flight);
    // Before its client can know of the answer and ask again.
    let mut answered = || {
        if comes_to_an_end {
            in_flight = None;
        }
    };
    for step in steps {
        match step {
            Step::Send(bytes) => match &reply.drip {
                None => {
                    answered();
                    line.write_all(&bytes)?;
                }
                Some(drip) => drop_by_drop(connection, line, &bytes, drip, &mut answered)?,
            },
            Step::Endless(bytes) => loop {
                line.write_all(&bytes)?;
            },
            Step::Hang => {
                connection.drain();
                return Ok(false);
            }
            Step::Reset => {
                answered();
                connection.reset();
                return Ok(false);
            }
            Step::Close => {
                answered();
                line.close();
                return Ok(false);
            }
        }
        line.flush()?;
    }
    Ok(true)
}

fn drop_by_drop(
    connection: &Connection,
    line: &mut Line,
    bytes: &[u8],
    drip: &Drip,
    answered: &mut impl FnMut(),
) -> io::Result<()> {
    for (index, byte) in bytes.iter().enumerate() {
        let goes_on = match drip {
            Drip::After(pause) => connection.all().pause(*pause),
            Drip::At(way) => connection.enter(way),
        };
        if !goes_on {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if index + 1 == bytes.len() {
            answered();
        }
        line.write_all(&[*byte])?;
        line.flush()?;
    }
    Ok(())
}
