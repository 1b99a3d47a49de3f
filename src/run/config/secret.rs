//! Secrets stand in files of their own, never in the configuration or a variable.

use super::error::{ConfigError, Fault, Origin};
use secrecy::SecretString;
use std::path::Path;

/// More is no password or signing key; it is the wrong file.
const MOST_BYTES: u64 = 64 * 1024;

/// Reads a secret; the newline that editors add is not part of it. Warns when others on the machine can read it.
///
/// # Errors
/// When the file cannot be read, holds nothing, or is far too large to be a secret.
pub fn read_secret(path: &Path) -> Result<SecretString, ConfigError> {
    let wrong = |problem: String, remedy: &str| Fault::new(problem, remedy).at(Origin::file(path), "the secret file");
    let unreadable =
        |error: std::io::Error| wrong(format!("cannot be read: {error}"), "Create it (mode 0600) or correct its path");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > MOST_BYTES {
        return Err(wrong(format!("holds {} bytes", metadata.len()), "Name the file that holds the secret alone"));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err(wrong("holds nothing".to_owned(), "Write the secret into it, on one line"));
    }
    if secret.chars().any(char::is_control) {
        return Err(wrong("holds more than one line".to_owned(), "Write the secret into it, on one line"));
    }
    if let Some(warning) = open_to_all(path) {
        tracing::warn!(path = %path.display(), "{warning}");
    }
    Ok(SecretString::from(secret.to_owned()))
}

/// What to do about a secret file that every user of this machine can read; `None` when it is closed to them.
#[must_use]
pub fn open_to_all(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let path = path.display();
    (mode & 0o004 != 0)
        .then(|| format!("every user of this machine can read the secret file {path}; run `chmod o-r {path}`"))
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
    fn a_secret_that_every_user_can_read_is_told_with_the_command_that_closes_it() {
        use std::os::unix::fs::PermissionsExt;
        let file = file("s3cret");
        let set = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o640);
        assert_eq!(open_to_all(file.path()), None);
        set(0o644);
        assert!(open_to_all(file.path()).unwrap().contains("chmod o-r"));
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
