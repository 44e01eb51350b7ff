//! Which headers a config may set.

use alert_core::Secret;

/// Headers by which a message is framed; who sets one makes two messages of one, or none.
const FRAMING: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What is wrong with a header of this name and value, in words that repeat neither; `None` if
/// nothing is.
pub(crate) fn fault(name: &str, value: &Secret) -> Option<&'static str> {
    name_fault(name).or_else(|| value_fault(value.expose()))
}

/// What is wrong with a header's name.
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    if !is_token(name) {
        return Some("no header can have this name: give letters, digits and `-`");
    }
    let name = name.to_ascii_lowercase();
    if FRAMING.contains(&&*name) || name.starts_with("proxy-") {
        return Some("it frames the message or its connection, which the client does");
    }
    if name == "content-type" {
        return Some("the body says what it is: set `content_type`");
    }
    None
}

/// RFC 9110, section 5.6.2.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// RFC 9110, section 5.5, without its `obs-text`.
pub(crate) fn value_fault(value: &str) -> Option<&'static str> {
    if value.bytes().any(|byte| byte == b'\r' || byte == b'\n') {
        return Some("its value holds a line break");
    }
    if !value
        .bytes()
        .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
    {
        return Some("its value holds characters that are not printable ASCII");
    }
    if value.trim() != value {
        return Some("its value begins or ends with white space");
    }
    None
}

/// What is wrong with a media type.
pub(crate) fn media_type_fault(text: &str) -> Option<&'static str> {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let sound = essence
        .split_once('/')
        .is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
    if sound && value_fault(text).is_none() {
        return None;
    }
    Some("this is no media type, such as `text/plain; charset=utf-8`")
}

/// Whether a body of this media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frames_a_message_is_refused_in_any_case() {
        for name in [
            "Host",
            "CONTENT-LENGTH",
            "transfer-encoding",
            "Connection",
            "Content-Encoding",
            "Content-Type",
            "Proxy-Authorization",
            "Upgrade",
        ] {
            assert!(name_fault(name).is_some(), "{name}");
        }
        for name in ["Authorization", "X-Api-Key", "x_y", "Content-Language"] {
            assert_eq!(name_fault(name), None, "{name}");
        }
    }

    #[test]
    fn no_name_and_no_value_can_add_a_header() {
        for name in ["", "a b", "a:b", "a\r\nb", "ä", "a\0"] {
            assert!(name_fault(name).is_some(), "{name:?}");
        }
        for value in [
            "a\r\nX: y",
            "a\nb",
            "a\rb",
            "a\0b",
            "é",
            "\u{7f}",
            " a",
            "a\t",
        ] {
            assert!(value_fault(value).is_some(), "{value:?}");
        }
        for value in ["", "Bearer x", "a\tb", "\"quoted\", ~"] {
            assert_eq!(value_fault(value), None, "{value:?}");
        }
    }

    #[test]
    fn media_types_are_known_and_which_of_them_are_json() {
        for sound in ["application/json", "text/plain; charset=utf-8", "a/b+json"] {
            assert_eq!(media_type_fault(sound), None, "{sound}");
        }
        for wrong in ["", "json", "a/", "/b", "a/b\r\nX: y", "a b/c"] {
            assert!(media_type_fault(wrong).is_some(), "{wrong:?}");
        }
        assert!(is_json("application/JSON; charset=utf-8") && is_json("application/x+json"));
        assert!(!is_json("text/plain") && !is_json("application/x-ndjson"));
    }
}
