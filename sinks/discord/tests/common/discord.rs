//! A Discord that keeps messages, checks them against its documented limits and counts requests as it
//! does. It shares no code with the sink: what is wrong there is not wrong here too.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl Said {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn code(status: u16, code: i64) -> Self {
        Self::new(status, json!({ "code": code, "message": "Its own words" }))
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// A message in a channel or thread.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) body: Value,
    pub(crate) edits: usize,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Value,
    /// When, by the clock of who asks.
    pub(crate) at: Duration,
    pub(crate) status: u16,
}

pub(crate) const TOKEN: &str = "t0ken-of_the.webhook";

/// One channel with one webhook.
#[derive(Debug)]
pub(crate) struct Discord {
    pub(crate) webhook: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) asked: Vec<Asked>,
    /// Given before anything else, one to each request.
    pub(crate) scripted: VecDeque<Said>,
    /// Embeds whose title has this are malformed.
    pub(crate) poison: Option<&'static str>,
    /// Messages that have this anywhere are refused without a word about where.
    pub(crate) moderated: Option<&'static str>,
    pub(crate) deleted: bool,
    /// Threads that are closed, and open again when something is posted there.
    pub(crate) archived: Vec<String>,
    pub(crate) gone_threads: Vec<String>,
    pub(crate) forum: bool,
    /// Whether limits hold.
    pub(crate) limits: bool,
    window: (Duration, u64),
    hidden: VecDeque<Duration>,
    next: u64,
}

impl Discord {
    pub(crate) fn new(webhook: impl ToString) -> Self {
        Self {
            webhook: webhook.to_string(),
            messages: Vec::new(),
            asked: Vec::new(),
            scripted: VecDeque::new(),
            poison: None,
            moderated: None,
            deleted: false,
            archived: Vec::new(),
            gone_threads: Vec::new(),
            forum: false,
            limits: true,
            window: (Duration::ZERO, 0),
            hidden: VecDeque::new(),
            next: 1_000,
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("/api/webhooks/{}/{TOKEN}", self.webhook)
    }

    /// Answers one request.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &[u8], at: Duration) -> Said {
        let parsed: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let said = match self.scripted.pop_front() {
            Some(said) => said,
            None => self.answer(method, target, &parsed, at),
        };
        self.asked.push(Asked {
            method: method.to_owned(),
            target: target.to_owned(),
            body: parsed,
            at,
            status: said.status,
        });
        said
    }

    /// How many requests were answered so.
    pub(crate) fn answered(&self, status: u16) -> usize {
        self.asked
            .iter()
            .filter(|asked| asked.status == status)
            .count()
    }

    /// Every embed of every message, in order.
    pub(crate) fn embeds(&self) -> Vec<Value> {
        let embeds = self
            .messages
            .iter()
            .flat_map(|m| m.body["embeds"].as_array());
        embeds.flatten().cloned().collect()
    }

    /// How many alerts the messages show or count.
    pub(crate) fn told(&self) -> usize {
        self.embeds().iter().map(alerts_of).sum()
    }

