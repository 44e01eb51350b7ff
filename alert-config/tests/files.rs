//! Config files that are none.

use std::fs;

use alert_config::{Config, Environment};

fn read(content: &[u8]) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("alert.toml");
    fs::write(&path, content).expect("it can be written");
    Config::read(&path, &Environment::empty()).map_err(|problems| {
        problems
            .to_string()
            .replace(path.to_str().expect("its path is text"), "F")
    })
}

#[test]
fn what_is_no_text_is_refused_with_the_reason() {
    let refused = |content: &[u8]| read(content).expect_err("it is no config");
    assert_eq!(
        refused(b"a = 1\n\xff"),
        "cannot read `F`: line 2 is not UTF-8"
    );
    assert_eq!(
        refused(b"\n\na\0"),
        "cannot read `F`: line 3 holds a NUL, it is not text"
    );
    assert_eq!(
        refused(b"\xff\xfea\0"),
        "cannot read `F`: it is UTF-16, save it as UTF-8"
    );
    let large = vec![b'#'; 1024 * 1024 + 1];
    assert_eq!(
        refused(&large),
        "cannot read `F`: it is larger than 1024 KiB"
    );
}

#[test]
fn a_folder_or_nothing_in_its_place_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = |path| {
        let refused = Config::read(path, &Environment::empty()).expect_err("it is no config");
        refused.to_string()
    };
    assert!(refused(folder.path().to_owned()).ends_with("it is a folder"));
    assert!(refused(folder.path().join("x")).ends_with("there is no such file"));
    let file = folder.path().join("y");
    fs::write(&file, "").expect("it can be written");
    assert!(refused(file.join("x")).ends_with("a part of its path is not a folder"));
}

#[test]
fn a_byte_order_mark_and_windows_line_breaks_are_text() {
    let config = read(b"\xef\xbb\xbf[sinks.a]\r\ntype = \"file\"\r\n").expect("it is a config");
    assert_eq!(config.sinks().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_file_of_the_largest_size_is_read() {
    let mut largest = b"[sinks.a]\n".to_vec();
    largest.resize(1024 * 1024, b'#');
    assert!(read(&largest).is_ok());
}
