//! `alert state`: values that scripts keep in the state database and dashboards read.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use alert::JsonValue;
use alert::config::Environment;
use alert::sinks::sqlite_state::{HistoryQuery, StateReader, StateStore, StateValue};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::database::Database;
use crate::emit::{context, input};
use crate::failure::Failure;
use crate::options::{Form, Quiet};
use crate::screen::Screen;

#[derive(Debug, Args)]
pub(crate) struct State {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a value
    Get(Get),
    /// Set a value
    Set(Set),
    /// List values
    List(List),
    /// Remove a value
    Remove(Remove),
}

#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 if there is no such value.")]
struct Get {
    /// Its namespace and its name there
    #[arg(value_name = "NAMESPACE/KEY")]
    name: OsString,
    /// Prints a text as it is, not as JSON
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "The namespace `alert` is the sink's own and cannot be set; `alert status` shows the namespace `status`. \
                  Write `--` before a value that may begin with a hyphen."
)]
struct Set {
    /// Its namespace and its name there, of 1 to 256 bytes each
    #[arg(value_name = "NAMESPACE/KEY")]
    name: OsString,
    /// The value, at most 1 MiB: JSON keeps its type, any other is text; `-` reads it from standard input
    value: OsString,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    quiet: Quiet,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 if there is no such value.")]
struct Remove {
    /// Its namespace and its name there
    #[arg(value_name = "NAMESPACE/KEY")]
    name: OsString,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    quiet: Quiet,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
#[command(after_help = "Of a long value the beginning is shown; --json has all of it.")]
struct List {
    /// The namespace; without one, all of them
    namespace: Option<OsString>,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &State, screen: &Screen) -> ExitCode {
    let (done, json, screen) = match &arguments.command {
        Command::Get(get) => (get.run(screen), get.form.json, *screen),
        Command::List(list) => (list.run(screen), list.form.json, *screen),
        Command::Set(set) => {
            let screen = screen.quiet(set.quiet.quiet);
            (set.run(&screen), set.form.json, screen)
        }
        Command::Remove(remove) => {
            let screen = screen.quiet(remove.quiet.quiet);
            (remove.run(&screen), remove.form.json, screen)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(json, &screen),
    }
}

impl Get {
    fn run(&self, screen: &Screen) -> Result<(), Failure> {
        let (namespace, key) = name(&self.name)?;
        let value = reader(&self.database)?.value(&namespace, &key);
        let Some(value) = value.map_err(|e| Failure::state(&e))? else {
            return Err(absent(&namespace, &key));
        };
        if self.form.json {
            screen.json(&value);
        } else {
            match &value.value {
                JsonValue::String(text) if self.raw => screen.out(&raw(text, screen)),
                json => screen.out(&format!("{}\n", alert::json_line(&json.to_string()))),
            }
        }
        Ok(())
    }
}

impl Set {
    fn run(&self, screen: &Screen) -> Result<(), Failure> {
        let (namespace, key) = settable(&self.name)?;
        let value = self.value()?;
        let path = self.database.path(&Environment::real())?;
        let store = StateStore::open(path).map_err(|e| Failure::state(&e))?;
        let before = store.set(&namespace, &key, &value);
        let before = before.map_err(|e| Failure::state(&e))?;
        if self.form.json {
            screen.json(&Change {
                namespace: &namespace,
                key: &key,
                value: &value,
                before: before.as_ref().map(|before| &before.value),
            });
        } else {
            let before = before.map(|before| format!(", before: {}", short(&before.value)));
            let line = format!("{namespace}/{key} = {}", short(&value));
            let line = line + &before.unwrap_or_default();
            screen.tell(&format!("{}\n", alert::terminal(&line)));
        }
        Ok(())
    }

