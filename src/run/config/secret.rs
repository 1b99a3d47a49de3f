//! Secrets are kept in separate files, never in the configuration or a variable.

use super::Config;
use super::app::AppUrl;
use super::error::{ConfigError, Fault, Origin};
use super::relay::RelayUrl;
use super::smarthost::Smarthost;
use secrecy::SecretString;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A larger file is not a password or signing key; it is the wrong file.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads a secret, without the newline that editors add. Logs a warning when other accounts on the
/// machine can read it.
///
/// # Errors
/// When the file cannot be read, is empty, or is far too large to be a secret.
pub fn read_secret(path: &Path) -> Result<SecretString, ConfigError> {
    let wrong = |problem: String, remedy: &str| Fault::new(problem, remedy).at(Origin::file(path), "the secret file");
    let unreadable =
        |error: std::io::Error| wrong(format!("cannot be read: {error}"), "Create it (mode 0600) or correct its path");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > MAX_BYTES {
        return Err(wrong(format!("holds {} bytes", metadata.len()), "Name the file that holds the secret alone"));
    }
    let secret = read_secret_from(std::fs::File::open(path).map_err(unreadable)?, path)?;
    if let Some(text) = loose_mode(path) {
        tracing::warn!(path = %path.display(), "A secret is not safe: {text}");
    }
    Ok(secret)
}

/// Reads a secret from an open source; `name` is its name in errors.
///
/// # Errors
/// As [`read_secret`].
pub fn read_secret_from(source: impl Read, name: &Path) -> Result<SecretString, ConfigError> {
    let wrong = |problem: &str, remedy: &str| Fault::new(problem, remedy).at(Origin::file(name), "the secret");
    let mut text = String::new();
    let read = source.take(MAX_BYTES + 1).read_to_string(&mut text);
    let length = read.map_err(|error| wrong(&format!("cannot be read: {error}"), "Write it as text, on one line"))?;
    if length as u64 > MAX_BYTES {
        return Err(wrong("is too long to be one", "Give the secret alone"));
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err(wrong("is empty", "Write it there, on one line"));
    }
    if secret.chars().any(char::is_control) {
        return Err(wrong("has more than one line", "Write it there alone, on one line"));
    }
    Ok(SecretString::from(secret.to_owned()))
}

/// The secret files that the configuration names, each with its key.
#[must_use]
pub fn files(config: &Config) -> Vec<(&'static str, &Path)> {
    let mut files = Vec::new();
    if let AppUrl::Webhook { secret_file, .. } = &config.app.url {
        files.push(("app.secret_file", secret_file.as_path()));
    } else if let Some(hook) = &config.app.mode_webhook {
        files.push(("app.secret_file", hook.secret_file.as_path()));
    }
    if let RelayUrl::Smarthost(Smarthost { sign_in: Some(sign_in), .. }) = &config.relay.url {
        files.push(("relay.password_file", sign_in.password_file.as_path()));
    }
    files
}

/// What is wrong with the file's mode, with the remedy; `None` when other accounts have no access
/// and the group cannot write.
#[must_use]
pub fn loose_mode(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let who = match (mode & 0o007, mode & 0o020) {
        (0, 0) => return None,
        (0, _) => "the group can write",
        _ => "every account on this machine can use",
    };
    let path = path.display();
    Some(format!(
        "{who} the secret file {path} (mode {mode:04o}): run `chmod 0600 {path}`, or 0640 with a group of its own"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn the_newline_of_an_editor_is_no_part_of_a_secret() {
        for text in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            assert_eq!(read_secret(file(text).path()).unwrap().expose_secret(), "s3cret");
        }
        assert_eq!(read_secret(file(" pass phrase \n").path()).unwrap().expose_secret(), " pass phrase ");
    }

    #[test]
    fn a_secret_that_others_can_use_is_named_with_its_mode_and_the_remedy() {
        let file = file("s3cret");
        let says = |mode| {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            loose_mode(file.path())
        };
        for mode in [0o600, 0o400, 0o640] {
            assert_eq!(says(mode), None);
        }
        for (mode, who) in
            [(0o644, "every account"), (0o604, "every account"), (0o666, "every account"), (0o660, "the group")]
        {
            let text = says(mode).unwrap();
            assert!(
                text.contains(who) && text.contains(&format!("{mode:04o}")) && text.contains("chmod 0600"),
                "{text}"
            );
        }
        assert_eq!(loose_mode(Path::new("no/such/file")), None);
    }

    #[test]
    fn an_empty_a_long_and_a_missing_secret_are_refused_without_showing_them() {
        for text in ["", "\n", "  \n", "hunter2\nx\n", &"x".repeat(70_000)] {
            let error = read_secret(file(text).path()).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = read_secret(Path::new("no/such/file")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no/such/file: the secret file cannot be read: No such file or directory (os error 2). \
             Create it (mode 0600) or correct its path."
        );
    }
}
