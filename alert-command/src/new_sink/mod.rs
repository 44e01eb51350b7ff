//! `alert new-sink`: a crate of its own for a sink of one's own.

mod arguments;
mod folder;
mod name;
mod source;
mod template;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alert::Registry;
use serde::Serialize;

use crate::failure::Failure;
use crate::screen::Screen;
use name::Name;
use source::Source;

pub(crate) use arguments::NewSink;

pub(crate) fn run(arguments: &NewSink, screen: &Screen) -> ExitCode {
    let json = arguments.form.json;
    match write(arguments) {
        Ok(written) if json => screen.json(&written),
        Ok(written) => screen.out(&written.told()),
        Err(failure) => return failure.end(json, screen),
    }
    ExitCode::SUCCESS
}

fn write(arguments: &NewSink) -> Result<Written, Failure> {
    let name = Name::read(&arguments.name.to_string_lossy(), &Registry::linked());
    let name = name.map_err(Failure::usage)?;
    let given = arguments.alert.as_deref();
    let source = Source::read(given).map_err(Failure::usage)?;
    let folder = match &arguments.path {
        Some(path) => path.clone(),
        None => PathBuf::from(name.package()),
    };
    folder::look(&folder).map_err(Failure::io)?;
    let files = template::files(&name, &source);
    folder::write(&folder, &files).map_err(Failure::io)?;
    Ok(Written::of(&name, &source, &folder))
}

/// What was written, and what to do with it; what `--json` writes.
#[derive(Serialize)]
struct Written {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "crate")]
    package: String,
    folder: String,
    files: Vec<&'static str>,
    next: Vec<String>,
    note: Option<&'static str>,
}

impl Written {
    fn of(name: &Name, source: &Source, folder: &Path) -> Self {
        let folder = folder.to_string_lossy().into_owned();
        let next = [
            format!("cd {}", quoted(&folder)),
            "cargo test".to_owned(),
            "cargo run --example receiver   # in another terminal: a stand-in for the service"
                .to_owned(),
            "cargo run --example alert -- test --config alert.toml".to_owned(),
        ];
        Self {
            kind: name.kind().to_owned(),
            package: name.package(),
            folder,
            files: template::paths().collect(),
            next: next.to_vec(),
            note: source.note(),
        }
    }

    fn told(&self) -> String {
        let mut text = format!(
            "wrote {} to {}\n",
            self.package,
            alert::terminal(&self.folder)
        );
        for file in &self.files {
            text.push_str(&format!("  {file}\n"));
        }
        text.push_str("next:\n");
        for command in &self.next {
            text.push_str(&format!("  {}\n", alert::terminal(command)));
        }
        if let Some(note) = self.note {
            text.push_str(&format!("note: {note}\n"));
        }
        text
    }
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        // Also where it begins with a hyphen: `cd -- '-x'` would need more than quotes.
        let path = if path.starts_with('-') {
            format!("./{path}")
        } else {
            path.to_owned()
        };
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_read_it_otherwise() {
        assert_eq!(quoted("../a/alert-sink-x"), "../a/alert-sink-x");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("-x"), "'./-x'");
    }
}
