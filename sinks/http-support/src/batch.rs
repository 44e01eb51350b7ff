//! A batch over the wire: what `Client::deliver_batch` does.

use std::ops::Range;
use std::time::{Duration, Instant};

use alert_core::{AlertId, Batch, Delivered, ErrorClass, SinkError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::client::Call;
use crate::memory::Memory;
use crate::queue::Queue;
use crate::{Answer, Client, Exchange, Message, Request};

pub(crate) fn deliver(
    client: &mut Client,
    batch: &Batch<'_>,
    exchange: &mut impl Exchange,
) -> Result<(), SinkError> {
    let ids: Vec<AlertId> = batch.iter().map(|(alert, _)| alert.id()).collect();
    let keys: Vec<_> = batch.iter().map(|(alert, _)| alert.dedup_key()).collect();
    let lengths = lengths(&ids, batch.request_size(), &client.memory);
    let mut queue = Queue::new(keys, lengths);
    let mut limit = Limit::of(batch);
    let (mut stopped, mut waited) = (false, false);
    let mut flying = FuturesUnordered::new();
    loop {
        while !stopped && flying.len() < batch.in_flight() && limit.allows_another() {
            let Some(run) = queue.next() else { break };
            let (message, request) = compose(client, batch, &run, &ids[run.clone()], exchange);
            let call = request.and_then(|request| client.call(request, limit.deadline, !waited));
            match call {
                Ok(call) => flying.push(landing(run, message, call, false)),
                Err(error) => {
                    let end = settle(batch, &run, Err(error));
                    stopped |= end.stops;
                    put_back(batch, queue.over(&run, end.goes_back));
                }
            }
        }
        let next = match flying.is_empty() {
            true => None,
            false => client.wait(flying.next())?,
        };
        waited = true;
        let Some(landed) = next else { break };
        let (run, message, request) = (landed.run, landed.message, landed.request);
        client.look_at(landed.answer.as_ref().ok());
        let judged = match landed.answer {
            Ok(answer) if !landed.recast && exchange.recasts(&request, &answer) => {
                let recast = exchange.request(&message);
                match recast.and_then(|recast| client.call(recast, limit.deadline, false)) {
                    Ok(call) => {
                        flying.push(landing(run, message, call, true));
                        continue;
                    }
                    Err(error) => Err(error),
                }
            }
            Ok(answer) => exchange.judge(&message, &answer),
            Err(error) => Err(error),
        };
        if judged.as_ref().is_err_and(SinkError::is_ambiguous) {
            client.memory.keep(ids[run.clone()].to_vec(), request);
        }
        match judged {
            // Unsettled, so that the lane finds out which of them is to blame. Beside others in
            // flight, what is known is said at once.
            Err(error) if run.len() > 1 && flying.is_empty() && !is_rejected(&error) => {
                put_back(batch, queue.rest());
                return Err(error);
            }
            judged => {
                let end = settle(batch, &run, judged);
                stopped |= end.stops;
                put_back(batch, queue.over(&run, end.goes_back));
            }
        }
    }
    put_back(batch, queue.rest());
    Ok(())
}

/// A request that was answered, or will never be.
struct Landed<'b> {
    run: Range<usize>,
    message: Message<'b>,
    request: Request,
    answer: Result<Answer, SinkError>,
    /// Whether it is the second form of its message.
    recast: bool,
}

async fn landing(run: Range<usize>, message: Message<'_>, call: Call, recast: bool) -> Landed<'_> {
    let (request, answer) = call.await;
    Landed {
        run,
        message,
        request,
        answer,
        recast,
    }
}

/// How long the messages are: what once went out together goes together again.
fn lengths(ids: &[AlertId], size: usize, memory: &Memory) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut rest = ids;
    while !rest.is_empty() {
        let length = memory.begins(rest).unwrap_or_else(|| {
            let most = size.clamp(1, rest.len());
            let kept = (1..most).find(|at| memory.begins(&rest[*at..]).is_some());
            kept.unwrap_or(most)
        });
        lengths.push(length);
        rest = &rest[length..];
    }
    lengths
}

