//! Where a config is looked for, and where data goes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use alert_core::Problem;

use crate::environment::Environment;

/// Looks for a config: `given` (as an option says), `$ALERT_CONFIG`, the user's
/// (`$XDG_CONFIG_HOME/alert/alert.toml`, by default under `~/.config`), then the system's (in
/// `$XDG_CONFIG_DIRS`, by default `/etc/xdg`, and at last `/etc/alert/alert.toml`). The first two
/// count whether there is such a file or not. What could not be looked at is noted.
pub(crate) fn find(
    given: Option<&Path>,
    environment: &Environment,
    skipped: &mut Vec<Problem>,
) -> Option<PathBuf> {
    if let Some(path) = given {
        return Some(path.to_owned());
    }
    if let Some(path) = environment.filled("ALERT_CONFIG") {
        return Some(path.into());
    }
    candidates(environment)
        .into_iter()
        .find(|path| match std::fs::metadata(path) {
            Ok(_) => true,
            Err(error) => {
                let absent = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
                if !absent {
                    let error = error.to_string().to_lowercase();
                    let text = format!("cannot look for a config at `{}`: {error}", path.display());
                    skipped.push(Problem::warning(text));
                }
                false
            }
        })
}

/// Where a user's own config belongs: `$ALERT_CONFIG`, else `$XDG_CONFIG_HOME/alert/alert.toml`,
/// by default `~/.config/alert/alert.toml`. It need not be there yet; if it is, it is what
/// [`Config::open`](crate::Config::open) finds.
///
/// # Errors
/// If none of these variables gives a place.
pub fn user_config(environment: &Environment) -> Result<PathBuf, Problem> {
    if let Some(path) = environment.filled("ALERT_CONFIG") {
        return Ok(path.into());
    }
    match user_folder(environment) {
        Some(folder) => Ok(folder.join("alert").join("alert.toml")),
        None => {
            let text = "there is no place for a config, since HOME is not set";
            Err(Problem::error(text).help("name a file"))
        }
    }
}

fn user_folder(environment: &Environment) -> Option<PathBuf> {
    let home = || absolute(environment, "HOME").map(|home| home.join(".config"));
    absolute(environment, "XDG_CONFIG_HOME").or_else(home)
}

fn candidates(environment: &Environment) -> Vec<PathBuf> {
    let user = user_folder(environment);
    let system = match environment.filled("XDG_CONFIG_DIRS") {
        Some(folders) => std::env::split_paths(folders)
            .filter(|f| f.is_absolute())
            .collect(),
        None => vec![PathBuf::from("/etc/xdg")],
    };
    let folders = user
        .into_iter()
        .chain(system)
        .chain([PathBuf::from("/etc")]);
    folders
        .map(|folder| folder.join("alert").join("alert.toml"))
        .collect()
}

/// The folder where alerts and state are kept by default: `$ALERT_DATA_DIR`, else
/// `$XDG_DATA_HOME/alert`, else `~/.local/share/alert`. It need not be there yet.
///
/// # Errors
/// If none of these variables gives a folder.
pub fn data_folder(environment: &Environment) -> Result<PathBuf, Problem> {
    if let Some(folder) = environment.filled("ALERT_DATA_DIR") {
        return Ok(folder.into());
    }
    if let Some(folder) = absolute(environment, "XDG_DATA_HOME") {
        return Ok(folder.join("alert"));
    }
    let refused = |text: String| {
        Err(Problem::error(text).help("set ALERT_DATA_DIR to a folder that can be written"))
    };
    match environment.filled("HOME").map(Path::new) {
        None => refused("there is no place for data, since HOME is not set".into()),
        Some(home) if !home.is_absolute() || !home.is_dir() => refused(format!(
            "there is no place for data, since HOME is not a folder: `{}`",
            home.display()
        )),
        Some(home) => Ok(home.join(".local").join("share").join("alert")),
    }
}

/// Relative paths in these variables do not count.
fn absolute(environment: &Environment, name: &str) -> Option<PathBuf> {
    environment
        .filled(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_config_belongs_where_it_is_found_first() {
        let home = Environment::empty().with("HOME", "/home/ann");
        let place = |environment: &Environment| user_config(environment).ok();
        let default = PathBuf::from("/home/ann/.config/alert/alert.toml");
        assert_eq!(place(&home), Some(default.clone()));
        assert_eq!(candidates(&home)[0], default);
        let own = home.clone().with("XDG_CONFIG_HOME", "/c");
        assert_eq!(place(&own), Some("/c/alert/alert.toml".into()));
        let named = own.with("ALERT_CONFIG", "a.toml");
        assert_eq!(place(&named), Some("a.toml".into()));
        assert_eq!(place(&Environment::empty().with("HOME", "relative")), None);
    }
}
