//! Everything that a sink promises, for both formats.

use std::fs;
use std::path::PathBuf;

use alert_sink_file::{FileConfig, Format};
use alert_testkit::{Outage, Rig, Skip};
use tempfile::TempDir;

const README: &str = include_str!("../README.md");

/// A log in a folder of its own.
struct Place(TempDir);

impl Place {
    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("alerts.log")
    }

    /// The lines, each of which is whole.
    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.log()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        text.lines().map(str::to_owned).collect()
    }

    /// The log steps aside for something else.
    fn replaced(&self, by: impl FnOnce(&PathBuf)) -> Replaced {
        let (log, aside) = (self.log(), self.0.path().join("aside"));
        if log.exists() {
            fs::rename(&log, &aside).unwrap();
        }
        by(&log);
        Replaced { log, aside }
    }

    /// A folder has the log's name.
    fn in_the_way(&self) -> Replaced {
        self.replaced(|log| fs::create_dir(log).unwrap())
    }
}

struct Replaced {
    log: PathBuf,
    aside: PathBuf,
}

impl Outage for Replaced {
    fn end(self) {
        if self.log.is_dir() {
            fs::remove_dir(&self.log).unwrap();
        } else {
            fs::remove_file(&self.log).unwrap();
        }
        if self.aside.exists() {
            fs::rename(&self.aside, &self.log).unwrap();
        }
    }
}

/// A pipe has the log's name, which is full, and whose reader does not read.
#[cfg(unix)]
mod silence {
    use std::fs::File;
    use std::io::{ErrorKind, Write};
    use std::path::Path;

    use alert_testkit::Outage;
    use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};

    use super::{Place, Replaced};

    pub(super) struct FullPipe {
        replaced: Replaced,
        _reader: File,
    }

    pub(super) fn full_pipe(place: &Place) -> FullPipe {
        let mut reader = None;
        let replaced = place.replaced(|log| {
            mkfifoat(CWD, log, Mode::from_raw_mode(0o600)).unwrap();
            reader = Some(end_of_pipe(log, OFlags::RDONLY));
            let mut writer = end_of_pipe(log, OFlags::WRONLY);
            let full = loop {
                if let Err(error) = writer.write(&[b'x'; 1024]) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::WouldBlock);
        });
        FullPipe {
            replaced,
            _reader: reader.unwrap(),
        }
    }

    fn end_of_pipe(path: &Path, side: OFlags) -> File {
        open(path, side | OFlags::NONBLOCK, Mode::empty())
            .unwrap()
            .into()
    }

    impl Outage for FullPipe {
        fn end(self) {
            self.replaced.end();
        }
    }
}

macro_rules! rig {
    ($name:ident, $format:expr, $record:expr) => {
        struct $name(Place);

        impl Rig for $name {
            type Config = FileConfig;
            const README: &'static str = README;

            fn fresh() -> Self {
                Self(Place::fresh())
            }

            fn config(&self) -> FileConfig {
                FileConfig::new(self.0.log()).format($format)
            }

            fn read_back(&self) -> Vec<String> {
                let record: fn(String) -> String = $record;
                self.0.lines().into_iter().map(record).collect()
            }

            fn outage(&self) -> Result<impl Outage, Skip> {
                Ok(self.0.in_the_way())
            }

            #[cfg(unix)]
            fn silence(&self) -> Result<impl Outage, Skip> {
                Ok(silence::full_pipe(&self.0))
            }
        }
    };
}

rig!(TextRig, Format::Text, |line| {
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(time.len() == 24 && time.ends_with('Z'), "{line:?}");
    let severity = rest.split(' ').next().unwrap();
    assert!(
        ["INFO", "WARNING", "CRITICAL"].contains(&severity),
        "{line:?}"
    );
    line
});

rig!(JsonRig, Format::Json, |line| {
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    record["title"].as_str().unwrap().to_owned()
});

mod text {
    alert_testkit::conformance!(super::TextRig);
}

mod json {
    alert_testkit::conformance!(super::JsonRig);
}
