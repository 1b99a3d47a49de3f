//! Locates the configuration: which file is read, and the folder that its relative paths start at.

use std::path::{Path, PathBuf};

/// The variable that names the file when the command line does not.
pub const VARIABLE: &str = "POSTERN_CONFIG";

/// The file used when none is named, if it exists.
pub const DEFAULT_FILE: &str = "config/postern.toml";

/// The file of an installed gateway, used when no other exists.
pub const SYSTEM_FILE: &str = "/etc/postern/postern.toml";

/// For a file in this folder, relative paths start at [`STATE_FOLDER`], whatever folder a command
/// runs in.
const SYSTEM_FOLDER: &str = "/etc/postern";

/// The folder where an installed gateway keeps its files.
const STATE_FOLDER: &str = "/var/lib/postern";

/// The result of locating the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` means the built-in defaults.
    pub file: Option<PathBuf>,
    /// The folder that relative paths are joined to; empty for the working directory.
    pub base: PathBuf,
    /// SHA-256 of the file's text as it was read; never shown.
    pub sha: Option<[u8; 32]>,
}

/// Chooses the file: the one named on the command line, else by the variable, else the default,
/// else the system's.
///
/// A named file is not checked for existence, since reading it reports the problem. `folder` is the
/// working directory.
pub fn locate(named: Option<&Path>, variable: Option<&str>, folder: &Path, exists: impl Fn(&Path) -> bool) -> Place {
    let variable = variable.filter(|value| !value.is_empty()).map(Path::new);
    let found = || [DEFAULT_FILE, SYSTEM_FILE].map(Path::new).into_iter().find(|path| exists(path));
    let file = named.or(variable).or_else(found).map(Path::to_owned);
    let is_system = file.as_ref().is_some_and(|file| folder.join(file).starts_with(SYSTEM_FOLDER));
    Place { file, base: PathBuf::from(if is_system { STATE_FOLDER } else { "" }), sha: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(named: Option<&str>, variable: Option<&str>, folder: &str, there: &[&str]) -> (String, String) {
        let exists = |path: &Path| there.iter().any(|file| Path::new(file) == path);
        let place = locate(named.map(Path::new), variable, Path::new(folder), exists);
        let text = |path: PathBuf| path.display().to_string();
        (place.file.map_or_else(|| "built in".to_owned(), text), text(place.base))
    }

    #[test]
    fn the_command_line_wins_over_the_variable_and_both_over_what_is_found() {
        let there = &[DEFAULT_FILE, SYSTEM_FILE];
        let file = |named, variable, there| found(named, variable, "/home/ann", there).0;
        assert_eq!(file(Some("a.toml"), Some("b.toml"), there), "a.toml");
        assert_eq!(file(None, Some("b.toml"), there), "b.toml");
        assert_eq!(file(None, Some(""), there), DEFAULT_FILE);
        assert_eq!(file(None, None, &[SYSTEM_FILE]), SYSTEM_FILE);
        assert_eq!(file(None, None, &[]), "built in");
    }

    #[test]
    fn with_a_file_in_etc_postern_relative_paths_start_at_the_state_folder() {
        let base = |named, folder| found(named, None, folder, &[SYSTEM_FILE]).1;
        assert_eq!(base(None, "/root"), STATE_FOLDER);
        assert_eq!(base(Some("/etc/postern/test.toml"), "/root"), STATE_FOLDER);
        assert_eq!(base(Some("postern.toml"), "/etc/postern"), STATE_FOLDER);
        assert_eq!(base(Some("postern.toml"), "/srv"), "");
        assert_eq!(base(Some("/etc/postern.toml"), "/srv"), "");
        assert_eq!(found(None, None, "/srv", &[DEFAULT_FILE, SYSTEM_FILE]), (DEFAULT_FILE.to_owned(), String::new()));
    }
}
