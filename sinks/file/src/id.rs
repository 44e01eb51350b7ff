//! Ids as text, quickly.

use alert_core::AlertId;

/// Before which bytes a hyphen stands.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends an id as it shows itself.
pub(crate) fn write(id: AlertId, out: &mut Vec<u8>) {
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in id.to_bytes().into_iter().enumerate() {
        at += usize::from(HYPHENS.contains(&index));
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 0xf)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_written_as_they_are_shown(bytes in any::<[u8; 16]>()) {
            let id = AlertId::from_bytes(bytes);
            let mut out = Vec::new();
            write(id, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), id.to_string());
        }
    }
}
