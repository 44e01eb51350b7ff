use std::sync::OnceLock;
use std::time::{Duration, Instant};

use alert_core::{SinkError, Timestamp};
use reqwest::{Body, Response};
use tokio::time::timeout_at;

use crate::answer::End;
use crate::body::{Begun, Watched};
use crate::mask::Mask;
use crate::trouble::{self, Progress};
use crate::{Answer, Request, engine};

/// How long a body is waited for that nobody needs: it is read so that the connection can be used
/// again.
const UNNEEDED: Duration = Duration::from_secs(1);

/// The longest that an attempt is waited for, whatever its deadline.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends one request. Ends at the deadline, whatever trickles. `looks` whether others have ended
/// their connections since they were used.
pub(crate) async fn send(
    http: reqwest::Client,
    request: &Request,
    deadline: Instant,
    mask: Mask,
    proxied: bool,
    looks: bool,
) -> Result<Answer, SinkError> {
    if let Some(trouble) = request.trouble() {
        return Err(trouble);
    }
    let begun = Begun::default();
    let progress = |begun: &Begun| Progress {
        begun: begun.get(),
        proxied,
    };
    let mut sent = reqwest::Request::new(
        request.method.into_reqwest(),
        request.endpoint.url().clone(),
    );
    *sent.headers_mut() = request.headers.clone();
    let body = Watched::new(request.body.clone(), begun.clone());
    *sent.body_mut() = Some(Body::wrap(body));
    let start = Instant::now();
    // Neither the timer nor the sum below can hold every instant.
    let deadline = start
        .checked_add(LONGEST)
        .map_or(deadline, |most| most.min(deadline));
    // The timer comes first: one that is set after a look at the sockets wakes who is awake.
    let exchange = async {
        if looks {
            engine::look().await;
        }
        http.execute(sent).await
    };
    let answered = timeout_at(deadline.into(), exchange).await;
    let took = start.elapsed();
    let mut response = match answered {
        Err(_) => return Err(trouble::late(progress(&begun), took)),
        Ok(Err(error)) => return Err(trouble::of(&error, progress(&begun))),
        Ok(Ok(response)) => response,
    };
    let at = Timestamp::now().as_system_time();
    let patience = match request.reads_body {
        true => deadline,
        false => deadline.min(Instant::now() + UNNEEDED),
    };
    let mut body = Vec::new();
    let end = match timeout_at(patience.into(), read(&mut response, &mut body)).await {
        Ok(end) => end,
        Err(_) => End::Broken,
    };
    Ok(Answer {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body,
        json: OnceLock::new(),
        end,
        took,
        at,
        keyed: request.is_keyed(),
        endpoint: request.endpoint.clone(),
        mask,
    })
}

async fn read(response: &mut Response, body: &mut Vec<u8>) -> End {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = Answer::MAX_BODY - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return End::Cut;
                }
            }
            Ok(None) => return End::Whole,
            Err(_) => return End::Broken,
        }
    }
}
