//! Times as text, quickly.

use alert_core::Timestamp;

/// How much of `2026-11-24T05:48:57.123Z` stays the same within a second.
const SECOND: usize = 20;

/// Writes times as [`Timestamp`] shows them. The calendar is asked once a second, since most
/// alerts of a batch share theirs.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    second: u64,
    text: Option<[u8; SECOND]>,
}

impl Stamp {
    pub(crate) fn write(&mut self, time: Timestamp, out: &mut Vec<u8>) {
        let micros = time.as_micros();
        let second = micros / 1_000_000;
        if self.second != second || self.text.is_none() {
            let text = time.to_string();
            self.second = second;
            self.text = text.as_bytes().first_chunk().copied();
        }
        if let Some(text) = &self.text {
            let millis = micros / 1_000 % 1_000;
            let digit = |scale: u64| b'0' + (millis / scale % 10) as u8;
            out.extend_from_slice(text);
            out.extend_from_slice(&[digit(100), digit(10), digit(1), b'Z']);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_are_written_as_they_are_shown(
            start in 0..=Timestamp::MAX.as_micros(),
            steps in prop::collection::vec(0_u64..3_000_000, 0..20),
        ) {
            let mut stamp = Stamp::default();
            let mut micros = start;
            for step in steps {
                let time = Timestamp::from_micros(micros);
                let mut out = Vec::new();
                stamp.write(time, &mut out);
                prop_assert_eq!(String::from_utf8(out).unwrap(), time.to_string());
                micros = micros.saturating_add(step);
            }
        }
    }
}