    fn answer(&mut self, method: &str, target: &str, body: &Value, at: Duration) -> Said {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some(rest) = path.strip_prefix("/api/v10/webhooks/") else {
            return Said::new(404, json!({ "message": "404: Not Found", "code": 0 }));
        };
        let parts: Vec<&str> = rest.split('/').collect();
        if self.deleted || parts[0] != self.webhook {
            return Said::code(404, 10015);
        }
        if parts.get(1) != Some(&TOKEN) {
            return Said::code(401, 50027);
        }
        if let Some(said) = self.slow_down(at, method == "POST") {
            return said;
        }
        let thread = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("thread_id="))
            .map(str::to_owned);
        let said = match (method, &parts[2..]) {
            ("POST", []) => self.post(query, thread, body),
            ("PATCH", ["messages", id]) => self.edit(id, thread, body),
            _ => Said::new(
                405,
                json!({ "message": "405: Method Not Allowed", "code": 0 }),
            ),
        };
        let left = 5_u64.saturating_sub(self.window.1);
        let reset = self.window.0.saturating_sub(at).as_secs_f64();
        said.header("x-ratelimit-limit", 5)
            .header("x-ratelimit-remaining", left)
            .header("x-ratelimit-reset-after", format!("{reset:.3}"))
            .header("x-ratelimit-bucket", "b")
    }

    /// 5 in 2 s by the headers, 30 messages in 60 s without a word.
    fn slow_down(&mut self, at: Duration, posts: bool) -> Option<Said> {
        if !self.limits {
            return None;
        }
        let limited = |pause: Duration| {
            let seconds = pause.as_secs_f64();
            let body = json!({
                "message": "You are being rate limited.", "retry_after": seconds, "global": false,
            });
            Said::new(429, body)
                .header("retry-after", seconds.ceil())
                .header("x-ratelimit-scope", "user")
        };
        if at >= self.window.0 {
            self.window = (at + Duration::from_secs(2), 0);
        }
        if self.window.1 >= 5 {
            return Some(limited(self.window.0 - at));
        }
        let minute = Duration::from_secs(60);
        while self.hidden.front().is_some_and(|then| at - *then >= minute) {
            self.hidden.pop_front();
        }
        if posts && self.hidden.len() >= 30 {
            return Some(limited(self.hidden[0] + minute - at));
        }
        self.window.1 += 1;
        if posts {
            self.hidden.push_back(at);
        }
        None
    }

    fn refusal(&self, body: &Value) -> Option<Said> {
        if let Err(wrong) = check(body) {
            let errors = json!({ "embeds": { "0": { "_errors": [
                { "code": "CHECK", "message": wrong }
            ] } } });
            let body = json!({ "code": 50035, "message": "Invalid Form Body", "errors": errors });
            return Some(Said::new(400, body));
        }
        let all = body.to_string();
        if self.moderated.is_some_and(|word| all.contains(word)) {
            return Some(Said::code(400, 200_000));
        }
        let word = self.poison?;
        let embeds = body["embeds"].as_array()?;
        let mut errors = json!({});
        for (n, embed) in embeds.iter().enumerate() {
            if embed["title"].as_str()?.contains(word) {
                errors[n.to_string()] = json!({ "title": { "_errors": [
                    { "code": "BASE_TYPE_BAD", "message": "This embed is poison." }
                ] } });
            }
        }
        let any = errors.as_object().is_some_and(|errors| !errors.is_empty());
        any.then(|| {
            let errors = json!({ "embeds": errors });
            let body = json!({ "code": 50035, "message": "Invalid Form Body", "errors": errors });
            Said::new(400, body)
        })
    }

    fn post(&mut self, query: &str, thread: Option<String>, body: &Value) -> Said {
        if let Some(refusal) = self.refusal(body) {
            return refusal;
        }
        if !query.split('&').any(|pair| pair == "wait=true") {
            return Said::new(204, Value::Null);
        }
        let named = body["thread_name"].is_string();
        match (self.forum, &thread, named) {
            (_, Some(_), true) => return Said::code(400, 220_002),
            (true, None, false) => return Said::code(400, 220_001),
            (false, None, true) => return Said::code(400, 220_003),
            _ => {}
        }
        if thread
            .as_ref()
            .is_some_and(|thread| self.gone_threads.contains(thread))
        {
            return Said::code(404, 10003);
        }
        self.archived
            .retain(|archived| Some(archived) != thread.as_ref());
        self.next += 1;
        let id = self.next.to_string();
        let channel = match (thread, named) {
            (Some(thread), _) => thread,
            (None, true) => format!("9{id}"),
            (None, false) => "1".to_owned(),
        };
        self.messages.push(Message {
            id: id.clone(),
            channel: channel.clone(),
            body: body.clone(),
            edits: 0,
        });
        Said::new(
            200,
            json!({ "id": id, "channel_id": channel, "embeds": body["embeds"] }),
        )
    }

    fn edit(&mut self, id: &str, thread: Option<String>, body: &Value) -> Said {
        if let Some(refusal) = self.refusal(body) {
            return refusal;
        }
        let channel = thread.unwrap_or_else(|| "1".to_owned());
        if self.gone_threads.contains(&channel) {
            return Said::code(404, 10003);
        }
        if self.archived.contains(&channel) {
            return Said::code(400, 50083);
        }
        let mut messages = self.messages.iter_mut();
        let Some(message) = messages.find(|m| m.id == id && m.channel == channel) else {
            return Said::code(404, 10008);
        };
        for (key, value) in body.as_object().into_iter().flatten() {
            message.body[key] = value.clone();
        }
        message.edits += 1;
        Said::new(200, json!({ "id": id, "channel_id": channel }))
    }
}

/// How many alerts an embed tells of: one, or as many as its digest counts.
pub(crate) fn alerts_of(embed: &Value) -> usize {
    let title = embed["title"].as_str().unwrap_or_default();
    let text = embed["description"].as_str().unwrap_or_default();
    let count = title
        .split_once(" alert")
        .and_then(|(count, _)| count.parse().ok());
    match count {
        Some(count) if text.contains("\nfrom <t:") => count,
        _ => 1,
    }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.trim().chars().count())
}

