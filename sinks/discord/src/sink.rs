use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alert_core::{Alert, Attempt, Batch, Clock, Delivered, Sink, SinkError, terminal};

use crate::OnRepeat;
use crate::compose::{Budget, Composed, Item, compose, counts};
use crate::errors::{Call, Judged, Reach, coded, judge, word};
use crate::handle::Place;
use crate::id::is_digits;
use crate::limits::Room;
use crate::look::Look;
use crate::memory::{How, Memory};
use crate::payload::{Manner, Payload};
use crate::process::Pace;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::url::Webhook;
use crate::wire::Wire;

/// For how many messages beyond those of now a critical alert waits rather than to be counted: 20 s at
/// the default pace.
const SOON: usize = 5;
/// A second request begins only with this much time for it.
const LEAST: Duration = Duration::from_secs(2);

/// Posts alerts to a Discord webhook; see the crate's documentation.
/// [`DiscordConfig`](crate::DiscordConfig) opens it.
pub struct DiscordSink {
    pub(crate) webhook: Webhook,
    pub(crate) look: Look,
    pub(crate) manner: Manner,
    pub(crate) thread: Option<String>,
    pub(crate) on_repeat: OnRepeat,
    pub(crate) pace: Pace,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wire: Box<dyn Wire>,
    pub(crate) memory: Memory,
}

impl DiscordSink {
    fn post(&mut self, batch: &Batch<'_>, mut thread: Option<String>) -> Result<(), SinkError> {
        let items: Vec<Item<'_>> = batch.iter().collect();
        let first = items.first().map(|(alert, _)| alert.id());
        let mut how = self.memory.how(first);
        let now = self.pace.room(self.clock.now()).max(1);
        let most = self.pace.per_minute().unwrap_or(usize::MAX);
        let budget = Budget {
            now,
            soon: now.saturating_add(SOON).min(most),
        };
        let room = match how {
            How::Half => Room::HALF,
            How::Whole | How::Counts => Room::WHOLE,
        };
        let mut composed = compose(&items, &self.look, budget, room);
        if how == How::Counts && !composed.digested.is_empty() {
            composed = counts(&items, composed.digested);
        }
        // Before it is sent: what is back in the queue is not lost if this call never returns.
        for index in 0..items.len() {
            if !composed.shown.contains(&index) && composed.digested.binary_search(&index).is_err()
            {
                batch.leave(index);
            }
        }
        loop {
            let body = self.body(&items, &composed, thread.is_some())?;
            let url = self
                .webhook
                .post(thread.as_deref().or(self.thread.as_deref()));
            let (reply, judged) = self.send(batch, Call::Post, &url, body)?;
            let refusal = match judged {
                Judged::Taken => {
                    self.memory.again = None;
                    self.taken(batch, &composed, &reply, thread.as_deref());
                    return Ok(());
                }
                Judged::Refused(refusal) => refusal,
                Judged::Failed(_) if self.is_shut(&reply, thread.as_deref()) => {
                    self.memory.without(thread.take());
                    match self.later(batch) {
                        Some(later) => return Err(later),
                        None => continue,
                    }
                }
                other => return Err(self.failed(other, &reply)),
            };
            let Some(next) = second(how, &composed, &refusal) else {
                return refuse(batch, &composed, &refusal, &reply);
            };
            how = next;
            self.memory.again = first.map(|first| (first, how));
            if let Some(later) = self.later(batch) {
                return Err(later);
            }
            composed = match how {
                How::Counts => {
                    composed.shown.iter().for_each(|index| batch.leave(*index));
                    counts(&items, composed.digested)
                }
                How::Whole | How::Half => composed.shrunk(&items, &self.look, Room::HALF),
            };
        }
    }

