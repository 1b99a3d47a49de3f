//! The URL of a PostgreSQL database. It may hold a password, so its display form masks the
//! password.

use super::error::Fault;
use url::Url;

const REMEDY: &str = "Write `postgres://user:password@host:port/database`; in a password, `%23` stands for `#`, `%2F` for `/`, `%40` for `@`";

/// The options allowed after `?`.
const OPTIONS: &[&str] = &["sslmode", "sslrootcert", "sslcert", "sslkey", "host"];
/// See <https://www.postgresql.org/docs/current/libpq-ssl.html>.
const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The URL of a PostgreSQL database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    /// The complete URL including the password: for connecting only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }

    /// Whether `other` differs at most in the password.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        let bare = |url: &Url| {
            let mut url = url.clone();
            url.set_password(None).map(|()| url).ok()
        };
        bare(&self.0).is_some_and(|url| Some(url) == bare(&other.0))
    }

    /// Parses a URL; whether the database accepts it is found out when connecting.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let url = Url::parse(text).map_err(|error| Fault::new(format!("is not a url ({error})"), REMEDY))?;
        if url.fragment().is_some() {
            return Err(Fault::new("holds something after a `#`", REMEDY));
        }
        let is_socket = url.query_pairs().any(|(key, value)| key == "host" && value.starts_with('/'));
        if url.host_str().unwrap_or_default().is_empty() && !is_socket {
            return Err(Fault::new("names no host", REMEDY));
        }
        let database = url.path().trim_start_matches('/');
        if database.is_empty() || database.contains('/') {
            return Err(Fault::new("names no database", REMEDY));
        }
        for (key, value) in url.query_pairs() {
            if !OPTIONS.contains(&&*key) {
                let remedy = format!("After the `?` only {} can stand", OPTIONS.join(", "));
                return Err(Fault::new("holds an option that is not known", remedy));
            }
            if key == "sslmode" && !SSL_MODES.contains(&&*value) {
                return Err(Fault::new("holds an unknown sslmode", format!("Write one of {}", SSL_MODES.join(", "))));
            }
        }
        Ok(Self(url))
    }
}

/// In the notation of the configuration, with the password masked.
impl std::fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = self.0.clone();
        if shown.password().is_some() && shown.set_password(Some("***")).is_err() {
            return f.write_str("postgres:");
        }
        f.write_str(shown.as_str())
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        for text in ["postgres://ann:hunter2@db:5433/postern?sslmode=require", "postgresql://ann:hunter2@[::1]/x"] {
            let url = PostgresUrl::parse(text).unwrap();
            assert_eq!(url.reveal(), text);
            for shown in [url.to_string(), format!("{url:?}")] {
                assert!(!shown.contains("hunter2") && shown.contains("ann:***@"), "{shown}");
            }
        }
        assert_eq!(PostgresUrl::parse("postgres://db/postern").unwrap().to_string(), "postgres://db/postern");
    }

    #[test]
    fn another_password_is_told_from_another_place() {
        let is_same = |other: &str| {
            let url = PostgresUrl::parse("postgres://ann:old@db/postern?sslmode=require").unwrap();
            url.is_same_place(&PostgresUrl::parse(&format!("postgres://{other}")).unwrap())
        };
        for other in ["ann:old", "ann:new", "ann"] {
            assert!(is_same(&format!("{other}@db/postern?sslmode=require")), "{other}");
        }
        for other in
            ["bob:old@db/postern?sslmode=require", "ann:old@db/postern", "ann:old@other/postern?sslmode=require"]
        {
            assert!(!is_same(other), "{other}");
        }
    }

    #[test]
    fn a_socket_is_a_host_too() {
        for text in ["postgres:///postern?host=/run/postgresql", "postgres://ann@%2Frun%2Fpostgresql/postern"] {
            assert!(PostgresUrl::parse(text).is_ok(), "{text}");
        }
    }
}
