//! The text of a config file.

use std::fmt;
use std::path::{Path, PathBuf};

use alert_core::Problem;

use crate::bounded;

/// Larger files are refused.
const LARGEST: u64 = 1024 * 1024;

/// A text with its name. `Debug` does not show the text: secrets may stand in it.
pub(crate) struct Source {
    pub(crate) name: String,
    /// Without a byte order mark.
    pub(crate) text: String,
    /// Where relative paths in it begin.
    pub(crate) folder: Option<PathBuf>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        Self {
            name: alert_core::terminal(name).to_string(),
            text,
            folder: None,
        }
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.to_string_lossy();
        let refused = |why: &str| Problem::error(format!("cannot read `{name}`: {why}"));
        let (bytes, _) = bounded::read(path, LARGEST).map_err(|why| refused(&why))?;
        let line = |at: usize| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(refused("it is UTF-16, save it as UTF-8"));
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(refused(&format!(
                "line {} holds a NUL, it is not text",
                line(at)
            )));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                let folder = path.parent().map(Path::to_path_buf);
                Ok(Self {
                    folder,
                    ..Self::new(&name, text)
                })
            }
            Err(error) => {
                let at = line(error.valid_up_to());
                Err(refused(&format!("line {at} is not UTF-8")))
            }
        }
    }
}
