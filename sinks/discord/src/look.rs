//! What one alert looks like.

use std::fmt::Write;

use alert_core::{Alert, Attempt, ConfigDuration, Fallback, Firing, Status, Value};
use alert_template_support::{Template, TemplateError, Values};
use url::Url;

use crate::digest::{self, Beside, Titles};
use crate::embed::{Embed, Parts, Words, color, remark};
use crate::limits::{DESCRIPTION, Room, THREAD_NAME, TITLE};
use crate::text::{Shape, is_blank};

const BETWEEN: &str = " · ";
const FAILED: &str = "could not be rendered by its template, shown without it";

/// The templates of a sink, if it has any.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) title: Option<Template>,
    pub(crate) body: Option<Template>,
    pub(crate) thread_name: Option<Template>,
}

impl Look {
    /// The embed of one alert.
    pub(crate) fn embed(&self, alert: &Alert, attempt: &Attempt<'_>, room: Room) -> Embed {
        match attempt.digest() {
            Some(gathered) => {
                let beside = Beside {
                    remarks: remarks(alert, attempt),
                    footer: footer(alert),
                };
                digest::embed(gathered, beside, Titles::Shown, room)
            }
            None => self.parts(alert, attempt).fit(room),
        }
    }

    fn parts(&self, alert: &Alert, attempt: &Attempt<'_>) -> Parts {
        let mut remarks = remarks(alert, attempt);
        let literal = self.title.is_some() || self.body.is_some();
        let literal = literal.then(|| escaped(alert));
        let firing = attempt.firing().map(escaped_firing);
        let instead = attempt.instead_of().map(escaped_fallback);
        let mut attempt = attempt.clone();
        if let Some(firing) = &firing {
            attempt = attempt.with_firing(firing);
        }
        if let Some(instead) = &instead {
            attempt = attempt.with_instead_of(instead);
        }
        let mut words = |template: &Option<Template>, most: usize| {
            let (template, literal) = (template.as_ref()?, literal.as_ref()?);
            match render(template, literal, &attempt, most) {
                Ok(text) if !is_blank(&text) => Some(Words::Template(text)),
                Ok(_) => None,
                Err(error) => {
                    remarks.push(remark(&format!("{FAILED}: {error}")));
                    None
                }
            }
        };
        let title = words(&self.title, TITLE * 16);
        let body = words(&self.body, DESCRIPTION * 16);
        Parts {
            title: title.unwrap_or_else(|| Words::Alert(title_of(alert))),
            body: body.unwrap_or_else(|| Words::Alert(Shape::Block.clean(alert.message()))),
            links: alert
                .links()
                .iter()
                .map(|link| linked(link.text(), link.url()))
                .collect(),
            remarks,
            entries: alert
                .context()
                .iter()
                .map(|(key, value)| {
                    let value = Shape::Block.clean(&value.to_string());
                    (Shape::Line.clean(key), value)
                })
                .collect(),
            footer: footer(alert),
            color: color(alert.severity(), alert.status()),
            timestamp: alert.time().to_string(),
        }
    }

    /// What a new thread in a forum is called.
    pub(crate) fn thread_name(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<String> {
        let template = self.thread_name.as_ref()?;
        let name = render(template, alert, attempt, THREAD_NAME * 16)
            .map(|name| Shape::Plain.clean(&name))
            .ok()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| title_of(alert));
        let name = if name.is_empty() { "alert" } else { &name };
        Some(Shape::Plain.fitted(name, THREAD_NAME))
    }
}

fn render(
    template: &Template,
    alert: &Alert,
    attempt: &Attempt<'_>,
    most_bytes: usize,
) -> Result<String, TemplateError> {
    template.render(&[(alert, attempt)], &Values::default(), most_bytes)
}

fn title_of(alert: &Alert) -> String {
    let title = Shape::Line.clean(alert.title());
    match alert.status() {
        Status::Resolved if title.is_empty() => "Resolved".to_owned(),
        Status::Resolved => format!("Resolved: {title}"),
        _ => title,
    }
}

fn footer(alert: &Alert) -> String {
    let mut footer = String::new();
    let parts = [alert.source(), alert.dedup_key().unwrap_or_default()];
    for part in parts.map(|part| Shape::Plain.clean(part)) {
        if !part.is_empty() {
            footer.push_str(&part);
            footer.push_str(BETWEEN);
        }
    }
    // Writing to a string cannot fail.
    let _ = write!(footer, "{}", alert.id());
    footer
}

/// What the lane tells, the lateness with the time at which it happened.
fn remarks(alert: &Alert, attempt: &Attempt<'_>) -> Vec<String> {
    let late = attempt.lateness().map(|late| {
        let whole = ConfigDuration::from(std::time::Duration::from_secs(late.as_secs()));
        let seconds = alert.time().as_micros() / 1_000_000;
        // Each reader sees the time in a zone and language of their own.
        format!("happened {whole} ago, at <t:{seconds}:F>")
    });
    let others = attempt.remarks().skip(usize::from(late.is_some()));
    let others = others.map(|text| remark(&text)).collect::<Vec<_>>();
    late.into_iter().chain(others).collect()
}

/// A link as a line; where it leads nowhere that Discord follows, as text.
fn linked(text: &str, url: &str) -> (String, String) {
    let text = Shape::Line.clean(text);
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => (text, String::from(url)),
        _ => (text, remark(url)),
    }
}

/// The alert with Markdown in its texts escaped, for a template whose author writes Markdown.
/// Keys stay as they are, for they are how the template finds the values.
fn escaped(alert: &Alert) -> Alert {
    let block = |text: &str| Shape::Block.escaped(&Shape::Block.clean(text));
    let mut literal = Alert::builder(
        alert.severity(),
        Shape::Line.escaped(&Shape::Line.clean(alert.title())),
    )
    .message(block(alert.message()))
    .source(block(alert.source()))
    .status(alert.status())
    .time(alert.time())
    .id(alert.id());
    if let Some(key) = alert.dedup_key() {
        literal = literal.dedup_key(block(key));
    }
    for link in alert.links() {
        let (text, url) = linked(link.text(), link.url());
        literal = literal.link(Shape::Line.escaped(&text), url);
    }
    for (key, value) in alert.context().iter() {
        literal = literal.context_value(key.to_owned(), escaped_value(value));
    }
    literal.build()
}

fn escaped_firing(firing: &Firing) -> Firing {
    let line = |text: &str| Shape::Line.escaped(&Shape::Line.clean(text));
    Firing::new(
        &line(firing.title()),
        firing.severity(),
        firing.at(),
        line(firing.why()),
    )
}

fn escaped_fallback(fallback: &Fallback) -> Fallback {
    let line = |text: &str| Shape::Line.escaped(&Shape::Line.clean(text));
    Fallback::new(line(fallback.sink()), line(fallback.why()))
}

fn escaped_value(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(Shape::Block.escaped(&Shape::Block.clean(text)).into()),
        Value::List(items) => Value::List(items.iter().map(escaped_value).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), escaped_value(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
