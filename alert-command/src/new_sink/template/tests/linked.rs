//! A program that mentions the crate once knows its type, and the sample is the README's.

use __crate__ as _;

alert_core::expect_linked!("__kind__");

#[test]
fn the_sample_config_is_the_one_in_the_readme() {
    let readme = include_str!("../README.md");
    assert!(readme.contains(include_str!("../alert.toml")));
}
