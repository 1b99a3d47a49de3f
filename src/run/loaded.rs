//! Digests of the configuration files in force, so that `postern check` can compare them with the
//! current files.
//!
//! The configuration may contain the database's password, and readers of the store must not be able
//! to guess it: the digest is slow and salted, like a password hash.

use super::config::Config;
use super::config::kinds::kinds_file;
use super::config::locate::DEFAULT_FILE;
use crate::domain::password::slow_digest;
use crate::domain::report::{Content, Loaded};
use sha2::{Digest, Sha256};
use std::path::Path;

/// SHA-256 of a file's text; `None` if the file does not exist.
pub type Sha = Option<[u8; 32]>;

/// The files of `config` as they were read; `kinds` is the digest of the table that was read with
/// it. Takes tens of milliseconds.
///
/// `None` when there is not enough memory.
#[must_use]
pub fn loaded(config: &Config, kinds: Sha) -> Option<Loaded> {
    let file = config.place.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    Some(Loaded { configuration: content(file, config.place.sha)?, kinds: content(&kinds_file(config), kinds)? })
}

fn content(file: &Path, sha: Sha) -> Option<Content> {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string();
    let salt = Sha256::digest(file.as_bytes());
    let digest = match sha {
        Some(sha) => {
            let digest = slow_digest(&sha, &salt)?;
            Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        None => None,
    };
    Some(Content { file, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_contents_and_files_apart_and_is_no_plain_hash() {
        let sha = |text: &str| Some(Sha256::digest(text).into());
        let digest = |file: &str, text: &str| content(Path::new(file), sha(text)).unwrap().digest.unwrap();
        assert_eq!(digest("/a.toml", "x"), digest("/a.toml", "x"));
        assert_ne!(digest("/a.toml", "x"), digest("/a.toml", "y"));
        assert_ne!(digest("/a.toml", "x"), digest("/b.toml", "x"));
        let plain: String = Sha256::digest("x").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_ne!(digest("/a.toml", "x"), plain);
        assert_eq!(content(Path::new("/a.toml"), None).unwrap().digest, None);
    }
}
