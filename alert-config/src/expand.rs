//! Variables and files put in the place of their `${…}`.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use alert_core::{Entry, Node, NodeValue, Problem};

use crate::bounded;
use crate::environment::Environment;
use crate::placeholder::{Piece, split};
use crate::recipe::RESERVED;
use crate::secrets::Brought;

/// A larger file is no secret.
const LARGEST_FILE: u64 = 64 * 1024;
/// A value may grow to this by its variables, and all values of one table together.
const LARGEST_VALUE: usize = 1024 * 1024;

/// Expands the strings of a tree.
#[derive(Debug)]
pub(crate) struct Expander<'a> {
    environment: &'a Environment,
    folder: Option<&'a Path>,
    room: usize,
    path: Vec<String>,
    expanded: Expanded,
}

/// What became of a tree.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// The tree; a value that could not be expanded is there as it was.
    pub(crate) node: Node,
    pub(crate) problems: Vec<Problem>,
    /// Where the values stand that could not be expanded.
    pub(crate) failed: Vec<Range<usize>>,
    /// Whether time may heal all of it: only files could not be read.
    pub(crate) may_heal: bool,
    /// What variables and files brought into the sink's own keys.
    pub(crate) brought: Vec<Brought>,
}

impl<'a> Expander<'a> {
    /// `folder` is where relative paths of files begin.
    pub(crate) fn new(environment: &'a Environment, folder: Option<&'a Path>) -> Self {
        let expanded = Expanded {
            node: Node::table([]),
            problems: Vec::new(),
            failed: Vec::new(),
            may_heal: true,
            brought: Vec::new(),
        };
        Self {
            environment,
            folder,
            room: LARGEST_VALUE,
            path: Vec::new(),
            expanded,
        }
    }

    /// For a tree at these keys.
    pub(crate) fn at<S: Into<String>>(mut self, keys: impl IntoIterator<Item = S>) -> Self {
        self.path = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Expands a tree. Reads the files that it names.
    pub(crate) fn expand(mut self, node: &Node) -> Expanded {
        self.expanded.node = self.node(node);
        self.expanded
    }

    fn node(&mut self, node: &Node) -> Node {
        let value = match node.value() {
            NodeValue::Text(text) => return self.value(node, text),
            NodeValue::List(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(index, item)| self.under(index.to_string(), item));
                NodeValue::List(items.collect())
            }
            NodeValue::Table(entries) => {
                let entry = |entry: &Entry| {
                    let node = self.under(entry.name().to_owned(), entry.node());
                    let new = Entry::new(entry.name(), node);
                    match entry.key_span() {
                        Some(span) => new.with_key_span(span),
                        None => new,
                    }
                };
                NodeValue::Table(entries.iter().map(entry).collect())
            }
            _ => return node.clone(),
        };
        let new = Node::new(value).from_variable(node.is_from_variable());
        match node.span() {
            Some(span) => new.with_span(span),
            None => new,
        }
    }

    fn under(&mut self, step: String, node: &Node) -> Node {
        self.path.push(step);
        let node = self.node(node);
        self.path.pop();
        node
    }

    fn value(&mut self, node: &Node, text: &str) -> Node {
        // A value that was made from a variable is data, whatever it looks like.
        if node.is_from_variable() || !text.contains("${") {
            return node.clone();
        }
        let result = split(text)
            .map_err(Fault::form)
            .and_then(|pieces| self.join(node, &pieces));
        let new = match result {
            Ok((text, from_variable)) => Node::text(text).from_variable(from_variable),
            Err(faults) => {
                for Fault {
                    text,
                    help,
                    may_heal,
                } in faults
                {
                    self.expanded.may_heal &= may_heal;
                    let problem = self.about(Problem::error(text), node);
                    self.expanded.problems.push(match help {
                        Some(help) => problem.help(help),
                        None => problem,
                    });
                }
                self.expanded.failed.extend(node.span());
                node.clone().from_variable(true)
            }
        };
        match node.span() {
            Some(span) => new.with_span(span),
            None => new,
        }
    }

