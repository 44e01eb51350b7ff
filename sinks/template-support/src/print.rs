//! How a value is printed where nothing is escaped.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, Output, State};

use crate::error::own;

/// Text as it is, nothing for none, lists and maps as JSON; truths in JSON's words too.
pub(crate) fn plain(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(()),
        ValueKind::String | ValueKind::Number => Ok(write!(out, "{value}")?),
        _ => {
            let json = serde_json::to_string(value);
            let json = json.map_err(|_| own("it cannot be printed"))?;
            state.consume_fuel(json.len() as u64 / 4)?;
            Ok(out.write_str(&json)?)
        }
    }
}
