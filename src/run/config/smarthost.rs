//! The URL of the smarthost: `smtp://host:port`, `smtps://user@host:port`, or `file:PATH` when
//! there is none.

use super::error::Fault;
use super::place;
use std::path::PathBuf;
use url::Url;

/// The mail server that accepts notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smarthost {
    /// Host name or IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The credentials; `None` when the server needs none.
    pub sign_in: Option<SignIn>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Unencrypted.
    Clear,
    /// TLS from the first byte (RFC 8314 §3).
    Tls,
}

/// A user, and the file with the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The user's name.
    pub user: String,
    /// The file with the password.
    pub password_file: PathBuf,
}

/// In the notation of the configuration: `smtps://user@host:port`.
impl std::fmt::Display for Smarthost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.security {
            Security::Clear => "smtp://",
            Security::Tls => "smtps://",
        })?;
        if let Some(sign_in) = &self.sign_in {
            write!(f, "{}@", url::form_urlencoded::byte_serialize(sign_in.user.as_bytes()).collect::<String>())?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Smarthost {
    /// Whether authentication would send the password in clear over the network.
    pub(super) fn shows_its_password(&self) -> bool {
        self.sign_in.is_some() && self.security == Security::Clear && !place::is_loopback(&self.host)
    }
}

/// The content of the URL, before it is known whether there is a password.
#[derive(Debug)]
pub(super) enum Target {
    File(PathBuf),
    Smarthost { host: String, port: u16, security: Security, user: Option<String> },
}

const REMEDY: &str = "Write `file:PATH`, `smtp://host:port` or `smtps://user@host:port`";

/// Parses `relay.url`.
pub(super) fn target(text: &str) -> Result<Target, Fault> {
    match text.split_once(':') {
        Some(("file", rest)) => place::path_of_url(rest).map(Target::File),
        Some(("smtp", _)) => smarthost(text, Security::Clear, 25),
        Some(("smtps", _)) => smarthost(text, Security::Tls, 465),
        _ => Err(Fault::new("names no way out that Postern knows", REMEDY)),
    }
}

fn smarthost(text: &str, security: Security, usual_port: u16) -> Result<Target, Fault> {
    let url = Url::parse(text).map_err(|error| Fault::new(format!("is not a url ({error})"), REMEDY))?;
    if url.password().is_some() {
        let remedy = "Take it out and put it into the file that `relay.password_file` names";
        return Err(Fault::new("holds a password", remedy));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new("holds more than a user, a host and a port", REMEDY));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(named) {
        return Err(Fault::new("names no host", REMEDY));
    }
    let port = url.port().unwrap_or(usual_port);
    let user = match url.username() {
        "" => None,
        user => Some(decode(user).ok_or_else(|| Fault::new("holds a user that is not readable text", REMEDY))?),
    };
    Ok(Target::Smarthost { host, port, security, user })
}

/// Decodes percent-encoding (RFC 3986 §2.1): a user is often an address, whose `@` is written
/// `%40`.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [char::from(bytes.next()?), char::from(bytes.next()?)];
            let [high, low] = digits.map(|digit| digit.to_digit(16));
            plain.push(u8::try_from(high? * 16 + low?).ok()?);
        } else {
            plain.push(byte);
        }
    }
    String::from_utf8(plain).ok().filter(|user| !user.chars().any(char::is_control))
}
