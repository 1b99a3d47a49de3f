//! Finds the SQL statements: every string in the store's code that begins like SQL, and every
//! string passed to a query.

use proc_macro2::{TokenStream, TokenTree};
use std::path::Path;
use syn::{Lit, LitStr};

/// A statement and its location.
pub struct Statement {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The statement's text.
    pub text: String,
}

const VERBS: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "VACUUM",
    "ANALYZE",
];

/// All statements of a folder, except in tests, which run anyway.
pub fn statements(folder: &Path) -> Result<Vec<Statement>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for (file, tokens) in files(folder)? {
        let mut texts = Vec::new();
        collect(tokens, false, &mut texts);
        let statements = texts.into_iter().filter(|(text, is_query)| *is_query || begins_like_sql(&text.value()));
        found.extend(statements.map(|(text, _)| Statement {
            file: file.clone(),
            line: text.span().start().line,
            text: text.value(),
        }));
    }
    Ok(found)
}

/// Every place that passes non-static text to the database: sqlx requires this word there.
pub fn put_together(folder: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let words = ["AssertSqlSafe", "QueryBuilder", "raw_sql"];
    let is_put_together = |tokens: &TokenStream| {
        let text = tokens.to_string();
        words.iter().any(|word| text.contains(word))
    };
    Ok(files(folder)?.into_iter().filter(|(_, tokens)| is_put_together(tokens)).map(|(file, _)| file).collect())
}

fn begins_like_sql(text: &str) -> bool {
    let verb = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    VERBS.contains(&verb)
}

fn files(folder: &Path) -> Result<Vec<(String, TokenStream)>, Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "tests" {
            files.extend(self::files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path)?;
            files.push((
                path.display().to_string(),
                text.parse().map_err(|error| format!("{}: {error}", path.display()))?,
            ));
        }
    }
    Ok(files)
}

/// Collects the strings among the tokens, and whether each is passed to a query.
fn collect(tokens: TokenStream, is_query: bool, texts: &mut Vec<(LitStr, bool)>) {
    let mut made_of = is_query;
    let mut last_word = String::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), last_word.starts_with("query"), texts),
            TokenTree::Ident(word) => last_word = word.to_string(),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    texts.push((text, std::mem::take(&mut made_of)));
                }
            }
            TokenTree::Punct(_) => {}
        }
    }
}