    fn value(&self) -> Result<JsonValue, Failure> {
        if self.value != "-" {
            return Ok(typed(&self.value.to_string_lossy()));
        }
        // One more tells that it is too long.
        let read = input::bounded(std::io::stdin(), StateStore::MAX_VALUE + 1);
        if let Some(error) = read.error {
            let error = error.to_string().to_lowercase();
            return Err(Failure::io(format!("cannot read standard input: {error}")));
        }
        if read.text.len() > StateStore::MAX_VALUE {
            return Err(Failure::usage("a value has at most 1 MiB"));
        }
        Ok(typed(&input::without_line_break(read.text)))
    }
}

impl Remove {
    fn run(&self, screen: &Screen) -> Result<(), Failure> {
        let (namespace, key) = settable(&self.name)?;
        let path = self.database.path(&Environment::real())?;
        // Where there is no database none is made to find nothing in it.
        StateReader::open(&path).map_err(|e| Failure::state(&e))?;
        let store = StateStore::open(&path).map_err(|e| Failure::state(&e))?;
        let removed = store.remove(&namespace, &key);
        let Some(removed) = removed.map_err(|e| Failure::state(&e))? else {
            return Err(absent(&namespace, &key));
        };
        if self.form.json {
            screen.json(&removed);
        } else {
            let line = format!("removed {namespace}/{key}: {}", short(&removed.value));
            screen.tell(&format!("{}\n", alert::terminal(&line)));
        }
        Ok(())
    }
}

fn absent(namespace: &str, key: &str) -> Failure {
    Failure::absent(format!("there is no `{namespace}/{key}`"))
}

impl List {
    fn run(&self, screen: &Screen) -> Result<(), Failure> {
        let namespace = self.namespace.as_deref().map(OsStr::to_string_lossy);
        let values = reader(&self.database)?.values(namespace.as_deref());
        let values = values.map_err(|e| Failure::state(&e))?;
        if self.form.json {
            screen.json(&Listed { values: &values });
            return Ok(());
        }
        let line = |value: &StateValue| {
            let StateValue { namespace, key, .. } = value;
            let text = format!("{namespace}/{key} = {}", short(&value.value));
            format!("{}  {}\n", alert::terminal(&text), value.updated_at)
        };
        screen.out(&values.iter().map(line).collect::<String>());
        if values.len() >= HistoryQuery::MOST {
            screen.warning("there are more values, name a namespace");
        }
        Ok(())
    }
}

fn reader(database: &Database) -> Result<StateReader, Failure> {
    let path = database.path(&Environment::real())?;
    StateReader::open(path).map_err(|e| Failure::state(&e))
}

/// The namespace and the key, around the first slash.
fn name(given: &OsStr) -> Result<(String, String), Failure> {
    let given = given.to_string_lossy();
    match given.split_once('/') {
        Some((namespace, key)) => Ok((namespace.to_owned(), key.to_owned())),
        None => Err(Failure::usage(format!(
            "`{given}` is no NAMESPACE/KEY, a slash is missing"
        ))),
    }
}

fn settable(given: &OsStr) -> Result<(String, String), Failure> {
    let (namespace, key) = name(given)?;
    if namespace == "alert" {
        let text = "the namespace `alert` is the sink's own, take another";
        return Err(Failure::usage(text));
    }
    let fits = |name: &str| (1..=StateStore::MAX_NAME).contains(&name.len());
    if fits(&namespace) && fits(&key) {
        Ok((namespace, key))
    } else {
        Err(Failure::usage("a namespace and a key have 1 to 256 bytes"))
    }
}

/// A value that is JSON keeps its type; any other is text, also an integer that would lose digits.
fn typed(text: &str) -> JsonValue {
    match serde_json::from_str(text) {
        Ok(JsonValue::Number(number)) if number.is_f64() && context::is_integer(text) => {
            text.trim().into()
        }
        Ok(value) => value,
        Err(_) => text.into(),
    }
}

/// As it was set for whoever pipes it on; a terminal gets nothing that would make it act.
fn raw(text: &str, screen: &Screen) -> String {
    if screen.is_terminal() {
        let lines = text.split('\n').map(|line| alert::terminal(line) + "\n");
        lines.collect()
    } else {
        format!("{text}\n")
    }
}

/// How many characters of a value are shown in a line.
const SHOWN: usize = 200;

fn short(value: &JsonValue) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

/// What `set --json` writes.
#[derive(Serialize)]
struct Change<'a> {
    namespace: &'a str,
    key: &'a str,
    value: &'a JsonValue,
    before: Option<&'a JsonValue>,
}

/// What `list --json` writes.
#[derive(Serialize)]
struct Listed<'a> {
    values: &'a [StateValue],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_json_keeps_its_type_and_no_digit_is_lost() {
        for json in [
            "5",
            "-0.5",
            "true",
            "null",
            "[1,{\"a\":2}]",
            "18446744073709551615",
        ] {
            assert_eq!(typed(json).to_string(), json);
        }
        let digits = "123456789012345678901234567890";
        for text in ["five", "", "007", "{", digits] {
            assert_eq!(typed(text), JsonValue::from(text));
        }
        assert_eq!(typed("\"5\""), JsonValue::from("5"));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(typed(&deep), JsonValue::from(deep.as_str()));
    }

    #[test]
    fn a_key_may_have_slashes_and_a_namespace_may_not() {
        let pair = |given: &str| name(OsStr::new(given)).ok();
        assert_eq!(pair("a/b/c"), Some(("a".into(), "b/c".into())));
        assert_eq!(pair("a"), None);
        for refused in ["alert/x", "/x", "x/", &format!("x/{}", "k".repeat(257))] {
            assert!(settable(OsStr::new(refused)).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_long_value_is_shown_short() {
        let shown = short(&"é".repeat(1_000).into());
        assert!(shown.ends_with("é… (2002 bytes)"), "{shown}");
    }
}
