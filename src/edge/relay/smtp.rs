//! The smarthost: connects, plain or with TLS, and authenticates.
//!
//! A password crosses the network only inside TLS, or stays on this machine. The certificate is
//! checked against the system's roots (or `SSL_CERT_FILE`) and the name in `[relay] url`; no
//! setting turns that off. STARTTLS is not supported, because text injected before the handshake
//! would be trusted after it.

use super::line::{SmtpLine, is_done};
use super::place::{Place, RelayUrlError, Wire};
use super::stream::RelayStream;
use super::timeouts::{Timeouts, within};
use super::trouble::Trouble;
use crate::domain::failure::Failure;
use crate::domain::renewable::Renewable;
use crate::outbound::port::{Line, Relay};
use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::sync::Arc;
use url::Url;

/// A smarthost reached by SMTP.
pub struct SmtpRelay {
    place: Place,
    /// The user, and the password as it is when a connection opens.
    sign_in: Option<(String, Renewable<SecretString>)>,
    hello: ClientId,
    tls: Arc<ClientConfig>,
    timeouts: Timeouts,
}

impl SmtpRelay {
    /// A relay at `smtp://HOST:PORT` or `smtps://USER@HOST:PORT`. `hello_name` is sent in EHLO. It
    /// opens no connection yet.
    ///
    /// # Errors
    /// When the URL has another form, a password is missing or would travel unencrypted, or no TLS
    /// roots are available.
    pub fn new(
        url: &Url,
        password: Option<Renewable<SecretString>>,
        hello_name: String,
        timeouts: Timeouts,
    ) -> Result<Self, RelayUrlError> {
        let place = Place::read(url)?;
        let tls = match place.wire {
            Wire::Clear => trusting(RootCertStore::empty()),
            Wire::Tls(_) => trusting_the_machine(),
        };
        let tls = tls.map_err(|error| RelayUrlError::Tls(error.to_string()))?;
        Self::with_tls(place, password, &hello_name, timeouts, tls)
    }

    /// Like `new`, with the given TLS configuration.
    pub(super) fn with_tls(
        place: Place,
        password: Option<Renewable<SecretString>>,
        hello_name: &str,
        timeouts: Timeouts,
        tls: ClientConfig,
    ) -> Result<Self, RelayUrlError> {
        let sign_in = match (place.user.clone(), password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => return Err(RelayUrlError::NoPassword),
            (None, Some(_)) => return Err(RelayUrlError::NoUser),
        };
        if sign_in.is_some() && place.wire == Wire::Clear && !place.is_loopback() {
            return Err(RelayUrlError::PasswordInClear);
        }
        Ok(Self { place, sign_in, hello: client_id(hello_name), tls: Arc::new(tls), timeouts })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let failed = |trouble: Trouble| self.failure(&trouble, "check [relay] url and that the server is running");
        let stream = RelayStream::connect(&self.place, &self.tls, &self.timeouts).await.map_err(failed)?;
        // A name such as `localhost` counts as loopback only if the connection actually went there.
        if self.sign_in.is_some() && self.place.wire == Wire::Clear && !stream.is_to_loopback() {
            return Err(Failure::temporary(RelayUrlError::PasswordInClear.to_string()));
        }
        let hello = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello);
        within(self.timeouts.hello, hello).await.map_err(failed)
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Failure> {
        let Some((user, password)) = &self.sign_in else { return Ok(()) };
        let credentials = Credentials::new(user.clone(), password.get().expose_secret().to_owned());
        let answer = within(self.timeouts.command, connection.auth(DEFAULT_MECHANISMS, &credentials)).await;
        let failed =
            |trouble: &Trouble| self.failure(trouble, "check the user in [relay] url and [relay] password_file");
        match answer {
            Ok(reply) if is_done(&reply) => Ok(()),
            Ok(reply) => Err(failed(&Trouble::Broke(format!("AUTH was answered with {}", reply.code())))),
            Err(trouble) => Err(failed(&trouble)),
        }
    }

    fn failure(&self, trouble: &Trouble, remedy: &str) -> Failure {
        Failure::temporary(format!("the relay {} cannot be used: {trouble}; {remedy}", self.name()))
    }
}

#[async_trait]
impl Relay for SmtpRelay {
    async fn open(&self) -> Result<Box<dyn Line>, Failure> {
        let mut connection = self.connect().await?;
        self.sign_in(&mut connection).await?;
        Ok(Box::new(SmtpLine::new(connection, self.timeouts)))
    }

    fn name(&self) -> String {
        self.place.name()
    }
}

/// The EHLO argument (RFC 5321 §4.1.1.1): a name or an address in brackets, without characters that
/// could end the command.
fn client_id(hello_name: &str) -> ClientId {
    match hello_name.parse() {
        Ok(IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Ok(IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        Err(_) => {
            let name: String = hello_name.chars().filter(char::is_ascii_graphic).collect();
            ClientId::Domain(if name.is_empty() { "localhost".to_owned() } else { name })
        }
    }
}

/// Trusts the system's roots. Names the crypto provider, because the process's default may be unset
/// or a different one.
fn trusting_the_machine() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_platform_verifier()?.with_no_client_auth())
}

/// Trusts only `roots`.
pub(super) fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}
