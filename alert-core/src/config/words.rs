//! The words of messages: what a type is called, how foreign text is shown.

/// What a config's author reads in place of serde's names of Rust types.
pub(super) fn expectation(expected: &str) -> String {
    let plain = match expected {
        "bool" => "a boolean",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a nonzero u8" => "a whole number from 1 to 255",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "a nonzero u32" => "a whole number from 1 to 4294967295",
        "a nonzero u64" | "a nonzero u128" | "a nonzero usize" => "a whole number, 1 or more",
        "a sequence" => "a list",
        "a map" => "a table",
        "unit" | "option" => "nothing",
        "variant identifier" => "a name",
        _ => return longer_expectation(expected),
    };
    plain.into()
}

fn longer_expectation(expected: &str) -> String {
    let starts = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    let rust = [
        "struct ",
        "internally tagged enum",
        "adjacently tagged enum",
        "map with",
    ];
    if starts(&rust) {
        return "a table".into();
    }
    if starts(&["tuple", "a tuple", "an array of length", "newtype struct"]) {
        return match expected
            .split(|c: char| !c.is_ascii_digit())
            .find(|n| !n.is_empty())
        {
            Some(length) => format!("a list of {length} values"),
            None => "a list".into(),
        };
    }
    if starts(&["enum ", "unit struct "]) {
        return "a name".into();
    }
    printable(expected)
}

/// The text in backticks, escaped and cut for a message.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shortened(&printable(shortened_raw(text)), 64))
}

/// `` `a`, `b` or `c` ``, cut after a dozen.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        many if many.len() > MOST => format!("{} or others", many[..MOST].join(", ")),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Escapes everything that could move a cursor, colour a terminal or end a line.
pub(super) fn printable(text: &str) -> String {
    crate::alert::terminal(text).into_owned()
}

/// Cuts the text to at most `most` characters, the last of which is then `…`.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let kept = text[..cut]
        .char_indices()
        .next_back()
        .map_or(0, |(last, _)| last);
    format!("{}…", &text[..kept])
}

/// A prefix that is certainly longer than what a message shows, so that a huge value costs no
/// more than a long one.
fn shortened_raw(text: &str) -> &str {
    text.char_indices()
        .nth(80)
        .map_or(text, |(cut, _)| &text[..cut])
}