    /// The value, and whether a variable or a file is in it.
    fn join(&mut self, node: &Node, pieces: &[Piece<'_>]) -> Result<(String, bool), Vec<Fault>> {
        let mut text = String::new();
        let mut missing = Vec::new();
        let mut faults = Vec::new();
        let mut from_variable = false;
        for piece in pieces {
            let part = match *piece {
                Piece::Literal(text) => Ok(text.to_owned()),
                Piece::Variable { name, default } => {
                    from_variable = true;
                    self.variable(name, default).map(|value| {
                        value.unwrap_or_else(|| {
                            missing.push(format!("`{name}`"));
                            String::new()
                        })
                    })
                }
                Piece::File(path) => {
                    from_variable = true;
                    self.file(node, path)
                }
            };
            match part {
                Ok(part) if part.len() > self.room => {
                    faults.push(Fault::lasting("the value grows too large by its variables"));
                    return Err(faults);
                }
                Ok(part) => {
                    self.room -= part.len();
                    text.push_str(&part);
                    self.note(node, piece, part);
                }
                Err(fault) => faults.push(fault),
            }
        }
        faults.extend(Fault::missing(missing));
        if faults.is_empty() {
            Ok((text, from_variable))
        } else {
            Err(faults)
        }
    }

    fn note(&mut self, node: &Node, piece: &Piece<'_>, text: String) {
        let word = self.path.get(2).map(String::as_str).unwrap_or_default();
        let from_file = matches!(piece, Piece::File(_));
        // What a filter compares with is no secret.
        if matches!(piece, Piece::Literal(_)) || RESERVED.contains(&word) {
            return;
        }
        self.expanded.brought.push(Brought {
            place: node.span(),
            text,
            from_file,
        });
    }

    fn about(&self, problem: Problem, node: &Node) -> Problem {
        problem.at(node.span()).path(self.path.clone())
    }

    /// The default also stands for an empty value.
    fn variable(&self, name: &str, default: Option<&str>) -> Result<Option<String>, Fault> {
        let value = self
            .environment
            .get(name)
            .filter(|v| default.is_none() || !v.is_empty());
        match value.map(OsStr::to_str) {
            Some(Some(text)) => Ok(Some(text.to_owned())),
            Some(None) => Err(Fault::lasting(format!(
                "the value of variable `{name}` is not UTF-8"
            ))),
            None => Ok(default.map(str::to_owned)),
        }
    }

    fn file(&mut self, node: &Node, path: &str) -> Result<String, Fault> {
        let full = self.locate(path)?;
        let refused = |why: &str| Fault {
            text: format!("cannot read `{}`: {why}", full.display()),
            help: None,
            may_heal: true,
        };
        let (mut bytes, metadata) =
            bounded::read(&full, LARGEST_FILE).map_err(|why| refused(&why))?;
        if let Some(mode) = loose(&metadata) {
            let text = format!("other users may use `{}` (mode {mode:04o})", full.display());
            let problem = Problem::warning(text)
                .at(node.span())
                .path(self.path.clone());
            self.expanded.problems.push(problem);
        }
        // An editor's line break at the end is no part of a secret.
        if bytes.ends_with(b"\n") {
            bytes.pop();
            if bytes.ends_with(b"\r") {
                bytes.pop();
            }
        }
        if bytes.contains(&0) {
            return Err(refused("it holds a NUL, it is not text"));
        }
        String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8"))
    }

    fn locate(&self, path: &str) -> Result<PathBuf, Fault> {
        if let Some(rest) = path.strip_prefix("~/") {
            let home = self.environment.filled("HOME");
            return match home {
                Some(home) => Ok(Path::new(home).join(rest)),
                None => Err(Fault::lasting("`~` cannot be used, since HOME is not set")),
            };
        }
        Ok(self
            .folder
            .map_or_else(|| PathBuf::from(path), |folder| folder.join(path)))
    }
}

/// Why a value could not be expanded.
struct Fault {
    text: String,
    help: Option<&'static str>,
    may_heal: bool,
}

impl Fault {
    fn lasting(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            help: None,
            may_heal: false,
        }
    }

    fn form(text: &'static str) -> Vec<Self> {
        let help = Some("write `$${` for a literal `${`");
        vec![Self {
            help,
            ..Self::lasting(text)
        }]
    }

    fn missing(mut names: Vec<String>) -> Option<Self> {
        names.sort();
        names.dedup();
        let text = match names.as_slice() {
            [] => return None,
            [one] => format!("variable {one} is not set"),
            [first @ .., last] => format!("variables {} and {last} are not set", first.join(", ")),
        };
        let help = Some("`${NAME:-default}` gives a value for when it is not");
        Some(Self {
            help,
            ..Self::lasting(text)
        })
    }
}

/// The mode of a file that users beyond its owner and group may read or write.
#[cfg(unix)]
fn loose(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o006 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn loose(_: &std::fs::Metadata) -> Option<u32> {
    None
}