fn compose<'b>(
    client: &mut Client,
    batch: &Batch<'b>,
    run: &Range<usize>,
    ids: &[AlertId],
    exchange: &mut impl Exchange,
) -> (Message<'b>, Result<Request, SinkError>) {
    let message = Message::new(batch.iter().skip(run.start).take(run.len()));
    match client.memory.take(ids) {
        Some(request) => {
            let message = message.repeated();
            let request = exchange.renew(request, &message);
            (message, Ok(request))
        }
        None => {
            let request = exchange.request(&message);
            (message, request)
        }
    }
}

/// When no further request is begun: the next one would not have half of the time.
struct Limit {
    deadline: Instant,
    half: Duration,
    begun: bool,
}

impl Limit {
    fn of(batch: &Batch<'_>) -> Self {
        // The batch's clock may be in a test's hand; the network's is not.
        let time = batch.remaining();
        let now = Instant::now();
        Self {
            deadline: now.checked_add(time).unwrap_or_else(|| batch.deadline()),
            half: time / 2,
            begun: false,
        }
    }

    /// The first one always.
    fn allows_another(&mut self) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        !std::mem::replace(&mut self.begun, true) || left >= self.half
    }
}

/// What the end of a message means for the others.
struct End {
    stops: bool,
    goes_back: bool,
}

fn settle(batch: &Batch<'_>, run: &Range<usize>, judged: Result<Delivered, SinkError>) -> End {
    match judged {
        Ok(delivered) => {
            let stops = delivered.pause().is_some();
            batch.settle_all(run.clone(), delivered);
            End {
                stops,
                goes_back: false,
            }
        }
        Err(error) if is_rejected(&error) && run.len() > 1 => {
            run.clone().for_each(|index| batch.leave_alone(index));
            End {
                stops: false,
                goes_back: true,
            }
        }
        Err(mut error) => {
            let rejected = is_rejected(&error);
            run.clone()
                .for_each(|index| batch.settle(index, Err(error.again())));
            End {
                stops: !rejected,
                goes_back: !rejected,
            }
        }
    }
}

fn is_rejected(error: &SinkError) -> bool {
    error.class() == ErrorClass::Rejected
}

fn put_back(batch: &Batch<'_>, runs: Vec<Range<usize>>) {
    runs.into_iter()
        .flatten()
        .for_each(|index| batch.leave(index));
}

#[cfg(test)]
mod tests {
    use alert_core::Secret;
    use proptest::prelude::*;

    use super::*;
    use crate::{Endpoint, Method};

    /// Runs that went out together before, each after some that did not.
    fn runs() -> impl Strategy<Value = Vec<(usize, usize)>> {
        prop::collection::vec((0..6_usize, 1..6_usize), 0..6)
    }

    proptest! {
        #[test]
        fn what_went_out_together_goes_together_and_nothing_is_too_long(
            runs in runs(),
            rest in 0..6_usize,
            size in 1..5_usize,
        ) {
            let endpoint = Endpoint::parse(&Secret::new("https://a.example")).unwrap();
            let mut memory = Memory::default();
            let mut ids = Vec::new();
            let mut kept = Vec::new();
            for (others, together) in runs {
                ids.extend((0..others).map(|_| AlertId::next()));
                kept.push(ids.len()..ids.len() + together);
                let run: Vec<AlertId> = (0..together).map(|_| AlertId::next()).collect();
                ids.extend(&run);
                memory.keep(run, Request::new(Method::Post, &endpoint));
            }
            ids.extend((0..rest).map(|_| AlertId::next()));
            let lengths = lengths(&ids, size, &memory);
            prop_assert_eq!(lengths.iter().sum::<usize>(), ids.len());
            let mut start = 0;
            let mut found = 0;
            for length in lengths {
                let run = start..start + length;
                start = run.end;
                if kept.contains(&run) {
                    found += 1;
                } else {
                    prop_assert!((1..=size).contains(&length));
                }
            }
            prop_assert_eq!(found, kept.len());
        }
    }
}
