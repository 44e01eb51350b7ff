//! What a text says to whoever undoes the way it is written. Pure, and linear in the text.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// As it is escaped in JSON: `\n`, `\/`, `\u00e9`.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let unit = match c {
            '\\' => escaped(&mut rest),
            c => Err(c),
        };
        match unit {
            Ok(unit) => units.push(unit),
            Err(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// What a backslash makes of what follows; the backslash itself where that is nothing.
fn escaped(rest: &mut std::str::Chars<'_>) -> Result<u16, char> {
    let mut ahead = rest.clone();
    let c = match ahead.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some(c @ ('"' | '\'' | '\\' | '/')) => c,
        Some('u') => {
            let digits = ahead.as_str().get(..4);
            let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
            let Some(unit) = unit else { return Err('\\') };
            *rest = ahead.as_str()[4..].chars();
            return Ok(unit);
        }
        _ => return Err('\\'),
    };
    *rest = ahead;
    Err(c)
}

/// As it is escaped in a page: `&amp;`, `&quot;`, `&#39;`, `&#x2F;`.
pub(crate) fn page(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        // The longest that is known is `&#x10ffff;`.
        let end = rest.bytes().take(10).position(|b| b == b';');
        match end.and_then(|end| Some((end, entity(&rest[1..end])?))) {
            Some((end, c)) => {
                plain.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    })
}

/// As it is encoded in a URL.
pub(crate) fn percent(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// As it is encoded in a form.
pub(crate) fn form(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return percent(text);
    }
    Cow::Owned(percent(&text.replace('+', " ")).into_owned())
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The least that may hold a secret of eight characters.
const SHORTEST: usize = 11;

/// The text with `mark` for each word that is Base64, of either alphabet, of something that `hides`.
pub(crate) fn without_base64(text: &str, mark: &str, hides: impl Fn(&str) -> bool) -> String {
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_of_it(c)) {
        let word = piece.trim_end_matches(|c| !is_of_it(c));
        let secret = word.len() >= SHORTEST && says(word).iter().any(|text| hides(text));
        shown.push_str(if secret { mark } else { word });
        shown.push_str(&piece[word.len()..]);
    }
    shown
}

/// A slash before it may have been taken for a part of it: it may begin anywhere.
fn says(word: &str) -> Vec<String> {
    let word = word.replace('-', "+").replace('_', "/");
    let texts = (0..4).filter_map(|skipped| {
        let word = word.get(skipped..)?;
        let whole = word.len() - usize::from(word.len() % 4 == 1);
        let bytes = LENIENT.decode(&word[..whole]).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    texts.collect()
}

/// The name and the password of HTTP's basic authentication, as `name:password`.
pub(crate) fn basic(credentials: &str) -> Option<String> {
    let (scheme, word) = credentials.split_once(' ')?;
    let word = word.trim().trim_end_matches('=');
    let bytes = LENIENT.decode(word).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (scheme.eq_ignore_ascii_case("basic") && text.contains(':')).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_of_writing_is_undone() {
        assert_eq!(
            json(r#"a\"b\/c\\d\u00E9\ud83d\ude00\n"#),
            "a\"b/c\\d\u{e9}\u{1f600}\n"
        );
        assert_eq!(json(r"\u12 \x \"), r"\u12 \x \");
        assert_eq!(page("&amp;&lt;&#39;&#x2F;&quot;&apos;"), "&<'/\"'");
        assert_eq!(page("a & b &nbsp; &#xd800; &"), "a & b &nbsp; &#xd800; &");
        assert_eq!(percent("a%2fb%2Fc+d"), "a/b/c+d");
        assert_eq!(form("a%2fb+c%2Bd"), "a/b c+d");
        assert_eq!(
            basic("Basic dXNlcjpwYXNzd29yZA==").as_deref(),
            Some("user:password")
        );
        assert_eq!(basic("Bearer dXNlcjpwYXNzd29yZA=="), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in r#".{0,12}[\\&%+=/u#x;0-9a-f\u{e9}]{0,24}.{0,12}"#) {
            for decode in [json, page, percent, form] {
                let _ = decode(&text);
            }
            let _ = basic(&text);
            prop_assert_eq!(without_base64(&text, "", |_| false), text);
        }

        #[test]
        fn base64_is_read_wherever_it_begins(
            before in "[a-z]{0,5}",
            secret in "[!-~]{8,20}",
            path in "[a-z]{0,6}/",
        ) {
            let word = base64::engine::general_purpose::URL_SAFE.encode(format!("{before}{secret}"));
            let shown = without_base64(&format!("x {path}{word} y"), "[]", |t| t.contains(&secret));
            prop_assert!(shown.starts_with("x []") && shown.ends_with(" y"), "{}", shown);
        }
    }
}
