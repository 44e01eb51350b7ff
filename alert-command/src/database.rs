//! Which state database a command is about.

use std::ffi::OsString;
use std::path::PathBuf;

use alert::config::{Config, Environment, data_folder};
use alert::{Problem, Problems, Registry, SinkConfig as _, SinkEntry};
use clap::Args;

use crate::failure::Failure;
use crate::opened::{find, guarded};
use crate::options;

/// The kind of the sinks that write state databases.
const KIND: &str = alert::sinks::sqlite_state::StateConfig::KIND;

/// The database's name where no config names one.
const FILE: &str = "state.db";

// No doc comment: it would be the help of whatever has it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Database {
    #[command(flatten)]
    pub(crate) config: options::Config,
    /// Which `sqlite-state` sink's database it is, where the config has several
    #[arg(long = "state", value_name = "SINK")]
    pub(crate) sink: Option<OsString>,
}

impl Database {
    /// Where it is: what the one `sqlite-state` sink of the config writes to, or the one that is
    /// named; where the config has none, `state.db` in the data folder. It need not be there yet.
    /// What else is wrong with the config is no matter here.
    ///
    /// # Errors
    /// Wrong usage if it must be said which, or what is named is none; else if the config or the
    /// sink's table cannot be read, or there is no data folder.
    pub(crate) fn path(&self, environment: &Environment) -> Result<PathBuf, Failure> {
        let named = self.sink.as_ref().map(|name| name.to_string_lossy());
        let path = self.config.path.as_deref();
        let config = find(path, environment).map_err(|problems| unreadable(&problems))?;
        let entries = guarded(|| Ok(entries(&config))).map_err(|problems| unreadable(&problems))?;
        let path = guarded(|| Ok(chosen(&entries, named.as_deref(), &config, environment)));
        path.unwrap_or_else(|problems| Err(unreadable(&problems)))
    }
}

fn entries(config: &Config) -> Vec<SinkEntry> {
    let (builder, _) = config.pipeline(&Registry::linked());
    builder.entries().to_vec()
}

fn chosen(
    entries: &[SinkEntry],
    named: Option<&str>,
    config: &Config,
    environment: &Environment,
) -> Result<PathBuf, Failure> {
    let ours: Vec<&SinkEntry> = entries
        .iter()
        .filter(|entry| entry.plan().kind() == KIND)
        .collect();
    if let Some(name) = named {
        return match entries.iter().find(|entry| entry.name() == name) {
            Some(entry) if entry.plan().kind() == KIND || may_be_meant(entry) => written_to(entry),
            Some(_) => Err(none_called(name, &ours)),
            None if config.sinks().any(|sink| sink == name) => {
                let text = format!("sink `{name}` is switched off");
                Err(Failure::usage(text))
            }
            None => Err(none_called(name, &ours)),
        };
    }
    match ours.as_slice() {
        [entry] => written_to(entry),
        [] => match entries.iter().find(|entry| may_be_meant(entry)) {
            // Another database in place of the one that is meant would be worse than none.
            Some(entry) => written_to(entry),
            None => default(environment),
        },
        several => Err(Failure::usage(format!(
            "the config has several state databases, say which with --state: {}",
            names(several)
        ))),
    }
}

/// A table that is broken in such a way that it may well be one of ours.
fn may_be_meant(entry: &SinkEntry) -> bool {
    let kind = entry.plan().kind();
    let near = || Problem::error("").did_you_mean(kind, [KIND]);
    kind.is_empty() || (Registry::linked().get(kind).is_err() && !near().helps().is_empty())
}

/// The file that a sink writes to.
fn written_to(entry: &SinkEntry) -> Result<PathBuf, Failure> {
    let name = entry.name();
    if let Err(why) = entry.plan().limits() {
        let text = format!("the database of sink `{name}` is not known: {why}");
        return Err(Failure::io(text));
    }
    let (_, claims) = entry.plan().check();
    let file = claims.iter().find(|claim| claim.what() == "file");
    match file.map(|claim| claim.id()) {
        Some(path) if !path.contains(char::REPLACEMENT_CHARACTER) => Ok(PathBuf::from(path)),
        Some(path) => {
            let text =
                format!("the database of sink `{name}` has a path that is not UTF-8: {path}");
            Err(Failure::io(text))
        }
        None => {
            let text = format!("sink `{name}` does not tell which file it writes to");
            Err(Failure::io(text))
        }
    }
}

