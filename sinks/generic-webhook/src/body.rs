//! The body of one request.

use alert_core::{Alert, Attempt};
use alert_template_support::{Template, TemplateError, Values};

use crate::Format;
use crate::cloudevent::Origin;
use crate::payload::Payload;

/// The longest body of several alerts, and of a template of the config (1 MiB): what is in memory
/// at once stays bounded.
pub(crate) const MOST: usize = 1024 * 1024;

/// How alerts become a body.
#[derive(Debug)]
pub(crate) enum Form {
    BuiltIn(Format, Origin),
    Template(Box<Filled>),
}

/// A template and what it is filled with.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) template: Template,
    pub(crate) values: Values,
    /// The longest body in bytes.
    pub(crate) most: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Body<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) bytes: Vec<u8>,
}

impl Form {
    /// The body of these alerts. Where the template fails it is the built-in form, which says so:
    /// an alert in the wrong shape can be read, one that was not sent cannot.
    ///
    /// # Errors
    /// Why several alerts do not go together; alone, each of them does.
    pub(crate) fn body<'a>(
        &self,
        items: &[(&Alert, &Attempt<'_>)],
        content_type: &'a str,
    ) -> Result<Body<'a>, String> {
        let (bytes, content_type) = match self {
            Form::BuiltIn(format, origin) => {
                let bytes = format.body(items, origin, MOST);
                let bytes = bytes.ok_or("too large for one request together")?;
                (bytes, content_type)
            }
            Form::Template(filled) => {
                match filled.template.render(items, &filled.values, filled.most) {
                    Ok(text) => (text.into_bytes(), content_type),
                    // Perhaps it fails for one of them, or has no room for all.
                    Err(error) if items.len() > 1 => {
                        return Err(format!("the template failed for several together: {error}"));
                    }
                    Err(error) => (instead(items, &error), Format::Json.content_type()),
                }
            }
        };
        Ok(Body {
            content_type,
            bytes,
        })
    }
}

/// The built-in JSON of one alert in place of another body, with the reason in it.
fn instead(items: &[(&Alert, &Attempt<'_>)], error: &TemplateError) -> Vec<u8> {
    let note = format!("the template failed, this is the built-in form: {error}");
    let mut out = Vec::new();
    for (alert, attempt) in items {
        Payload::of(alert, attempt, Some(&note)).write(&mut out);
    }
    out
}
