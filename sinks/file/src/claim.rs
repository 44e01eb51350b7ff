//! Which file a path means before it is opened, so that no two sinks share one.

use std::fs;
use std::path::Path;

use alert_core::Findings;

use crate::system::{self, Shape};

/// Looks at what is there: claims it, and mentions what a person should look at.
pub(crate) fn look(path: &Path, found: &mut Findings) {
    let there = fs::metadata(path).ok();
    let shape = there.as_ref().map(system::shape);
    if let (Some(there), Some(Shape::Folder | Shape::Regular)) = (&there, &shape) {
        found.warns_of_place("path", path, there);
    }
    if !matches!(shape, None | Some(Shape::Regular | Shape::Pipe)) || is_device(path) {
        return;
    }
    found.claims_file(path);
}

/// Any number of sinks may write to `/dev/stderr` or `/dev/null`.
fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") && !path.starts_with("/dev/shm")
}

#[cfg(test)]
mod tests {
    use alert_core::{Claim, Problem};

    use super::*;

    fn seen(path: &Path) -> (Vec<Problem>, Vec<Claim>) {
        let mut found = Findings::new();
        look(path, &mut found);
        found.into_parts()
    }

    fn meet(one: &Path, two: &Path) -> bool {
        let (one, two) = (seen(one).1, seen(two).1);
        one.iter().any(|claim| two.contains(claim))
    }

    #[test]
    fn two_paths_to_one_file_are_one_claim() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        assert!(meet(&at("a.log"), &at("a.log")));
        assert!(meet(&at("new/a.log"), &at("sub/../new/a.log")));
        assert!(meet(&at("a.log"), &at("sub/../a.log")));
        assert!(!meet(&at("a.log"), &at("b.log")));
        fs::write(at("a.log"), "x\n").unwrap();
        assert!(meet(&at("a.log"), &at("sub/../a.log")));
        assert!(!meet(&at("a.log"), &at("sub/a.log")));
    }

    #[cfg(unix)]
    #[test]
    fn links_of_both_sorts_lead_to_one_claim() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("later.log", at("link")).unwrap();
        assert!(meet(&at("link"), &at("later.log")));
        fs::write(at("later.log"), "").unwrap();
        assert!(meet(&at("link"), &at("later.log")));
        fs::hard_link(at("later.log"), at("hard")).unwrap();
        assert!(meet(&at("hard"), &at("later.log")));
        std::os::unix::fs::symlink("round", at("round")).unwrap();
        assert_eq!(seen(&at("round")).1.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_claimed_by_nobody() {
        for device in ["/dev/null", "/dev/full", "/dev/stderr"] {
            assert!(seen(Path::new(device)).1.is_empty(), "{device}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_person_should_look_at_is_mentioned() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let (problems, _) = seen(&path);
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].is_error());
        assert!(
            problems[0].to_string().contains("mode 0640"),
            "{}",
            problems[0]
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(seen(&path).0.is_empty());
        assert!(seen(folder.path()).0[0].to_string().contains("is a folder"));
    }
}
