use super::{from_variable, told, tree};
use crate::config::{Size, parse, schema_of};

#[test]
fn sizes_are_read_as_people_write_them() {
    for (text, bytes) in [
        ("64KiB", 65_536),
        ("10 MB", 10_000_000),
        ("1.5MiB", 1_572_864),
        ("12", 12),
        ("12B", 12),
        ("0", 0),
        ("1gib", 1 << 30),
    ] {
        assert_eq!(text.parse(), Ok(Size::from_bytes(bytes)), "{text}");
    }
    for text in [
        "",
        "-1",
        "1K",
        "1 PB",
        "1KiB 2B",
        "9999999999TiB",
        "1e9",
        "nan",
        "KiB",
    ] {
        assert!(text.parse::<Size>().is_err(), "{text}");
    }
}

#[test]
fn what_is_shown_can_be_read_again() {
    for bytes in [0, 1, 1_000, 1_024, 65_536, 3 << 20, (5 << 30) + 1, u64::MAX] {
        let size = Size::from_bytes(bytes);
        assert_eq!(size.to_string().parse(), Ok(size), "{size}");
    }
}

#[test]
fn plain_numbers_are_bytes_also_from_a_variable() {
    let schema = schema_of::<Size>();
    assert_eq!(
        parse::<Size>(&tree(stringify!(4096)), &schema)
            .0
            .map(Size::bytes),
        Some(4096)
    );
    assert_eq!(
        parse::<Size>(&from_variable("4096"), &schema)
            .0
            .map(Size::bytes),
        Some(4096)
    );
    let (_, problems) = parse::<Size>(&tree(stringify!(-1)), &schema);
    assert!(
        told(&problems)[0].starts_with("0: expected a size in bytes"),
        "{problems:?}"
    );
}
