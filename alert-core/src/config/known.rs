//! What a schema knows about the place of a value.

use std::ops::Range;

use serde_json::Value;

use super::error::Step;
use super::node::{Node, NodeValue};

/// The parts of a schema that may speak for one place.
#[derive(Clone)]
pub(super) struct Known<'s> {
    root: &'s Value,
    /// With each part: whether it certainly applies, or is one of several branches.
    parts: Vec<(&'s Value, bool)>,
    secret: bool,
}

impl<'s> Known<'s> {
    pub(super) fn root(schema: &'s Value) -> Self {
        Self {
            root: schema,
            parts: Vec::new(),
            secret: false,
        }
        .with([(schema, true)])
    }

    fn with(mut self, parts: impl IntoIterator<Item = (&'s Value, bool)>) -> Self {
        for (part, certain) in parts {
            self.gather(part, certain, 16);
        }
        self.secret |= self.parts.iter().any(|(part, _)| part["writeOnly"] == true);
        self
    }

    /// Follows references and branches. The bound stops a schema that refers to itself.
    fn gather(&mut self, part: &'s Value, certain: bool, depth: usize) {
        const MOST: usize = 256;
        if depth == 0 || self.parts.len() >= MOST {
            return;
        }
        self.parts.push((part, certain));
        let target = part["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix('#'));
        if let Some(target) = target.and_then(|pointer| self.root.pointer(pointer)) {
            self.gather(target, certain, depth - 1);
        }
        for (name, certain) in [("allOf", certain), ("anyOf", false), ("oneOf", false)] {
            for branch in part[name].as_array().into_iter().flatten() {
                self.gather(branch, certain, depth - 1);
            }
        }
    }

    fn child(&self, find: impl Fn(&'s Value) -> Option<&'s Value>) -> Self {
        let parts = self
            .parts
            .iter()
            .filter_map(|(part, sure)| Some((find(part)?, *sure)));
        Self {
            root: self.root,
            parts: Vec::new(),
            secret: self.secret,
        }
        .with(parts)
    }

    pub(super) fn key(&self, name: &str) -> Self {
        let named = self.child(|part| part["properties"].get(name));
        if named.is_known() {
            return named;
        }
        self.child(|part| {
            part.get("additionalProperties")
                .filter(|rest| rest.is_object())
        })
    }

    fn index(&self, index: usize) -> Self {
        let fixed = self.child(|part| part["prefixItems"].get(index));
        if fixed.is_known() {
            return fixed;
        }
        self.child(|part| part.get("items").filter(|items| items.is_object()))
    }

    pub(super) fn step(&self, step: &Step) -> Self {
        match step {
            Step::Key(name) => self.key(name),
            Step::Index(index) => self.index(*index),
        }
    }

    pub(super) fn follow(&self, steps: &[Step]) -> Self {
        steps
            .iter()
            .fold(self.clone(), |known, step| known.step(step))
    }

    pub(super) fn is_known(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Whether a value here may stand in a message.
    pub(super) fn may_show(&self) -> bool {
        self.is_known() && !self.secret
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }

    /// Whether keys are named here and no word is said about others: a type that ignores them.
    pub(super) fn ignores_others(&self) -> bool {
        let named = self
            .parts
            .iter()
            .any(|(part, _)| part["properties"].is_object());
        let said = |part: &Value| {
            part["patternProperties"].is_object() || part.get("additionalProperties").is_some()
        };
        named && !self.parts.iter().any(|(part, _)| said(part))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> {
        let tables = self
            .parts
            .iter()
            .filter_map(|(part, _)| part["properties"].as_object());
        tables
            .flat_map(|table| table.keys().map(String::as_str))
            .collect::<Vec<_>>()
            .into_iter()
    }

    pub(super) fn required(&self) -> Vec<&'s str> {
        let certain = self.parts.iter().filter(|(_, certain)| *certain);
        let names = certain
            .filter_map(|(part, _)| part["required"].as_array())
            .flatten();
        names.filter_map(Value::as_str).collect()
    }

    /// The first paragraph of the documentation, as one line.
    pub(super) fn description(&self) -> Option<String> {
        let text = self
            .parts
            .iter()
            .find_map(|(part, _)| part["description"].as_str())?;
        let lines = text
            .lines()
            .map(str::trim)
            .take_while(|line| !line.is_empty());
        Some(lines.collect::<Vec<_>>().join(" "))
    }

    /// The strings among which the value must be, where the schema lists them.
    pub(super) fn choices(&self) -> Vec<&'s str> {
        let listed = self
            .parts
            .iter()
            .filter_map(|(part, _)| part["enum"].as_array())
            .flatten();
        let single = self.parts.iter().filter_map(|(part, _)| part.get("const"));
        listed.chain(single).filter_map(Value::as_str).collect()
    }

    /// Values of the right form, as the schema's author gave them.
    pub(super) fn examples(&self) -> Vec<&'s str> {
        let lists = self
            .parts
            .iter()
            .filter_map(|(part, _)| part["examples"].as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }
}

impl Node {
    /// The byte ranges of all values that may not be shown when a line of the source is: those
    /// whose key the schema does not know, and those it marks as `writeOnly`.
    ///
    /// Booleans are left out. What came from a variable is judged like the rest, since the source
    /// names the variable and does not hold its value.
    pub fn hidden_spans(&self, schema: &Value) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        walk(self, &Known::root(schema), &mut |leaf, known| {
            if !known.may_show() && !matches!(leaf.value, NodeValue::Bool(_)) {
                spans.extend(leaf.span.clone());
            }
        });
        spans
    }

    /// The strings at places that the schema marks as `writeOnly`: the secrets of a config.
    pub fn secrets(&self, schema: &Value) -> Vec<&Node> {
        let mut secrets = Vec::new();
        walk(self, &Known::root(schema), &mut |leaf, known| {
            if known.is_secret() && matches!(leaf.value, NodeValue::Text(_)) {
                secrets.push(leaf);
            }
        });
        secrets
    }
}

/// The texts that may not stand in a message.
pub(super) fn hidden_texts<'n>(node: &'n Node, schema: &Value) -> Vec<&'n str> {
    let mut texts = Vec::new();
    walk(node, &Known::root(schema), &mut |leaf, known| {
        if let (NodeValue::Text(text), true) =
            (&leaf.value, leaf.from_variable || !known.may_show())
        {
            texts.push(text.as_str());
        }
    });
    texts
}

/// The texts that came from variables.
pub(super) fn expanded_texts(node: &Node) -> Vec<&str> {
    let mut texts = Vec::new();
    walk(node, &Known::root(&Value::Null), &mut |leaf, _| {
        if let (NodeValue::Text(text), true) = (&leaf.value, leaf.from_variable) {
            texts.push(text.as_str());
        }
    });
    texts
}

fn walk<'n>(node: &'n Node, known: &Known<'_>, leaf: &mut impl FnMut(&'n Node, &Known<'_>)) {
    match &node.value {
        NodeValue::Table(entries) => {
            for entry in entries {
                walk(&entry.node, &known.key(&entry.name), leaf);
            }
        }
        NodeValue::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &known.index(index), leaf);
            }
        }
        _ => leaf(node, known),
    }
}
