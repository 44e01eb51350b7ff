//! What a service wants, as data: the files in `presets`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use alert_core::{Limits, Secret, Text, Unit};
use serde::Deserialize;

mod address;
mod answer;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Answered, Class, Reading};

use answer::Success;

/// A service: what it is sent, and how its answers are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preset {
    /// The file's name.
    #[serde(skip)]
    pub(crate) name: &'static str,
    /// What it is, for a person.
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
    pub(crate) about: String,
    /// The hosts that are known to be this service: a name, or `*.` and what a name ends with.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// What the path of such a host's URL begins with; the host may have other doors.
    pub(crate) path_prefix: Option<String>,
    /// The param that the last segment of the URL's path is; requests then go to the URL without it.
    pub(crate) last_segment: Option<String>,
    #[serde(default = "json")]
    pub(crate) content_type: String,
    /// Makes the body; values are escaped as JSON.
    pub(crate) template: String,
    /// How many alerts one request may hold.
    #[serde(default = "one")]
    pub(crate) batch: usize,
    /// How a resolved alert is sent, for a person.
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
    pub(crate) resolved: String,
    pub(crate) limits: Room,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Param>,
    pub(crate) success: Success,
    /// What certain answers mean; the first that fits counts.
    #[serde(default)]
    pub(crate) answers: Vec<Answered>,
    #[cfg(test)]
    tests: Vec<tests::Case>,
    #[cfg(not(test))]
    #[serde(rename = "tests")]
    _tests: serde::de::IgnoredAny,
    #[cfg(test)]
    replies: Vec<tests::Reply>,
    #[cfg(not(test))]
    #[serde(rename = "replies")]
    _replies: serde::de::IgnoredAny,
}

/// What the service has room for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Room {
    /// The longest body in bytes.
    pub(crate) bytes: usize,
    pub(crate) title: Option<Length>,
    pub(crate) message: Option<Length>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Length {
    pub(crate) max: usize,
    pub(crate) unit: Unit,
}

/// A text that the config gives in `params`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Param {
    /// What it is, for a person.
    pub(crate) about: String,
    #[serde(default)]
    pub(crate) required: bool,
}

static FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// The preset of this name.
pub(crate) fn preset(name: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.name == name)
}

/// The names of all of them, in alphabetical order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().iter().map(|preset| preset.name)
}

/// The preset that knows this host, with this path of a URL.
pub(crate) fn for_host(host: &str, path: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.knows(host, path))
}

fn all() -> &'static [Preset] {
    static ALL: OnceLock<Vec<Preset>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().map(|(name, file)| read(name, file)).collect())
}

fn read(name: &'static str, file: &str) -> Preset {
    // A test reads every file that there is.
    let mut preset: Preset = toml::from_str(file).expect("the presets are well formed");
    preset.name = name;
    preset
}

fn json() -> String {
    "application/json".to_owned()
}

fn one() -> usize {
    1
}

impl Preset {
    fn knows(&self, host: &str, path: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let is = |known: &String| match known.strip_prefix('*') {
            Some(end) => host.len() > end.len() && ends_with(host, end),
            None => host.eq_ignore_ascii_case(known),
        };
        let door = self.path_prefix.as_deref().unwrap_or_default();
        self.hosts.iter().any(is) && path.starts_with(door)
    }

    /// What the lane has to keep to.
    pub(crate) fn limits(&self) -> Limits {
        let text = |length: Length| Text {
            max: length.max,
            unit: length.unit,
        };
        let mut limits = Limits::none().batch(self.batch);
        limits.title = self.limits.title.map(text);
        limits.message = self.limits.message.map(text);
        limits
    }

    /// What is missing in `params` or unknown there, a line each.
    pub(crate) fn mistakes(&self, params: &BTreeMap<String, Secret>) -> Vec<String> {
        let from_url = self.last_segment.as_ref();
        let missing = self.params.iter().filter(|(name, param)| {
            param.required && !params.contains_key(*name) && from_url != Some(*name)
        });
        // The service is not named: its name may be a part of a URL that is masked in messages.
        let missing = missing.map(|(name, param)| {
            let about = &param.about;
            format!("the preset needs `{name}`: {about}")
        });
        let unknown = params
            .keys()
            .filter(|name| !self.params.contains_key(*name));
        let unknown = unknown.map(|name| {
            let known: Vec<&str> = self.params.keys().map(String::as_str).collect();
            match known[..] {
                [] => format!("the preset takes no params, so `{name}` is not used"),
                _ => format!(
                    "the preset knows no `{name}`; it takes {}",
                    known.join(", ")
                ),
            }
        });
        missing.chain(unknown).collect()
    }
}

fn ends_with(host: &str, end: &str) -> bool {
    let at = host.len().checked_sub(end.len());
    let tail = at.and_then(|at| host.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}
