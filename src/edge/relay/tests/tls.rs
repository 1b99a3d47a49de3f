//! TLS and authentication.

use super::fake::{Deed, Fake, say};
use super::*;
use crate::domain::renewable::Renewable;
use crate::edge::relay::place::{Place, RelayUrlError};
use crate::edge::relay::smtp::trusting;
use base64::Engine;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A server certificate for `localhost` and an acceptor that uses it.
fn identity() -> (TlsAcceptor, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), cert.der().clone())
}

fn relay_trusting(url: &str, root: Option<CertificateDer<'static>>) -> SmtpRelay {
    let mut roots = RootCertStore::empty();
    root.into_iter().for_each(|root| roots.add(root).unwrap());
    let place = Place::read(&Url::parse(url).unwrap()).unwrap();
    let password = Some(Renewable::new(SecretString::from("s3cret")));
    SmtpRelay::with_tls(place, password, "postern.example", patient(), trusting(roots).unwrap()).unwrap()
}

fn plain() -> String {
    format!("AUTH PLAIN {}", base64::engine::general_purpose::STANDARD.encode("\0u@example.com\0s3cret"))
}

#[tokio::test]
async fn mail_goes_through_tls_after_signing_in() {
    let (acceptor, root) = identity();
    let fake = Fake::start_with(&[], Some(acceptor)).await;
    let relay = relay_trusting(&format!("smtps://u%40example.com@localhost:{}", fake.port), Some(root));
    let mut line = relay.open().await.unwrap();
    for _ in 0..2 {
        assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Done(_)));
    }
    line.close().await;
    assert_eq!(fake.commands()[1], plain());
    assert_eq!(fake.seen().messages.len(), 2);
    assert_eq!(relay.name(), format!("smtps://localhost:{}", fake.port));
}

#[tokio::test]
async fn a_certificate_of_nobody_we_trust_or_for_another_name_is_refused() {
    let (acceptor, root) = identity();
    let fake = Fake::start_with(&[], Some(acceptor)).await;
    let stranger = relay_trusting(&format!("smtps://u@localhost:{}", fake.port), Some(identity().1));
    assert!(refusal(stranger.open().await).contains("SSL_CERT_FILE"));
    let other_name = relay_trusting(&format!("smtps://u@127.0.0.1:{}", fake.port), Some(root));
    assert!(refusal(other_name.open().await).contains("its certificate is for localhost, not for 127.0.0.1"));
    assert!(fake.commands().is_empty());
}

#[tokio::test]
async fn a_relay_that_speaks_no_tls_is_given_up() {
    let fake = Fake::start([]).await;
    let relay = relay_trusting(&format!("smtps://u@localhost:{}", fake.port), None);
    assert!(refusal(relay.open().await).contains("cannot be used"));
}

#[tokio::test]
async fn login_is_spoken_where_plain_is_not_offered() {
    let script = [
        ("EHLO", say("250-fake\r\n250 AUTH LOGIN\r\n")),
        ("AUTH", say("334 VXNlcm5hbWU6\r\n")),
        // The base64 strings decode to "u", then "s3cret".
        ("dQ==", say("334 UGFzc3dvcmQ6\r\n")),
        ("czNjcmV0", say("235 welcome\r\n")),
    ];
    let fake = Fake::start(script).await;
    let mut line = relay_trusting(&format!("smtp://u@127.0.0.1:{}", fake.port), None).open().await.unwrap();
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Done(_)));
    assert_eq!(fake.commands()[1..4], ["AUTH LOGIN", "dQ==", "czNjcmV0"]);
}

#[tokio::test]
async fn a_refused_sign_in_pauses_the_relay_and_shows_no_password() {
    for deed in [say("535 5.7.8 wrong\r\n"), say("454 later\r\n"), say("354 go\r\n"), say("334 \r\n"), Deed::Close] {
        let fake = Fake::start([("AUTH", deed)]).await;
        let relay = relay_trusting(&format!("smtp://u%40example.com@127.0.0.1:{}", fake.port), None);
        let text = refusal(relay.open().await);
        assert!(text.contains("password_file") && !text.contains("s3cret") && !text.contains("u@"), "{text}");
        assert_eq!(fake.commands()[1], plain());
    }
    let fake = Fake::start([("EHLO", say("250 fake\r\n"))]).await;
    let none_offered = relay_trusting(&format!("smtp://u@127.0.0.1:{}", fake.port), None);
    assert!(refusal(none_offered.open().await).contains("mechanism"));
}

#[test]
fn a_password_and_its_user_come_together_and_never_travel_in_clear() {
    let new = |url: &str, password: Option<&str>| {
        SmtpRelay::new(
            &Url::parse(url).unwrap(),
            password.map(|text| Renewable::new(SecretString::from(text))),
            "h".to_owned(),
            patient(),
        )
        .err()
    };
    assert_eq!(new("smtp://u@mail.example.com", Some("p")), Some(RelayUrlError::PasswordInClear));
    assert_eq!(new("smtp://u@127.0.0.1", Some("p")), None);
    assert_eq!(new("smtp://u@127.0.0.1", None), Some(RelayUrlError::NoPassword));
    assert_eq!(new("smtp://127.0.0.1", Some("p")), Some(RelayUrlError::NoUser));
    assert_eq!(new("smtp://mail.example.com", None), None);
}
