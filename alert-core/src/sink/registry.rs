use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use crate::sink::{SinkKind, register};

/// The kinds of sinks that a configuration may name.
///
/// ```
/// use alert_core::Registry;
///
/// let error = Registry::empty().get("pager").unwrap_err();
/// assert!(error.to_string().contains("unknown sink type `pager`"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    // Every claim is kept: a name that two crates claim is an error on use.
    kinds: BTreeMap<&'static str, Vec<SinkKind>>,
}

impl Registry {
    /// Every kind that is linked into this program and was registered with
    /// `register_sink!`.
    pub fn linked() -> Self {
        register::submitted().fold(Self::empty(), Self::with)
    }

    /// No kind at all: add each by hand, where start-up code does not run
    /// (own linkers, wasm) or is unwanted.
    pub fn empty() -> Self {
        Self::default()
    }

    /// With this kind too. The same kind twice is one kind.
    #[must_use = "returns the changed registry"]
    pub fn with(mut self, kind: SinkKind) -> Self {
        let claims = self.kinds.entry(kind.name()).or_default();
        if !claims.iter().any(|claim| claim.is_same(&kind)) {
            claims.push(kind);
        }
        self
    }

    /// The kind of this name.
    ///
    /// # Errors
    /// If no linked crate brings it, or two different ones do.
    pub fn get(&self, name: &str) -> Result<&SinkKind, KindError> {
        match self.kinds.get(name).map(Vec::as_slice) {
            Some([kind]) => Ok(kind),
            Some(claims) => Err(KindError::claimed_twice(name, claims)),
            None => Err(KindError::unknown(name, self)),
        }
    }

    /// Every kind, by name; of a name claimed twice, each claim.
    pub fn kinds(&self) -> impl Iterator<Item = &SinkKind> {
        self.kinds.values().flatten()
    }
}

/// Why a kind cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindError {
    text: String,
    nearest: Option<&'static str>,
    help: String,
}

impl KindError {
    fn unknown(name: &str, registry: &Registry) -> Self {
        let shown = crate::alert::terminal(name);
        let nearest = registry
            .kinds
            .keys()
            .copied()
            .map(|kind| (strsim::damerau_levenshtein(kind, name), kind))
            .filter(|(distance, kind)| *distance <= 1 + kind.len() / 4)
            .min()
            .map(|(_, kind)| kind);
        let linked = registry
            .kinds()
            .map(|kind| format!("{} from {}", kind.name(), kind.package()))
            .collect::<Vec<_>>()
            .join(", ");
        let linked = if linked.is_empty() {
            "no sink type is linked".to_owned()
        } else {
            format!("linked: {linked}")
        };
        let help = match nearest {
            Some(_) => linked,
            None => format!(
                "{linked}; a crate that nothing mentions is not linked: mention it once, `use {}_sink as _;`",
                name.chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                    .take(40)
                    .collect::<String>()
            ),
        };
        Self {
            text: format!("unknown sink type `{shown}`"),
            nearest,
            help,
        }
    }

    fn claimed_twice(name: &str, claims: &[SinkKind]) -> Self {
        let who = claims
            .iter()
            .map(|kind| format!("{} ({})", kind.package(), kind.config_type()))
            .collect::<Vec<_>>()
            .join(" and ");
        Self {
            text: format!("sink type `{name}` is claimed by {who}"),
            nearest: None,
            help: "link only one of them, or build a registry by hand: `Registry::empty().with(…)`"
                .to_owned(),
        }
    }

    /// What is wrong, without advice.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The linked kind that looks most like the asked one.
    pub fn nearest(&self) -> Option<&'static str> {
        self.nearest
    }

    /// What to do about it.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for KindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if let Some(nearest) = self.nearest {
            write!(f, ", did you mean `{nearest}`?")?;
        }
        write!(f, " ({})", self.help)
    }
}

impl Error for KindError {}
