use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::config::{Node, Problem, parse};
use crate::sink::{AnyConfig, SinkConfig};

/// A registered type of sink: what `register_sink!` makes.
#[derive(Clone, Copy)]
pub struct SinkKind {
    name: &'static str,
    docs: &'static str,
    package: &'static str,
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
    schema: fn() -> Arc<serde_json::Value>,
    parse: fn(&Node) -> Parsed,
}

type Parsed = (Option<Arc<dyn AnyConfig>>, Vec<Problem>);

impl SinkKind {
    /// The kind that `C` configures. `register_sink!` calls it.
    pub const fn of<C: SinkConfig>(docs: &'static str, package: &'static str) -> Self {
        Self {
            name: C::KIND,
            docs,
            package,
            type_id: TypeId::of::<C>,
            type_name: type_name::<C>,
            schema: known_schema::<C>,
            parse: parse_any::<C>,
        }
    }

    /// The word after `type =`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the author says about it.
    pub fn docs(&self) -> &'static str {
        self.docs.trim()
    }

    /// The crate that brings it.
    pub fn package(&self) -> &'static str {
        self.package
    }

    /// The Rust type of its configuration.
    pub fn config_type(&self) -> &'static str {
        (self.type_name)()
    }

    /// The JSON Schema of its configuration. The kind is asked for it once.
    pub fn schema(&self) -> serde_json::Value {
        serde_json::Value::clone(&(self.schema)())
    }

    /// Whether both are made from the same configuration type.
    pub(crate) fn is_same(&self, other: &SinkKind) -> bool {
        (self.type_id)() == (other.type_id)()
    }

    pub(crate) fn parse(&self, node: &Node) -> Parsed {
        (self.parse)(node)
    }
}

fn parse_any<C: SinkConfig>(node: &Node) -> Parsed {
    let (config, problems) = parse::<C>(node, &known_schema::<C>());
    (config.map(|c| Arc::new(c) as Arc<dyn AnyConfig>), problems)
}

/// Made once a kind, since a config is parsed several times before its sink is
/// open and a short-lived program would feel it.
fn known_schema<C: SinkConfig>() -> Arc<serde_json::Value> {
    static KNOWN: OnceLock<Mutex<HashMap<TypeId, Arc<serde_json::Value>>>> = OnceLock::new();
    let known = || {
        let known = KNOWN.get_or_init(Mutex::default);
        known.lock().unwrap_or_else(PoisonError::into_inner)
    };
    if let Some(schema) = known().get(&TypeId::of::<C>()) {
        return schema.clone();
    }
    // Foreign code makes it: not under the lock.
    let schema = Arc::new(C::schema());
    known().insert(TypeId::of::<C>(), schema.clone());
    schema
}

impl fmt::Debug for SinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkKind")
            .field("name", &self.name)
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

/// Whether a kind's name is lower-case letters, digits and single hyphens,
/// beginning with a letter. `register_sink!` asserts it at compile time.
pub const fn is_kind_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || !bytes[0].is_ascii_lowercase() || bytes[bytes.len() - 1] == b'-' {
        return false;
    }
    let mut i = 1;
    while i < bytes.len() {
        let b = bytes[i];
        let hyphen = b == b'-' && bytes[i - 1] != b'-';
        if !(b.is_ascii_lowercase() || b.is_ascii_digit() || hyphen) {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_kind_name;

    #[test]
    fn a_kind_is_named_by_a_lower_case_noun() {
        for good in ["file", "sqlite-state", "s3", "a-b-c"] {
            assert!(is_kind_name(good), "{good}");
        }
        for bad in ["", "File", "3s", "-a", "a-", "a--b", "a b", "a_b", "ä"] {
            assert!(!is_kind_name(bad), "{bad}");
        }
    }
}
