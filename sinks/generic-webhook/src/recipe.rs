//! What a config means: everything checked, ready to send.

use alert_core::{Alert, Attempt, Findings, Limits, Preview, Secret};
use alert_http_support::Endpoint;
use alert_template_support::{Escape, Template, TemplateError, Values};

use crate::body::{Filled, Form, MOST};
use crate::cloudevent::{self, Origin};
use crate::config::MOST_TOGETHER;
use crate::idempotency::Idempotency;
use crate::preset::Preset;
use crate::signature::{SIGNATURE_HEADERS, SigningKey};
use crate::{Format, Method, StatusRange, WebhookConfig, combinations, header, headers, service};

/// How many secrets may sign.
const KEYS: usize = 2;

#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) endpoint: Endpoint,
    pub(crate) method: Method,
    /// Those of the config, and `Authorization`.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) form: Form,
    pub(crate) content_type: String,
    pub(crate) gzip: bool,
    pub(crate) idempotency: Idempotency,
    /// `None`: as the statuses are commonly read.
    pub(crate) success: Option<Vec<StatusRange>>,
    /// The service whose answers are read as its own.
    pub(crate) preset: Option<&'static Preset>,
    /// What an answer may repeat and nobody should read.
    pub(crate) hidden: Vec<Secret>,
    pub(crate) carries_credentials: bool,
}

/// Reads a config, and notes every mistake in it. `None` where there is nothing to send to.
pub(crate) fn of(config: &WebhookConfig, found: &mut Findings) -> Option<Recipe> {
    let preset = service::chosen(config, found);
    if let Some(preset) = preset {
        service::check(config, preset, found);
    }
    let (url, from_url) = address(config, preset, found);
    let endpoint = Endpoint::parse(&url)
        .map_err(|text| found.error("url", text))
        .ok();
    let headers = headers::headers(config, found);
    let keys = keys(config, found);
    let idempotency = idempotency(config, found);
    let content_type = content_type(config, preset, found);
    let values = values(config, from_url.clone());
    let form = form(config, preset, values, &content_type, found);
    combinations::check(config, preset, found);
    let success = config.success.clone();
    if success.as_ref().is_some_and(Vec::is_empty) {
        found.error(
            "success",
            "no status is named, so nothing would ever be delivered",
        );
    }
    let mut hidden: Vec<Secret> = headers.iter().map(|(_, value)| value.clone()).collect();
    hidden.push(config.url.clone());
    hidden.extend(from_url.map(|(_, value)| value));
    hidden.extend(config.params.values().cloned());
    hidden.extend(config.signing_secrets.iter().cloned());
    let basic = config.basic.iter();
    hidden.extend(basic.flat_map(|basic| [basic.user.clone(), basic.password.clone()]));
    Some(Recipe {
        endpoint: endpoint?,
        method: config.method,
        carries_credentials: !headers.is_empty() || !config.params.is_empty(),
        headers,
        keys,
        form: form?,
        content_type,
        gzip: config.gzip,
        idempotency,
        success,
        preset,
        hidden,
    })
}

/// The first mistake, for a sink that cannot be opened.
pub(crate) fn first_error(found: Findings) -> String {
    let (problems, _) = found.into_parts();
    let first = problems.iter().find(|problem| problem.is_error());
    first.map_or_else(
        || "its configuration cannot be used".to_owned(),
        ToString::to_string,
    )
}

pub(crate) fn limits(config: &WebhookConfig) -> Limits {
    if let Some(preset) = service::chosen(config, &mut Findings::new()) {
        let batch = config.together(preset.batch);
        return preset.limits().batch(batch);
    }
    let several = match (&config.template, config.format) {
        (Some(_), _) => config.batch.is_some(),
        (None, format) => format.unwrap_or_default().holds_several(),
    };
    let room = if several { MOST_TOGETHER } else { 1 };
    Limits::none().batch(config.together(room))
}

impl Recipe {
    /// Notes what a template cannot make a body of. A preset's fails only for want of what is
    /// missed already.
    pub(crate) fn try_samples(&self, found: &mut Findings) {
        if let Form::Template(filled) = &self.form
            && !(self.preset.is_some() && found.has_errors())
            && let Err(error) = filled.template.try_samples(&filled.values)
        {
            note(self.preset, &error, found);
        }
    }

