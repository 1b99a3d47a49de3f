use super::CommandLine;
use clap::{Command, CommandFactory, Parser};

/// Every command with the words that call it; the program itself first.
fn commands() -> Vec<(String, Command)> {
    let mut all = vec![("postern".to_owned(), CommandLine::command())];
    let mut at = 0;
    while let Some((words, command)) = all.get(at).cloned() {
        let inner = command.get_subcommands().map(|inner| (format!("{words} {}", inner.get_name()), inner.clone()));
        all.extend(inner);
        at += 1;
    }
    all
}

/// The command's example lines.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    help.lines().filter_map(|line| line.strip_prefix("  postern")).map(|rest| format!("postern{rest}")).collect()
}

/// The words of a line as a shell splits them, up to a redirection; sufficient for the examples.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" >").next().unwrap_or_default();
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 0 {
            words.extend(part.split_whitespace().map(str::to_owned));
        } else if line.contains(&format!("=\"{part}\"")) {
            words.last_mut().unwrap().push_str(part);
        } else {
            words.push(part.to_owned());
        }
    }
    words
}

#[test]
fn every_command_teaches_with_an_example_that_works() {
    for (called, command) in commands() {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{called}: give it #[command(after_help = \"Example:\\n  {called} …\")]");
        for example in examples {
            let parsed = CommandLine::try_parse_from(words(&example));
            assert!(parsed.is_ok(), "{called}: {example}: {}", parsed.unwrap_err());
            let is_its_own = called.split(' ').skip(1).all(|word| words(&example).contains(&word.to_owned()));
            assert!(is_its_own, "{called}: {example} shows another command");
        }
    }
}

#[test]
fn every_command_says_what_it_does_and_no_help_is_wider_than_a_terminal() {
    for (called, command) in commands() {
        assert!(command.get_about().is_some(), "{called}: write /// above it");
        for example in examples(&command) {
            assert!(example.chars().count() <= 78, "{called}: {example}");
        }
    }
}