    fn body(
        &self,
        items: &[Item<'_>],
        composed: &Composed,
        in_thread: bool,
    ) -> Result<Vec<u8>, SinkError> {
        let first = composed.shown.iter().chain(&composed.digested).next();
        let first = first.and_then(|index| items.get(*index));
        let name = first
            .filter(|_| !in_thread)
            .and_then(|(alert, attempt)| self.look.thread_name(alert, attempt));
        written(&self.manner.post(&composed.embeds, composed.told, name))
    }

    /// Edits the message of an earlier alert, or posts a new one if that is gone.
    fn edit(&mut self, batch: &Batch<'_>, item: Item<'_>, place: &Place) -> Result<(), SinkError> {
        let handle = place.handle();
        if let Some(thread) = self.memory.instead_of(&handle) {
            return self.post(batch, thread);
        }
        let url = self.webhook.edit(&place.message, place.thread.as_deref());
        let mut room = match self.memory.how(Some(item.0.id())) {
            How::Half => Room::HALF,
            How::Whole | How::Counts => Room::WHOLE,
        };
        loop {
            let embeds = [self.look.embed(item.0, item.1, room)];
            let body = written(&Manner::edit(&embeds))?;
            let (reply, judged) = self.send(batch, Call::Edit, &url, body)?;
            let thread = match judged {
                Judged::Taken => {
                    self.memory.again = None;
                    batch.settle(0, Ok(self.delivered(&reply).with_handle(handle)));
                    return Ok(());
                }
                // The thread is closed: a message in it opens it again.
                Judged::Anew if reply.code() == Some(50083) => place.thread.clone(),
                Judged::Anew => None,
                // It was in a thread of its own, which somebody removed or locked.
                Judged::Failed(_) if self.is_shut(&reply, place.thread.as_deref()) => None,
                Judged::Refused(refusal) if refusal.too_long && room == Room::WHOLE => {
                    room = Room::HALF;
                    self.memory.again = Some((item.0.id(), How::Half));
                    match self.later(batch) {
                        Some(later) => return Err(later),
                        None => continue,
                    }
                }
                Judged::Refused(refusal) => {
                    return Err(refusal.error(Some(0)).answered(reply.told()));
                }
                other => return Err(self.failed(other, &reply)),
            };
            self.memory.lose(handle, thread.clone());
            return match self.later(batch) {
                Some(later) => Err(later),
                None => self.post(batch, thread),
            };
        }
    }

    /// Whether nothing can be written into the thread of an earlier message. That of the
    /// configuration is not left for another place.
    fn is_shut(&self, reply: &Reply, thread: Option<&str>) -> bool {
        let is_other = thread.is_some() && thread != self.thread.as_deref();
        is_other && matches!(reply.code(), Some(10003 | 50083 | 160_005))
    }

    fn send(
        &mut self,
        batch: &Batch<'_>,
        call: Call,
        url: &alert_core::Secret,
        body: Vec<u8>,
    ) -> Result<(Reply, Judged), SinkError> {
        self.pace.call(self.clock.now(), call).map_err(waits)?;
        let reply = self.wire.send(call, url, body, batch.remaining())?;
        let judged = judge(&reply, call);
        if !matches!(judged, Judged::Wait(_)) {
            self.pace.answered(self.clock.now(), call, reply.window);
        }
        Ok((reply, judged))
    }

    /// Settles what a message told.
    fn taken(&self, batch: &Batch<'_>, composed: &Composed, reply: &Reply, thread: Option<&str>) {
        let alone = composed.shown.len() == 1 && composed.digested.is_empty();
        let handle = self.handle(reply, thread).filter(|_| alone);
        for index in composed.shown.iter().chain(&composed.digested) {
            let mut delivered = self.delivered(reply);
            if let Some(handle) = &handle {
                delivered = delivered.with_handle(handle.handle());
            }
            batch.settle(*index, Ok(delivered));
        }
    }

    /// What the message is called, if it is ever to be edited.
    fn handle(&self, reply: &Reply, thread: Option<&str>) -> Option<Place> {
        if self.on_repeat == OnRepeat::Post {
            return None;
        }
        let id = |key: &str| {
            let id = reply.json[key].as_str()?;
            is_digits(id).then(|| id.to_owned())
        };
        let thread = match thread.or(self.thread.as_deref()) {
            Some(thread) => Some(thread.to_owned()),
            // The thread that it made is its channel.
            None if self.look.thread_name.is_some() => Some(id("channel_id")?),
            None => None,
        };
        let message = id("id")?;
        Some(Place { thread, message })
    }

    fn delivered(&self, reply: &Reply) -> Delivered {
        let delivered = Delivered::new().answered(reply.told());
        match self.pause() {
            Some(pause) => delivered.not_before(pause),
            None => delivered,
        }
    }

    fn failed(&self, judged: Judged, reply: &Reply) -> SinkError {
        let error = match judged {
            Judged::Wait(reach) => self.limited(reply, reach),
            Judged::Failed(error) => error,
            // Judged of an edit alone, or handled before.
            Judged::Taken | Judged::Anew | Judged::Refused(_) => {
                SinkError::transient("discord's answer could not be read")
            }
        };
        error.answered(reply.told())
    }

    fn limited(&self, reply: &Reply, reach: Reach) -> SinkError {
        let pause = self.pace.limited(self.clock.now(), reply, reach);
        let text = match reach {
            Reach::Webhook => "discord asks to slow down; goes on by itself",
            Reach::Everywhere => {
                "discord asks everything from this address to slow down; goes on by itself"
            }
            Reach::Ban => "discord blocks this address for a while; goes on by itself",
        };
        coded(SinkError::transient(text).retry_after(pause), word(reply))
    }

    /// Why a second request is left to the next call: the pace, or too little time, in which it would
    /// be sent but perhaps not answered.
    fn later(&self, batch: &Batch<'_>) -> Option<SinkError> {
        let pause = self
            .pause()
            .or((batch.remaining() < LEAST).then_some(Duration::ZERO));
        pause.map(waits)
    }

    fn pause(&self) -> Option<Duration> {
        Some(self.pace.pause(self.clock.now())).filter(|pause| !pause.is_zero())
    }
}

/// How a refused message is sent once more, if it is.
fn second(how: How, composed: &Composed, refusal: &Refusal) -> Option<How> {
    let known = refusal
        .embeds
        .keys()
        .all(|index| *index < composed.shown.len());
    let blames_shown = !refusal.embeds.is_empty() && known;
    match how {
        How::Whole if !composed.digested.is_empty() && !blames_shown => Some(How::Counts),
        How::Whole if refusal.too_long => Some(How::Half),
        _ => None,
    }
}

/// Settles a refused message: the alerts that are to blame are rejected, the others go back. If it is
/// not said which they are, they are asked for one by one.
fn refuse(
    batch: &Batch<'_>,
    composed: &Composed,
    refusal: &Refusal,
    reply: &Reply,
) -> Result<(), SinkError> {
    let error = |place| refusal.error(place).answered(reply.told());
    let blamed = |place: &usize| refusal.embeds.contains_key(place);
    if (0..composed.shown.len()).any(|place| blamed(&place)) {
        for (place, index) in composed.shown.iter().enumerate() {
            match blamed(&place) {
                true => batch.settle(*index, Err(error(Some(place)))),
                false => batch.leave(*index),
            }
        }
        composed
            .digested
            .iter()
            .for_each(|index| batch.leave(*index));
        return Ok(());
    }
    // Even the counts alone are refused: nothing that is left to try.
    for index in &composed.digested {
        batch.settle(*index, Err(error(None)));
    }
    match composed.shown.is_empty() {
        true => Ok(()),
        // Of several, the lane asks for each alone.
        false => Err(error(None)),
    }
}

/// What is told while another answer's pause lasts.
fn waits(pause: Duration) -> SinkError {
    SinkError::transient("waits until discord's rate limit lets the next message through")
        .retry_after(pause)
        .not_sent()
        .code("discord-pace")
}

fn written(payload: &Payload<'_>) -> Result<Vec<u8>, SinkError> {
    serde_json::to_vec(payload).map_err(|error| {
        let text = format!("the message cannot be written as JSON: {error}");
        SinkError::rejected(terminal(&text).into_owned())
    })
}

impl Sink for DiscordSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    /// Sends one message and puts back what it does not tell, so that each call sees all that waits.
    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let mut items = batch.iter();
        if self.on_repeat == OnRepeat::Edit
            && let (Some((alert, attempt)), None) = (items.next(), items.next())
            && let Some(place) = attempt
                .previous()
                .and_then(|handle| Place::read(handle.as_str()))
        {
            return self.edit(batch, (alert, attempt), &place);
        }
        self.post(batch, None)
    }
}

impl fmt::Debug for DiscordSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscordSink")
            .field("on_repeat", &self.on_repeat)
            .finish_non_exhaustive()
    }
}
