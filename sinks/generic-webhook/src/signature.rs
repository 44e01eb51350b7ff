//! Standard Webhooks 1.0.0: who sent it, and that nobody changed it.

use std::fmt;

use alert_core::{Secret, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a signature consists of: an id, a time and itself.
pub(crate) const SIGNATURE_HEADERS: [&str; 3] =
    ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// A secret as it stands in a config: standard base64 behind this.
const PREFIX: &str = "whsec_";
/// How many bytes of key the specification allows.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// One key that signs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Reads `whsec_` and standard base64 with its padding, of 24 to 64 bytes.
    ///
    /// As strict as can be: verifiers that are less strict make another key of what is malformed,
    /// and nobody sees why signatures do not match.
    pub(crate) fn read(secret: &Secret) -> Result<Self, &'static str> {
        let text = secret.expose();
        if text.starts_with("whsk_") || text.starts_with("whpk_") {
            return Err("is an ed25519 key; give a symmetric one, which begins with `whsec_`");
        }
        let base64 = text
            .strip_prefix(PREFIX)
            .ok_or("does not begin with `whsec_`")?;
        let key = STANDARD
            .decode(base64)
            .map_err(|_| "is not standard base64 with padding behind `whsec_`")?;
        if !BYTES.contains(&key.len()) {
            return Err("does not hold 24 to 64 bytes of key");
        }
        Ok(Self(key))
    }

    /// `v1,` and the signature.
    fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("an HMAC takes a key of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature for each key, one space between them.
pub(crate) fn signature(keys: &[SigningKey], id: &str, seconds: u64, body: &[u8]) -> String {
    let signed: Vec<String> = keys.iter().map(|key| key.sign(id, seconds, body)).collect();
    signed.join(" ")
}

/// Whole seconds since 1970, for `webhook-timestamp`.
pub(crate) fn seconds(time: Timestamp) -> u64 {
    time.as_micros() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const B: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn key(text: &str) -> SigningKey {
        SigningKey::read(&Secret::new(text)).unwrap()
    }

    #[test]
    fn the_published_vectors_pass() {
        let a = (
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            &b"{\"test\": 2432232314}"[..],
        );
        assert_eq!(
            signature(&[key(A)], a.0, a.1, a.2),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        let b = (
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            &br#"{"email":"test@example.com","username":"test_user"}"#[..],
        );
        assert_eq!(
            signature(&[key(B)], b.0, b.1, b.2),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn two_secrets_sign_both_with_one_space_between() {
        let (one, two) = (key(A), key(B));
        let both = signature(&[one.clone(), two.clone()], "id", 1, b"body");
        let each = [one, two].map(|key| signature(&[key], "id", 1, b"body"));
        assert_eq!(both, each.join(" "));
    }

    #[test]
    fn what_is_no_secret_of_the_specification_is_refused() {
        let base64 = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7_u8; bytes]));
        for wrong in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            // The alphabet of URLs, a missing padding, white space, bits behind the end.
            "whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB==",
            &base64(23),
            &base64(65),
        ] {
            assert!(SigningKey::read(&Secret::new(wrong)).is_err(), "{wrong:?}");
        }
        for bytes in BYTES {
            assert!(SigningKey::read(&Secret::new(base64(bytes))).is_ok());
        }
    }

    #[test]
    fn a_key_does_not_show() {
        assert_eq!(format!("{:?}", key(A)), "SigningKey(…)");
    }
}
