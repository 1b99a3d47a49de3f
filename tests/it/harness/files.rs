//! Folders and Maildirs.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// A folder that is deleted on drop; other accounts (Postfix's) may enter it.
pub fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("postern-it-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The contents of a Maildir's mails, read or not.
pub fn maildir(path: &Path) -> Vec<Vec<u8>> {
    let mut mails = Vec::new();
    for part in ["new", "cur"] {
        let Ok(entries) = std::fs::read_dir(path.join(part)) else { continue };
        mails.extend(entries.flatten().filter_map(|entry| std::fs::read(entry.path()).ok()));
    }
    mails
}

/// Whether `bytes` contain `text`.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// The value of the first header called `name`, unfolded.
pub fn header(mail: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    let wanted = format!("{}:", name.to_ascii_lowercase());
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&wanted))?;
    Some(line[wanted.len()..].trim().to_owned())
}

/// `text` with every run of white space as one space, because mail software folds lines at will.
pub fn unfolded(text: &[u8]) -> String {
    String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
