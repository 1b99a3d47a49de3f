//! Signs webhook requests as Standard Webhooks specifies, so that the application can verify the
//! sender.

use crate::domain::renewable::Renewable;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// Base64 that writes padding and reads with or without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key shared with the application; never shown. Clones share it, also when it is replaced.
#[derive(Debug, Clone)]
pub struct Secret(Renewable<SecretSlice<u8>>);

/// Parses `whsec_` followed by base64, the content of `[app] secret_file`. Surrounding white space
/// is ignored.
///
/// # Errors
/// A sentence with the remedy, when the text has any other form.
pub fn parse_secret(text: &str) -> Result<Secret, String> {
    let remedy = "write one line, `whsec_` followed by what `openssl rand -base64 32` prints";
    let encoded = text
        .trim()
        .strip_prefix("whsec_")
        .ok_or_else(|| format!("[app] secret_file: the secret does not begin with `whsec_`; {remedy}"))?;
    let key = BASE64
        .decode(encoded)
        .map_err(|_| format!("[app] secret_file: what follows `whsec_` is not base64; {remedy}"))?;
    if key.is_empty() {
        return Err(format!("[app] secret_file: the secret is empty; {remedy}"));
    }
    Ok(Secret(Renewable::new(key.into())))
}

impl Secret {
    /// Takes the key of `other`, from the next signature on.
    pub fn replace(&self, other: &Self) {
        self.0.replace(other.0.get());
    }

    /// The value of `webhook-signature`: HMAC-SHA256 over `ID.SECONDS.BODY`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Result<String, hmac::digest::InvalidLength> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.get().expose_secret())?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the Standard Webhooks libraries test with.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = parse_secret(" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn anything_but_a_secret_is_refused_with_a_remedy_and_not_repeated() {
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_hunter two"] {
            let error = parse_secret(text).unwrap_err();
            assert!(error.contains("openssl rand") && !error.contains("hunter"), "{error}");
        }
        assert!(parse_secret("whsec_c2VjcmV0Cg").is_ok(), "padding may be left away");
    }

    #[test]
    fn a_replaced_secret_signs_for_all_who_share_it() {
        let (secret, new) = (parse_secret("whsec_b2xk").unwrap(), parse_secret("whsec_bmV3").unwrap());
        let shared = secret.clone();
        assert_ne!(shared.sign("id", 1, b"x"), new.sign("id", 1, b"x"));
        secret.replace(&new);
        assert_eq!(shared.sign("id", 1, b"x"), new.sign("id", 1, b"x"));
    }

    #[test]
    fn a_secret_is_not_shown_when_printed() {
        assert!(!format!("{:?}", parse_secret("whsec_c2VjcmV0").unwrap()).contains("115"));
    }
}