    /// How this alert would go out, without the URL and the values of headers.
    pub(crate) fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview> {
        let body = self
            .form
            .body(&[(alert, attempt)], &self.content_type)
            .ok()?;
        let mut names: Vec<&str> = self.headers.iter().map(|(name, _)| &**name).collect();
        names.extend(self.idempotency.name());
        if self.gzip {
            names.push("Content-Encoding");
        }
        if !self.keys.is_empty() {
            names.extend(SIGNATURE_HEADERS);
        }
        let method = self.method.as_str();
        let mut headline = format!("{method} {}", body.content_type);
        if !names.is_empty() {
            headline.push_str(", with ");
            headline.push_str(&names.join(", "));
        }
        Some(Preview::new(headline, String::from_utf8_lossy(&body.bytes)))
    }
}

fn keys(config: &WebhookConfig, found: &mut Findings) -> Vec<SigningKey> {
    if config.signing_secrets.len() > KEYS {
        found.error(
            "signing_secrets",
            "at most two secrets sign: the new one and the old one",
        );
    }
    let mut keys = Vec::new();
    for (place, secret) in config.signing_secrets.iter().take(KEYS).enumerate() {
        match SigningKey::read(secret) {
            Ok(key) => keys.push(key),
            Err(fault) => found.error("signing_secrets", format!("secret {} {fault}", place + 1)),
        }
    }
    keys
}

fn idempotency(config: &WebhookConfig, found: &mut Findings) -> Idempotency {
    match Idempotency::read(&config.idempotency_header) {
        Ok(Idempotency::Named(name)) if reserved(&name) => {
            found.error(
                "idempotency_header",
                "another part of the message sets this header",
            );
            Idempotency::None
        }
        Ok(idempotency) => idempotency,
        Err(fault) => {
            found.error("idempotency_header", fault);
            Idempotency::None
        }
    }
}

fn reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "authorization" || SIGNATURE_HEADERS.contains(&&*name)
}

/// Where requests go, and what of the URL goes into them instead.
fn address(
    config: &WebhookConfig,
    preset: Option<&Preset>,
    found: &mut Findings,
) -> (Secret, Option<(String, Secret)>) {
    let whole = || (config.url.clone(), None);
    // What is wrong with the URL itself is told once.
    let sound = preset.filter(|_| Endpoint::parse(&config.url).is_ok());
    sound.map_or_else(whole, |preset| {
        preset
            .address(&config.url, &config.params)
            .unwrap_or_else(|text| {
                found.error("url", text);
                whole()
            })
    })
}

fn content_type(config: &WebhookConfig, preset: Option<&Preset>, found: &mut Findings) -> String {
    let format = config.format.unwrap_or_default();
    let Some(given) = &config.content_type else {
        return match (preset, &config.template) {
            (Some(preset), _) => &preset.content_type,
            (None, Some(_)) => Format::Json.content_type(),
            (None, None) => format.content_type(),
        }
        .to_owned();
    };
    if let Some(fault) = header::media_type_fault(given) {
        found.error("content_type", fault);
    }
    if format.is_cloudevents() {
        found.error(
            "content_type",
            "a receiver knows an event of CloudEvents by its own type",
        );
    }
    given.clone()
}

fn form(
    config: &WebhookConfig,
    preset: Option<&Preset>,
    values: Values,
    content_type: &str,
    found: &mut Findings,
) -> Option<Form> {
    let (source, most) = match (preset, &config.template) {
        (Some(preset), _) => (&preset.template, preset.limits.bytes),
        (None, Some(source)) => (source, MOST),
        (None, None) => {
            let format = config.format.unwrap_or_default();
            return Some(Form::BuiltIn(format, origin(config, found)));
        }
    };
    let escape = if header::is_json(content_type) {
        Escape::Json
    } else {
        Escape::None
    };
    let template = Template::new(source, escape)
        .map_err(|error| note(preset, &error, found))
        .ok()?;
    Some(Form::Template(Box::new(Filled {
        template,
        values,
        most,
    })))
}

/// Notes what is wrong with a template, at its line where the config has it.
fn note(preset: Option<&Preset>, error: &TemplateError, found: &mut Findings) {
    match preset {
        Some(_) => found.error("preset", error.to_string()),
        None => found.error_in_line("template", error.line(), error.to_string()),
    }
}

fn values(config: &WebhookConfig, from_url: Option<(String, Secret)>) -> Values {
    let params = config.params.clone();
    params.into_iter().chain(from_url).collect()
}

fn origin(config: &WebhookConfig, found: &mut Findings) -> Origin {
    let source = config.event_source.clone();
    if let Some(text) = &source
        && !cloudevent::is_uri_reference(text)
    {
        found.error(
            "event_source",
            "this is no URI: it is empty or holds a character that none may hold",
        );
    }
    let kind = config.event_type.clone().unwrap_or("alert".to_owned());
    if !cloudevent::is_kind(&kind) {
        found.error(
            "event_type",
            "this is no type: give words of letters, digits, `-` and `_` with dots between them",
        );
    }
    Origin { source, kind }
}
