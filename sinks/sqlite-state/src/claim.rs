//! Which file a path means before it is opened, so that no two sinks share one.

use std::fs;
use std::path::Path;

use alert_core::{Findings, terminal};

/// Looks at what is there: claims it, and mentions what a person should look at.
pub(crate) fn look(path: &Path, found: &mut Findings) {
    found.claims_file(path);
    let shown = path.to_string_lossy();
    let shown = terminal(&shown);
    if is_on_network(path) {
        found.warning(
            "path",
            format!(
                "`{shown}` is on a network file system, where programs of several machines can damage it, name a local disk"
            ),
        );
    }
    if let Ok(there) = fs::metadata(path) {
        found.warns_of_place("path", path, &there);
    }
}

/// Whether it is, or would be made, on one of the usual network file systems.
#[cfg(target_os = "linux")]
fn is_on_network(path: &Path) -> bool {
    /// NFS, SMB, CIFS, SMB2, AFS, Ceph (statfs(2)).
    const KINDS: [u64; 6] = [
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x5346_414f,
        0x00c3_6400,
    ];
    let there = path.ancestors().find(|place| place.exists());
    let kind = there.and_then(|place| rustix::fs::statfs(place).ok());
    // The numbers have 32 bits, and the sign of some platform's type.
    kind.is_some_and(|kind| KINDS.contains(&(kind.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(target_os = "linux"))]
fn is_on_network(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(path: &Path) -> Vec<String> {
        let mut found = Findings::new();
        look(path, &mut found);
        assert!(!found.has_errors());
        let (problems, claims) = found.into_parts();
        assert!(!claims.is_empty());
        problems.iter().map(ToString::to_string).collect()
    }

    #[cfg(unix)]
    #[test]
    fn what_a_person_should_look_at_is_mentioned() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        assert!(warnings(&path).is_empty());
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let [mode] = &warnings(&path)[..] else {
            panic!("one warning");
        };
        assert!(mode.contains("mode 0640"), "{mode}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(warnings(&path).is_empty());
        assert!(warnings(folder.path())[0].contains("is a folder"));
    }
}
