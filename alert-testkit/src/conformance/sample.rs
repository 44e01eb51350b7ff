//! The samples in a sink's documentation.

use alert_core::{Entry, Node, NodeValue};
use serde::Deserialize;

/// The words of a sink's table that belong to the pipeline.
pub(super) const RESERVED: [&str; 4] = ["type", "enabled", "when", "delivery"];

/// A sink's table from a documented configuration, without reserved words.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) node: Node,
    /// Something in it comes from a variable, whose value is not known here.
    pub(super) has_variables: bool,
}

/// Every sink of this type in the TOML blocks of the text.
#[track_caller]
pub(super) fn samples(readme: &str, kind: &str) -> Vec<Sample> {
    let mut found = Vec::new();
    for block in toml_blocks(readme) {
        let config: toml::Table = match block.parse() {
            Ok(config) => config,
            Err(error) => {
                panic!("a TOML block of the documentation cannot be read: {error}\n{block}")
            }
        };
        let sinks = config.get("sinks").and_then(toml::Value::as_table);
        for table in sinks.into_iter().flat_map(|sinks| sinks.values()) {
            if table.get("type").and_then(toml::Value::as_str) == Some(kind) {
                found.push(sample(table.clone()));
            }
        }
    }
    assert!(
        !found.is_empty(),
        "the documentation shows no configuration: a TOML block with `[sinks.NAME]` and `type = \"{kind}\"`"
    );
    found
}

/// The text of each block that begins with ```` ```toml ````.
fn toml_blocks(readme: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in readme.lines() {
        match (&mut block, line.trim()) {
            (None, fence) if fence.starts_with("```toml") => block = Some(String::new()),
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(text), _) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

#[track_caller]
fn sample(table: toml::Value) -> Sample {
    let mut node = match Node::deserialize(table) {
        Ok(node) => node,
        Err(error) => panic!("a documented sink cannot be read: {error}"),
    };
    for word in RESERVED {
        node.take(word);
    }
    let mut has_variables = false;
    let node = expanded(node, &mut has_variables);
    Sample {
        node,
        has_variables,
    }
}

/// Marks what comes from a variable, and takes its default if it has one.
fn expanded(node: Node, any: &mut bool) -> Node {
    let value = match node.into_value() {
        NodeValue::Text(text) if text.contains("${") => {
            *any = true;
            let default = text
                .strip_prefix("${")
                .and_then(|text| text.strip_suffix('}'))
                .and_then(|inside| inside.split_once(":-"))
                .map(|(_, default)| default.to_owned());
            return Node::text(default.unwrap_or(text)).from_variable(true);
        }
        NodeValue::List(items) => {
            NodeValue::List(items.into_iter().map(|item| expanded(item, any)).collect())
        }
        NodeValue::Table(entries) => NodeValue::Table(
            entries
                .into_iter()
                .map(|entry| Entry::new(entry.name().to_owned(), expanded(entry.into_node(), any)))
                .collect(),
        ),
        other => other,
    };
    Node::new(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sink_of_the_type_is_found_without_reserved_words() {
        let readme = "text\n```toml\n[sinks.a]\ntype = \"x\"\nn = 1\nwhen = { source = [\"y\"] }\n\n[sinks.b]\ntype = \"y\"\n```\n\
                      ```sh\n[sinks.c]\n```\n  ```toml\n[sinks.d]\ntype = \"x\"\nurl = \"${URL:-u}\"\n```\n";
        let found = samples(readme, "x");
        assert_eq!(found.len(), 2);
        let keys = |node: &Node| {
            node.entries()
                .iter()
                .map(|e| e.name().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (keys(&found[0].node), found[0].has_variables),
            (vec!["n".to_owned()], false)
        );
        let url = found[1].node.get("url").unwrap();
        assert_eq!((url.as_str(), url.is_from_variable()), (Some("u"), true));
        assert!(found[1].has_variables);
    }

    #[test]
    #[should_panic(expected = "shows no configuration")]
    fn a_documentation_without_a_sample_is_refused() {
        samples("```toml\n[sinks.a]\ntype = \"y\"\n```\n", "x");
    }
}