/// Text that shows, of at most so many code points.
fn text(value: &Value, most: usize, what: &str) -> Result<(), String> {
    let Some(text) = value.as_str() else {
        return Err(format!("{what} is no text: {value}"));
    };
    let hidden =
        |c: char| c.is_whitespace() || c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c);
    if text.chars().all(hidden) {
        return Err(format!("{what} is blank: {text:?}"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(format!("{what} has a control character: {text:?}"));
    }
    match text.chars().count() {
        length if length > most => Err(format!("{what} has {length} of {most}")),
        _ => Ok(()),
    }
}

fn only(object: &Value, keys: &[&str], what: &str) -> Result<(), String> {
    let object = object
        .as_object()
        .ok_or_else(|| format!("{what} is no object"))?;
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has {key}")),
        None => Ok(()),
    }
}

/// Checks the body of a message as Discord documents it.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    only(
        body,
        &[
            "content",
            "username",
            "avatar_url",
            "embeds",
            "allowed_mentions",
            "flags",
            "thread_name",
            "applied_tags",
        ],
        "the message",
    )?;
    for (key, most) in [("content", 2_000), ("username", 80), ("thread_name", 100)] {
        if let Some(value) = body.get(key) {
            text(value, most, key)?;
        }
    }
    pings(body)?;
    let embeds = body["embeds"].as_array().ok_or("there are no embeds")?;
    if embeds.is_empty() || embeds.len() > 10 {
        return Err(format!("there are {} embeds", embeds.len()));
    }
    let mut sum = 0;
    for embed in embeds {
        only(
            embed,
            &[
                "title",
                "description",
                "color",
                "fields",
                "footer",
                "timestamp",
            ],
            "an embed",
        )?;
        text(&embed["title"], 256, "a title")?;
        if let Some(description) = embed.get("description") {
            text(description, 4_096, "a description")?;
        }
        let color = embed["color"].as_u64().ok_or("a color is no number")?;
        if color > 0xff_ffff {
            return Err(format!("the color {color}"));
        }
        let fields = embed.get("fields").map_or(Ok(&[][..]), |fields| {
            let fields = fields.as_array().map(Vec::as_slice);
            fields
                .filter(|fields| !fields.is_empty())
                .ok_or("fields are no list")
        })?;
        if fields.len() > 25 {
            return Err(format!("there are {} fields", fields.len()));
        }
        sum += length(&embed["title"]) + length(&embed["description"]);
        for field in fields {
            only(field, &["name", "value", "inline"], "a field")?;
            text(&field["name"], 256, "a name")?;
            text(&field["value"], 1_024, "a value")?;
            sum += length(&field["name"]) + length(&field["value"]);
        }
        if let Some(footer) = embed.get("footer") {
            only(footer, &["text"], "a footer")?;
            text(&footer["text"], 2_048, "a footer")?;
            sum += length(&footer["text"]);
        }
        let time = embed["timestamp"].as_str().unwrap_or_default();
        let shape: String = time
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        if shape != "0000-00-00T00:00:00.000Z" || time.starts_with("0000") {
            return Err(format!("the timestamp {time:?}"));
        }
    }
    match sum {
        0..=6_000 => Ok(()),
        _ => Err(format!("all embeds have {sum} of 6000")),
    }
}

/// Nobody may be notified but who is named both in a content of nothing else and in what is allowed.
fn pings(body: &Value) -> Result<(), String> {
    let allowed = &body["allowed_mentions"];
    only(allowed, &["parse", "roles", "users"], "allowed_mentions")?;
    let list = |key: &str| allowed[key].as_array().cloned().unwrap_or_default();
    if !list("parse").is_empty() {
        return Err(format!("everybody of {:?} may be notified", list("parse")));
    }
    let (roles, users) = (list("roles"), list("users"));
    if roles.len() > 100 || users.len() > 100 {
        return Err("too many may be notified".to_owned());
    }
    if allowed["parse"].is_null() && roles.is_empty() && users.is_empty() {
        return Err("whom a message may notify is left to Discord".to_owned());
    }
    let said = |sign: &'static str, ids: Vec<Value>| {
        ids.into_iter()
            .map(move |id| format!("<@{sign}{}>", id.as_str().unwrap_or_default()))
    };
    let expected: Vec<String> = said("&", roles).chain(said("", users)).collect();
    let content = body["content"].as_str().unwrap_or_default();
    match content == expected.join(" ") {
        true => Ok(()),
        false => Err(format!("the content {content:?} beside {allowed}")),
    }
}
