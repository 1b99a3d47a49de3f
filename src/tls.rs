//! Explains why the peer's certificate was refused, and how to fix it.
//!
//! rustls decides what to trust, with the system's root certificates or those in `SSL_CERT_FILE`;
//! nothing here can loosen that.

use rustls::CertificateError as Trouble;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use std::error::Error;
use std::path::Path;

const NAME_THE_CA: &str = "name a PEM file with the CA's certificate in the variable SSL_CERT_FILE";

/// What is wrong with a certificate and how to fix it; `None` when `error` is about something else.
/// `key` is the configuration key that names the server.
#[must_use]
pub fn certificate_remedy(error: &(dyn Error + 'static), key: &str) -> Option<String> {
    let rustls::Error::InvalidCertificate(trouble) = tls_error(error)? else { return None };
    Some(match trouble {
        // A CA that was recreated under its old name shows up as a bad signature.
        Trouble::UnknownIssuer | Trouble::BadSignature => format!(
            "its certificate comes from a CA that this machine does not trust: install that CA's certificate, or {NAME_THE_CA}"
        ),
        Trouble::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!(
                "its certificate is for {names}, not for {expected}: write a name it has in {key}, or give the server a certificate \
                 for {expected}"
            )
        }
        Trouble::NotValidForName => {
            format!(
                "its certificate is for another name: write the name it has in {key}, or give the server another certificate"
            )
        }
        Trouble::ExpiredContext { not_after, .. } => expired(&date(*not_after)),
        Trouble::Expired => expired(""),
        Trouble::NotValidYetContext { not_before, .. } => not_yet(&date(*not_before)),
        Trouble::NotValidYet => not_yet(""),
        Trouble::Other(other) if is_ca(other.0.as_ref()) => format!(
            "its certificate is a CA's own, and a CA's certificate is refused for a server: make a CA and a leaf, give the server the \
             leaf, and {NAME_THE_CA}"
        ),
        other => format!("its certificate is refused ({other}): give the server a valid one"),
    })
}

/// Checks the file that `SSL_CERT_FILE` names.
///
/// # Errors
/// When the file cannot be read or holds no certificate: a sentence with the remedy.
pub fn check_roots(file: &Path) -> Result<(), String> {
    let wrong = |problem: String| {
        let file = file.display();
        format!(
            "SSL_CERT_FILE names {file}, which {problem}: correct it, or unset it to trust what this machine trusts"
        )
    };
    let pem = std::fs::read(file).map_err(|error| wrong(format!("cannot be read ({error})")))?;
    if CertificateDer::pem_slice_iter(&pem).any(|found| found.is_ok()) {
        return Ok(());
    }
    Err(wrong("holds no certificate in PEM".to_owned()))
}

fn expired(when: &str) -> String {
    format!("its certificate has expired{when}: renew it on the server, and check the clock of this machine")
}

fn not_yet(when: &str) -> String {
    format!("its certificate is not valid yet{when}: check the clock of this machine and of the server")
}

fn date(time: UnixTime) -> String {
    let at = i64::try_from(time.as_secs()).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or_else(String::new, |at| format!(" ({at})"))
}

/// `DnsName("mail.example")` reduced to the name.
fn bare(presented: &str) -> &str {
    let inner = presented.split_once('(').map_or(presented, |(_, inner)| inner.trim_end_matches(')'));
    inner.trim_matches('"')
}

fn is_ca(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// The TLS error inside `error`. For an I/O error it looks at the inner error, which `source`
/// skips.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;
    use std::sync::Arc;

    #[test]
    fn each_refused_certificate_comes_with_its_own_remedy() {
        let expected = ServerName::try_from("relay.example").unwrap();
        let presented = vec!["DnsName(\"mail.example\")".to_owned(), "DnsName(\"smtp.example\")".to_owned()];
        let (time, not_after) = (
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(9)),
            UnixTime::since_unix_epoch(std::time::Duration::ZERO),
        );
        let ca = rustls::OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity));
        for (trouble, words) in [
            (Trouble::UnknownIssuer, "SSL_CERT_FILE"),
            (Trouble::BadSignature, "SSL_CERT_FILE"),
            (
                Trouble::NotValidForNameContext { expected, presented },
                "is for mail.example, smtp.example, not for relay.example: write a name it has in [relay] url",
            ),
            (Trouble::ExpiredContext { time, not_after }, "has expired (1970-01-01T00:00:00Z)"),
            (Trouble::Other(ca), "make a CA and a leaf"),
        ] {
            let error = std::io::Error::other(rustls::Error::InvalidCertificate(trouble));
            let said = certificate_remedy(&error, "[relay] url").unwrap();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_file_of_roots_that_is_missing_or_holds_none_is_named_with_a_remedy() {
        let missing = check_roots(Path::new("no/such.pem")).unwrap_err();
        assert!(missing.starts_with("SSL_CERT_FILE names no/such.pem, which cannot be read"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(check_roots(file.path()).unwrap_err().contains("holds no certificate in PEM"));
        let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(file.path(), identity.cert.pem()).unwrap();
        assert_eq!(check_roots(file.path()), Ok(()));
    }

    #[test]
    fn an_error_about_something_else_has_no_such_remedy() {
        assert_eq!(certificate_remedy(&std::io::Error::other("connection refused"), "[app] url"), None);
    }
}
