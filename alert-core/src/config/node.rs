//! The tree that a config arrives as.

use std::fmt;
use std::ops::Range;

/// One value of a config, with the place where it stood in its source.
///
/// Equality compares values and ignores places, the order of keys, and the sign of a NaN, so
/// that it tells whether a resolved entry has changed. `Debug` never shows a string.
#[derive(Clone)]
pub struct Node {
    pub(super) span: Option<Range<usize>>,
    pub(super) from_variable: bool,
    /// Left out by [`parse`](super::parse) after a mistake, so that the next one is found.
    pub(super) skipped: bool,
    pub(super) value: NodeValue,
}

/// What a [`Node`] holds.
#[derive(Clone)]
#[non_exhaustive]
pub enum NodeValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, an infinity or NaN.
    Float(f64),
    /// A string.
    Text(String),
    /// A date, a time or both, as RFC 3339 writes them.
    Datetime(String),
    /// Values in order.
    List(Vec<Node>),
    /// Named values in the order of the source.
    Table(Vec<Entry>),
}

/// A named value in a table.
#[derive(Clone)]
pub struct Entry {
    pub(super) name: String,
    pub(super) key_span: Option<Range<usize>>,
    pub(super) node: Node,
}

impl Node {
    /// Makes a node without a place.
    pub fn new(value: NodeValue) -> Self {
        Self {
            span: None,
            from_variable: false,
            skipped: false,
            value,
        }
    }

    /// Makes a node that holds a string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(NodeValue::Text(text.into()))
    }

    /// Makes a table from its entries; of two entries with one name the first is found.
    pub fn table(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::new(NodeValue::Table(entries.into_iter().collect()))
    }

    /// Sets the byte range of the value in its source; for a table that has no text of its own,
    /// the range of its name.
    #[must_use = "the node is moved"]
    pub fn with_span(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Says whether any part of the value came from a variable or a file.
    ///
    /// Such a string also serves where a number or a boolean is wanted, and is never shown.
    #[must_use = "the node is moved"]
    #[allow(
        clippy::wrong_self_convention,
        reason = "it names a property, not a conversion"
    )]
    pub fn from_variable(mut self, yes: bool) -> Self {
        self.from_variable = yes;
        self
    }

    /// The value.
    pub fn value(&self) -> &NodeValue {
        &self.value
    }

    /// The value, taken out.
    pub fn into_value(self) -> NodeValue {
        self.value
    }

    /// The value, to be changed in place.
    pub fn value_mut(&mut self) -> &mut NodeValue {
        &mut self.value
    }

    /// The byte range in the source, if there was a source.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// Whether any part of the value came from a variable or a file.
    pub fn is_from_variable(&self) -> bool {
        self.from_variable
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    /// The entry of a key, if this is a table that has it.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }

    /// The entries of a table; empty for everything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Table(entries) => entries,
            _ => &[],
        }
    }

    /// Removes a key from a table and returns its entry.
    pub fn take(&mut self, name: &str) -> Option<Entry> {
        let NodeValue::Table(entries) = &mut self.value else {
            return None;
        };
        let index = entries.iter().position(|entry| entry.name == name)?;
        Some(entries.remove(index))
    }

    /// The string, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the value is called in messages: `string`, `integer`, `table` and so on.
    pub fn type_name(&self) -> &'static str {
        match &self.value {
            NodeValue::Bool(_) => "boolean",
            NodeValue::Integer(_) => "integer",
            NodeValue::Float(_) => "number",
            NodeValue::Text(_) => "string",
            NodeValue::Datetime(_) => "date",
            NodeValue::List(_) => "list",
            NodeValue::Table(_) => "table",
        }
    }
}

impl Entry {
    /// Makes an entry whose key has no place.
    pub fn new(name: impl Into<String>, node: Node) -> Self {
        Self {
            name: name.into(),
            key_span: None,
            node,
        }
    }

    /// Sets the byte range of the key in the source.
    #[must_use = "the entry is moved"]
    pub fn with_key_span(mut self, span: Range<usize>) -> Self {
        self.key_span = Some(span);
        self
    }

    /// The key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The byte range of the key in the source, if there was a source.
    pub fn key_span(&self) -> Option<Range<usize>> {
        self.key_span.clone()
    }

    /// The value.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The value, taken out.
    pub fn into_node(self) -> Node {
        self.node
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.from_variable == other.from_variable && self.value == other.value
    }
}

impl PartialEq for NodeValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            // A NaN must equal itself, or its entry would seem changed at every look.
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Text(a), Self::Text(b)) | (Self::Datetime(a), Self::Datetime(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Table(a), Self::Table(b)) => a.len() == b.len() && sorted(a) == sorted(b),
            _ => false,
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.node == other.node
    }
}

fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    sorted
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, f)
    }
}

impl fmt::Debug for NodeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => fmt::Debug::fmt(value, f),
            // A number may be a pin or a token too.
            Self::Integer(_) => f.write_str("<integer>"),
            Self::Float(_) => f.write_str("<number>"),
            Self::Text(_) => f.write_str("<string>"),
            Self::Datetime(_) => f.write_str("<date>"),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Table(entries) => f
                .debug_map()
                .entries(entries.iter().map(|e| (&e.name, &e.node)))
                .finish(),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entry(&self.name, &self.node).finish()
    }
}
