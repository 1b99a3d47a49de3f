//! Where the configuration is: which file is read, and the folder that the relative paths in it start at.

use std::path::{Path, PathBuf};

/// The variable that names the file, where the command line names none.
pub const VARIABLE: &str = "POSTERN_CONFIG";

/// The file that is used when none is named, if it is there.
pub const DEFAULT_FILE: &str = "config/postern.toml";

/// The file of an installed gateway, used when there is no other.
pub const SYSTEM_FILE: &str = "/etc/postern/postern.toml";

/// With a file in here, relative paths start at [`STATE_FOLDER`], whatever folder a command runs in.
const SYSTEM_FOLDER: &str = "/etc/postern";

/// Where an installed gateway keeps its files.
const STATE_FOLDER: &str = "/var/lib/postern";

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` for the built-in defaults.
    pub file: Option<PathBuf>,
    /// What relative paths are joined to; empty for the working directory.
    pub base: PathBuf,
    /// SHA-256 of the file's text as it was read; never shown.
    pub sha: Option<[u8; 32]>,
}

/// Looks for the file: the one named on the command line, else by the variable, else the default, else the system's.
///
/// A named file is not looked for: reading it says what is wrong. `folder` is the working directory.
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
