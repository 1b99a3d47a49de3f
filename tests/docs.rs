//! Checks that everything README and `docs/` name exists: links, files, commands with their
//! options, configuration keys.
//!
//! It checks names, not meanings: other tests check that a command does what the text says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/keys.rs"]
mod keys;
#[path = "docs/page.rs"]
mod page;

use page::Page;
use std::collections::BTreeSet;
use std::path::Path;

/// Fails with all faults at once.
fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let pages = page::all();
    let mut faults = Vec::new();
    for page in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (target, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = if target.is_empty() { page.name.clone() } else { page.beside(target) };
            if !page::root().join(&path).exists() {
                faults.push(format!("{}: the link to {link} leads to no file", page.name));
            } else if !heading.is_empty() && !Page::read(&path).headings.contains(heading) {
                faults.push(format!("{}: the link to {link} leads to no heading of {path}", page.name));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn every_page_of_docs_is_linked_from_the_readme() {
    let readme = Page::read("README.md");
    let pages = page::all();
    let unlinked: Vec<_> = pages.iter().filter(|page| page.name.starts_with("docs/")).collect();
    assert!(unlinked.len() >= 7, "the pages of docs/ were not found");
    let missing = unlinked.iter().filter(|page| !readme.links.contains(&page.name));
    expect_none(&missing.map(|page| format!("README.md has no link to {}", page.name)).collect::<Vec<_>>());
}

#[test]
fn every_file_that_is_named_exists() {
    let mut faults = Vec::new();
    for page in page::all() {
        for name in page.spans.iter().filter_map(|span| page::file(span)) {
            // A page in a subfolder may name its neighbours.
            if !page::root().join(name).exists() && !page::root().join(page.beside(name)).exists() {
                faults.push(format!("{}: there is no {name}", page.name));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn every_command_is_accepted_by_the_command_line() {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for page in page::all() {
        let lines = page.spans.iter().chain(&page.lines).map(String::as_str);
        for arguments in lines.flat_map(commands::of) {
            if seen.insert(arguments.clone())
                && let Err(error) = commands::accepts(&arguments)
            {
                faults.push(format!("{}: postern {}: {error}", page.name, arguments.join(" ")));
            }
        }
    }
    assert!(seen.len() > 30, "hardly any command was found: {seen:?}");
    expect_none(&faults);
}

#[test]
fn every_option_that_is_named_alone_belongs_to_a_command() {
    let known = commands::options();
    let mut faults = Vec::new();
    for page in page::all() {
        for span in page.spans.iter().filter(|span| span.starts_with("--")) {
            let option = span.split([' ', '=']).next().unwrap_or_default();
            if !known.contains(option) {
                faults.push(format!("{}: no command has the option {option}", page.name));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn every_configuration_key_that_is_named_exists() {
    let known = keys::known();
    let mut count = 0;
    let mut faults = Vec::new();
    for page in page::all() {
        let named = page.spans.iter().chain(&page.lines).flat_map(|text| keys::named(text, &known));
        for key in named.chain(page.toml.iter().flat_map(|text| keys::in_toml(text))) {
            count += 1;
            if !keys::exists(&key, &known) {
                faults.push(format!("{}: there is no configuration key {key}", page.name));
            }
        }
    }
    assert!(count > 40, "hardly any key was found: {count}");
    expect_none(&faults);
}

#[test]
fn the_checks_see_what_is_wrong() {
    let words = |line: &str| commands::of(line).first().cloned().unwrap_or_default();
    assert_eq!(words("cd /x && sudo -u postern postern maintenance off > y"), ["maintenance", "off"]);
    assert_eq!(words("postern maintenance on --message 'Back soon' --until 2h").len(), 6);
    for wrong in ["postern maintenance on --bogus", "postern queue lost", "postern token create forge --scope root"] {
        assert!(commands::accepts(&words(wrong)).is_err(), "{wrong} was accepted");
    }
    let known = keys::known();
    let named = |text| keys::named(text, &known).into_iter().all(|key| keys::exists(&key, &known));
    assert!(
        named("[maintenance.intents] service_desk = \"hold\"") && named("smtp.listen") && named("POSTERN_SMTP__LISTEN")
    );
    for wrong in ["[smtp] listens = \"x\"", "smtp.listens", "POSTERN_SMTP__LISTENS=0", "[smpt] listen"] {
        assert!(!named(wrong), "{wrong} was found");
    }
    assert_eq!(page::file("src/nowhere.rs"), Some("src/nowhere.rs"));
    assert!(Path::new(page::file("tests/run.sh --prepare").unwrap()).ends_with("run.sh"));
    assert_eq!(page::slug("HTTP routes: `GET`, and more"), "http-routes-get-and-more");
}
