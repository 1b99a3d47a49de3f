//! Finds commands of `postern` in text and parses them without running them.

use std::collections::BTreeSet;
use std::process::{Command, Output};

fn postern(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(arguments).current_dir(std::env::temp_dir()).output().unwrap()
}

/// The arguments of each `postern …` in a line of shell.
pub fn of(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for words in simple_commands(line) {
        // In `sudo -u postern postern …` the account is not the program.
        let program = (0..words.len()).find(|&at| is_postern(&words[at]) && (at == 0 || words[at - 1] != "-u"));
        let prefix_is_sudo = |at: usize| at == 0 || matches!(words[0].as_str(), "sudo" | "runuser");
        if let Some(at) = program.filter(|&at| prefix_is_sudo(at)) {
            found.push(words[at + 1..].to_vec());
        }
    }
    found
}

fn is_postern(word: &str) -> bool {
    word == "postern" || word.ends_with("/postern")
}

/// Splits a line at shell operators, and each part into words; quotes keep words together.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut redirects = false;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if !c.is_whitespace() && !"|&;<>()".contains(c) => word.get_or_insert_default().push(c),
            (None, c) => {
                // The word after `>` or `<` is a file, not an argument.
                if let Some(word) = word.take().filter(|_| !std::mem::take(&mut redirects)) {
                    commands.last_mut().unwrap().push(word);
                }
                match c {
                    '<' | '>' => redirects = true,
                    '|' | '&' | ';' | '(' | ')' => commands.push(Vec::new()),
                    _ => {}
                }
            }
        }
    }
    commands
}

/// Whether the command line accepts these arguments. With `--help` appended they are parsed, and
/// nothing is run.
pub fn accepts(arguments: &[String]) -> Result<(), String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["--help"]).collect();
    let answer = postern(&arguments);
    let error = String::from_utf8_lossy(&answer.stderr);
    if answer.status.success() { Ok(()) } else { Err(error.lines().next().unwrap_or_default().to_owned()) }
}

/// Every option of every command.
pub fn options() -> BTreeSet<String> {
    let script = String::from_utf8(postern(&["completions", "bash"]).stdout).unwrap();
    let words = script.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
    let options: BTreeSet<String> = words.filter(|word| word.starts_with("--")).map(str::to_owned).collect();
    assert!(options.contains("--message"), "the completions name no options: {script}");
    options
}
