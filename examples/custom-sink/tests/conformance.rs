//! Everything that a sink promises, for this one.

use std::fs;
use std::path::{Path, PathBuf};

use alert_testkit::{NoOutage, Outage, Rig, Skip};
use custom_sink::StatusPageConfig;
use tempfile::TempDir;

/// A folder, and how to look into it.
struct FolderRig(TempDir);

impl FolderRig {
    fn folder(&self) -> PathBuf {
        self.0.path().join("status")
    }
}

impl Rig for FolderRig {
    type Config = StatusPageConfig;
    const README: &'static str = include_str!("../README.md");

    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn config(&self) -> StatusPageConfig {
        StatusPageConfig::new(self.folder())
    }

    fn read_back(&self) -> Vec<String> {
        // Names are ids, and ids are in the order of time.
        let mut paths: Vec<_> = fs::read_dir(self.folder())
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        paths.sort();
        paths.iter().map(|path| read(path)).collect()
    }

    fn outage(&self) -> Result<impl Outage, Skip> {
        // What was written is not kept over it; nothing more can be.
        fs::remove_dir_all(self.folder()).unwrap();
        fs::write(self.folder(), "in the way").unwrap();
        Ok(FileInTheWay(self.folder()))
    }

    fn silence(&self) -> Result<impl Outage, Skip> {
        Err::<NoOutage, _>(Skip::because("a folder answers"))
    }

    fn knows_ids(&self) -> Result<(), Skip> {
        Ok(())
    }
}

/// A document as strictly as its readers read it.
fn read(path: &Path) -> String {
    assert_eq!(
        path.extension().unwrap(),
        "status",
        "something was left behind: {path:?}"
    );
    let text = fs::read_to_string(path).unwrap();
    let keys: Vec<_> = text
        .lines()
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    let expected = [
        "status", "severity", "title", "since", "updates", "alert", "message", "context",
    ];
    assert_eq!(keys[..8], expected, "{text}");
    assert!(keys[8..].iter().all(|key| *key == "note"), "{text}");
    text
}

struct FileInTheWay(PathBuf);

impl Outage for FileInTheWay {
    fn end(self) {
        fs::remove_file(self.0).unwrap();
    }
}

alert_testkit::conformance!(FolderRig);
