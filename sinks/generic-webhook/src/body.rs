//! The body of one request.

use std::borrow::Cow;

use alert_core::{Alert, Attempt};
use alert_template_support::{Template, Values};

use crate::Format;
use crate::cloudevent::Origin;
use crate::format::instead;

/// The longest body that a template of the config may make (1 MiB).
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
    pub(crate) content_type: Cow<'a, str>,
    pub(crate) bytes: Vec<u8>,
}

impl Form {
    /// The body of these alerts. Where the template fails it is the built-in form, which says so:
    /// an alert in the wrong shape can be read, one that was not sent cannot.
    pub(crate) fn body<'a>(
        &self,
        items: &[(&Alert, &Attempt<'_>)],
        content_type: &'a str,
    ) -> Body<'a> {
        let filled = match self {
            Form::BuiltIn(format, origin) => {
                return Body {
                    content_type: content_type.into(),
                    bytes: format.body(items, origin),
                };
            }
            Form::Template(filled) => filled,
        };
        match filled.template.render(items, &filled.values, filled.most) {
            Ok(text) => Body {
                content_type: content_type.into(),
                bytes: text.into_bytes(),
            },
            Err(error) => {
                let note = format!("the template failed, this is the built-in form: {error}");
                Body {
                    content_type: Format::Json.content_type().into(),
                    bytes: instead(items, &note),
                }
            }
        }
    }
}
