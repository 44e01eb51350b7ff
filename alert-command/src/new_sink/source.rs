use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use semver::VersionReq;

/// Where the new crate gets the library's crates from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A registry has this version.
    Version(String),
    /// They are in a checkout at this absolute path.
    Checkout(String),
}

/// The crates that a sink needs, by itself and in its tests.
pub(super) const CRATES: [&str; 3] = ["alert-core", "alert-command", "alert-testkit"];

impl Source {
    /// What was typed: a version requirement, else the folder of a checkout.
    pub(super) fn read(given: Option<&OsStr>) -> Result<Self, String> {
        let Some(given) = given else {
            return Ok(Source::Version(env!("CARGO_PKG_VERSION").to_owned()));
        };
        match given.to_str() {
            Some(text) if VersionReq::parse(text).is_ok() => Ok(Source::Version(text.to_owned())),
            _ => Self::checkout(Path::new(given)),
        }
    }

    fn checkout(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let missing = CRATES
            .map(|name| PathBuf::from(name).join("Cargo.toml"))
            .into_iter()
            .find(|file| !path.join(file).is_file());
        if let Some(file) = missing {
            return Err(format!(
                "--alert: `{shown}` is neither a version nor a checkout: there is no {}",
                path.join(file).display()
            ));
        }
        let whole = path
            .canonicalize()
            .map_err(|error| format!("--alert: `{shown}` cannot be found: {error}"))?;
        match whole.into_os_string().into_string() {
            Ok(text) => Ok(Source::Checkout(text)),
            Err(_) => Err(format!(
                "--alert: the path of `{shown}` is not UTF-8, as a manifest must be"
            )),
        }
    }

    /// The value of a dependency on this crate in a manifest.
    pub(super) fn dependency(&self, name: &str) -> String {
        match self {
            Source::Version(version) => quoted(version),
            Source::Checkout(path) => {
                let path = Path::new(path).join(name);
                format!("{{ path = {} }}", quoted(&path.to_string_lossy()))
            }
        }
    }

    /// What a person should know about it.
    pub(super) fn note(&self) -> Option<&'static str> {
        match self {
            Source::Version(_) => Some(
                "its dependencies come from the registry; while alert-core is not published there, name a checkout: --alert FOLDER",
            ),
            Source::Checkout(_) => Some(
                "its dependencies are paths into the checkout; write versions in their place before you share it",
            ),
        }
    }
}

/// Text as TOML writes it: the escapes of JSON are also TOML's.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    alert::json_line(&json).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_it_is_this_version() {
        let source = Source::read(None).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(source.dependency("alert-core"), format!("\"{version}\""));
    }

    #[test]
    fn a_version_is_told_from_a_folder() {
        for version in ["1", "0.1.2", "^0.1", ">=0.1, <0.3", "=1.0.0-rc.1"] {
            let source = Source::read(Some(OsStr::new(version))).unwrap();
            assert_eq!(source, Source::Version(version.to_owned()));
        }
        let refused = Source::read(Some(OsStr::new("1abc"))).unwrap_err();
        assert!(
            refused.contains("neither a version nor a checkout"),
            "{refused}"
        );
    }

    #[test]
    fn a_checkout_is_named_by_its_whole_path() {
        let Ok(Source::Checkout(path)) = Source::read(Some(OsStr::new(".."))) else {
            panic!("the tests run in a folder of a checkout");
        };
        assert!(Path::new(&path).is_absolute());
        let odd = Source::Checkout("/a \"b\"\u{7f}\\".into());
        let dependency = odd.dependency("alert-core");
        assert!(
            dependency.starts_with(r#"{ path = "/a \"b\"\u007f\\"#),
            "{dependency}"
        );
    }
}
