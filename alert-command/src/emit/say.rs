//! The alert that the arguments ask for.

use std::ffi::OsStr;
use std::io::Read;

use alert::{Alert, AlertBuilder, Status};

use super::{context, input};
use crate::arguments::Typed;
use crate::failure::Failure;

/// More bytes of JSON than these are not looked at.
const LONGEST_JSON: usize = 16 * 1024 * 1024;

/// The key of a `--context-json` that could not be read.
const AS_GIVEN: &str = "context_json";

/// Makes the alert, and says what went wrong on the way. Blocks on standard input where an
/// argument asks to read it.
pub(crate) fn alert(arguments: Typed, stdin: impl Read) -> (Alert, Vec<String>) {
    let mut troubles = Vec::new();
    let severity = text(&arguments.severity);
    let mut alert = Alert::lenient(&severity, text(&arguments.title));
    if arguments.resolve {
        alert = alert.status(Status::Resolved);
    }
    if let Some(source) = &arguments.source {
        alert = alert.source(text(source));
    }
    if let Some(key) = &arguments.dedup_key {
        alert = alert.dedup_key(text(key));
    }
    for (text, url) in arguments.link {
        alert = alert.link(text, url);
    }
    let mut stdin = Some(stdin);
    if let Some(message) = &arguments.message {
        let message = match stdin.take_if(|_| message == "-") {
            Some(stdin) => told(input::message(stdin), &mut troubles),
            None => text(message),
        };
        alert = alert.message(message);
    }
    if let Some(json) = &arguments.context_json {
        let json = match stdin.take_if(|_| json == "-") {
            Some(stdin) => told(input::bounded(stdin, LONGEST_JSON), &mut troubles),
            None => text(json),
        };
        alert = with_object(alert, json, &mut troubles);
    }
    for (key, value) in arguments.context {
        let value = context::value(&value);
        alert = alert.context_value(key, value);
    }
    (alert.build(), troubles)
}

/// # Errors
/// If two arguments want standard input.
pub(crate) fn once(arguments: &Typed) -> Result<(), Failure> {
    let wants = |argument: &Option<_>| argument.as_deref() == Some(OsStr::new("-"));
    if wants(&arguments.message) && wants(&arguments.context_json) {
        let text = "MESSAGE and --context-json cannot both read standard input";
        return Err(Failure::usage(text));
    }
    Ok(())
}

fn text(argument: &OsStr) -> String {
    argument.to_string_lossy().into_owned()
}

fn told(input: input::Input, troubles: &mut Vec<String>) -> String {
    if let Some(error) = input.error {
        let error = error.to_string().to_lowercase();
        troubles.push(format!("cannot read standard input: {error}"));
    }
    input.text
}

/// What is no object is kept as it was given: a slip in a script must not cost its alert.
fn with_object(alert: AlertBuilder, json: String, troubles: &mut Vec<String>) -> AlertBuilder {
    context::object(alert.clone(), &json).unwrap_or_else(|why| {
        troubles.push(format!(
            "the value of --context-json is no JSON object and is kept as text: {why}"
        ));
        alert.context_text(AS_GIVEN, json)
    })
}
