//! A body, smaller.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The same body gives the same bytes: there is no time in them.
pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing into memory cannot fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_body_comes_out_again_and_twice_the_same(body: Vec<u8>) {
            let packed = gzip(&body);
            let mut out = Vec::new();
            GzDecoder::new(&packed[..]).read_to_end(&mut out).unwrap();
            prop_assert_eq!(&out, &body);
            prop_assert_eq!(gzip(&body), packed);
        }
    }
}
