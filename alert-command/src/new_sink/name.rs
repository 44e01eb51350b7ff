use alert::{Registry, is_kind_name};

/// The name of a new kind, in all its spellings.
#[derive(Debug)]
pub(super) struct Name(String);

/// What a registry takes as the name of a package is this long, in bytes.
const LONGEST_PACKAGE: usize = 64;

const PREFIX: &str = "alert-sink-";

/// Kinds that come with the library, also where they are not linked.
const BUILT_IN: [&str; 5] = [
    "discord",
    "file",
    "generic-webhook",
    "sqlite-state",
    "tracing",
];

/// Words that mean something else wherever a kind is named; `sink` would also call its config `SinkConfig`.
const TAKEN_WORDS: [&str; 6] = ["alert", "delivery", "enabled", "sink", "type", "when"];

impl Name {
    /// Checks what was typed.
    pub(super) fn read(given: &str, registry: &Registry) -> Result<Self, String> {
        let longest = LONGEST_PACKAGE - PREFIX.len();
        if given.len() > longest {
            return Err(format!(
                "the name of a sink type has at most {longest} characters, this one has {}",
                given.chars().count()
            ));
        }
        if !is_kind_name(given) {
            return Err(format!(
                "`{given}` cannot name a sink type: lower-case letters, digits and single hyphens, beginning with a letter"
            ));
        }
        if TAKEN_WORDS.contains(&given) {
            return Err(format!(
                "`{given}` is a word of every config: name the sink type after its destination"
            ));
        }
        let linked = registry.kinds().find(|kind| kind.name() == given);
        if let Some(kind) = linked {
            let package = kind.package();
            return Err(format!("the sink type `{given}` is taken by {package}"));
        }
        if BUILT_IN.contains(&given) {
            return Err(format!(
                "the sink type `{given}` is taken by {PREFIX}{given}"
            ));
        }
        Ok(Self(given.to_owned()))
    }

    /// `my-pager`
    pub(super) fn kind(&self) -> &str {
        &self.0
    }

    /// `alert-sink-my-pager`
    pub(super) fn package(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// `alert_sink_my_pager`
    pub(super) fn library(&self) -> String {
        self.package().replace('-', "_")
    }

    /// `MyPager`
    pub(super) fn camel(&self) -> String {
        let mut camel = String::with_capacity(self.0.len());
        for word in self.0.split('-') {
            let (first, rest) = word.split_at(word.len().min(1));
            camel.push_str(&first.to_ascii_uppercase());
            camel.push_str(rest);
        }
        camel
    }

    /// `MY_PAGER`
    pub(super) fn constant(&self) -> String {
        self.0.replace('-', "_").to_ascii_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &str) -> Result<Name, String> {
        Name::read(given, &Registry::linked())
    }

    #[test]
    fn a_name_has_all_its_spellings() {
        let name = read("my-pager-2").unwrap();
        assert_eq!(name.kind(), "my-pager-2");
        assert_eq!(name.package(), "alert-sink-my-pager-2");
        assert_eq!(name.library(), "alert_sink_my_pager_2");
        assert_eq!(name.camel(), "MyPager2");
        assert_eq!(name.constant(), "MY_PAGER_2");
    }

    #[test]
    fn words_of_rust_are_fine() {
        for name in ["core", "self", "async", "s3", "x", "string", "alert-core"] {
            assert!(read(name).is_ok(), "{name}");
        }
        assert!(read(&"x".repeat(53)).is_ok());
    }

    #[test]
    fn what_cannot_be_or_is_taken_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "cannot name a sink type"),
            ("1abc", "cannot name a sink type"),
            ("Rust", "cannot name a sink type"),
            ("a_b", "cannot name a sink type"),
            ("a b", "cannot name a sink type"),
            ("../x", "cannot name a sink type"),
            ("ä", "cannot name a sink type"),
            ("type", "is a word of every config"),
            ("sink", "is a word of every config"),
            ("file", "is taken by alert-sink-file"),
            ("discord", "is taken by alert-sink-discord"),
        ] {
            let refused = read(name).unwrap_err();
            assert!(refused.contains(reason), "{name}: {refused}");
        }
        let refused = read(&"x".repeat(54)).unwrap_err();
        assert!(refused.contains("at most 53"), "{refused}");
    }
}