fn default(environment: &Environment) -> Result<PathBuf, Failure> {
    let folder = data_folder(environment).map_err(|problem| told(&problem))?;
    let path = alert::resolve_path(&folder.join(FILE));
    path.map_err(|why| Failure::io(format!("there is no place for data: {why}")))
}

fn none_called(name: &str, there: &[&SinkEntry]) -> Failure {
    let there = match there {
        [] => "there is none".to_owned(),
        there => format!("there are {}", names(there)),
    };
    Failure::usage(format!("no `{KIND}` sink is called `{name}`, {there}"))
}

fn names(entries: &[&SinkEntry]) -> String {
    let names = entries.iter().map(|entry| format!("`{}`", entry.name()));
    names.collect::<Vec<_>>().join(", ")
}

fn unreadable(problems: &Problems) -> Failure {
    match problems.iter().find(|problem| problem.is_error()) {
        Some(problem) => told(problem),
        None => Failure::io("the config cannot be read"),
    }
}

fn told(problem: &Problem) -> Failure {
    match problem.helps().first() {
        Some(help) => Failure::io(format!("{}: {help}", problem.text())),
        None => Failure::io(problem.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The database that a config leads to, in a home of its own.
    fn found(config: &str, named: Option<&str>) -> Result<PathBuf, String> {
        let home = tempfile::tempdir().expect("the tests have a folder for temporary files");
        let path = home.path().join("alert.toml");
        std::fs::write(&path, config).expect("it can be written to");
        let environment = Environment::empty().with("ALERT_DATA_DIR", "/data");
        let database = Database {
            config: options::Config { path: Some(path) },
            sink: named.map(OsString::from),
        };
        let path = database.path(&environment);
        path.map_err(|failure| serde_json::to_value(failure).unwrap()["text"].to_string())
    }

    fn sink(name: &str, rest: &str) -> String {
        format!("[sinks.{name}]\ntype = \"sqlite-state\"\n{rest}\n")
    }

    #[test]
    fn the_one_state_sink_of_a_config_says_where_whatever_else_is_wrong() {
        let one = sink("book", "path = \"/no/such/a.db\"");
        let broken = "[sinks.bad]\ntype = \"fil\"\n[sinks.worse]\ntype = = 5\n[alrt]\n";
        for config in [one.clone(), one + broken] {
            assert_eq!(found(&config, None), Ok("/no/such/a.db".into()));
            assert_eq!(found(&config, Some("book")), Ok("/no/such/a.db".into()));
        }
    }

    #[test]
    fn without_a_state_sink_it_is_in_the_data_folder() {
        let log = "[sinks.log]\ntype = \"file\"\npath = \"a.log\"\n[sinks.x]\ntype = \"pager\"\n";
        assert_eq!(found(log, None), Ok("/data/state.db".into()));
        assert_eq!(found("", None), Ok("/data/state.db".into()));
        let refused = found(log, Some("log")).unwrap_err();
        let told = "\"no `sqlite-state` sink is called `log`, there is none\"";
        assert_eq!(refused, told);
    }

    #[test]
    fn of_several_one_must_be_named() {
        let two = sink("a", "path = \"/no/a.db\"") + &sink("b", "path = \"/no/b.db\"");
        assert_eq!(found(&two, Some("b")), Ok("/no/b.db".into()));
        let refused = found(&two, None).unwrap_err();
        assert!(refused.ends_with("--state: `a`, `b`\""), "{refused}");
        let refused = found(&two, Some("c")).unwrap_err();
        assert!(refused.contains("`c`, there are `a`, `b`"), "{refused}");
        let off = sink("a", "enabled = false\npath = \"/no/a.db\"");
        let refused = found(&off, Some("a")).unwrap_err();
        assert!(refused.contains("switched off"), "{refused}");
    }

    #[test]
    fn a_state_sink_that_cannot_be_read_is_not_replaced_by_another_database() {
        for table in [
            sink("book", ""),
            sink("book", "path = 5"),
            sink("book", "path = \"${NOT_SET}\""),
            sink("book", "path = = 5"),
            "[sinks.book]\ntype = \"sqlite-stat\"\npath = \"/no/a.db\"\n".to_owned(),
            "[sinks.book]\npath = \"/no/a.db\"\n".to_owned(),
        ] {
            for named in [None, Some("book")] {
                let refused = found(&table, named).unwrap_err();
                assert!(
                    refused.contains("`book` is not known: "),
                    "{table}{refused}"
                );
            }
        }
    }
}
