//! Finds the SQL statements: every string in the store's code that begins like SQL, and every
//! string passed to a query. A string that `concat!` makes of literals and shared select lists is
//! put together here as the compiler does it.

use crate::PROJECT;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::path::Path;
use syn::Lit;

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
    let lists = select_lists()?;
    let mut found = Vec::new();
    for (file, tokens) in files(folder)? {
        let mut texts = Vec::new();
        collect(tokens, false, &lists, &mut texts);
        let statements = texts.into_iter().filter(|text| text.is_query || begins_like_sql(&text.value));
        found.extend(statements.map(|text| Statement { file: file.clone(), line: text.line, text: text.value }));
    }
    Ok(found)
}

/// The select lists that statements share, by the names of their macros.
fn select_lists() -> Result<BTreeMap<String, String>, Box<dyn std::error::Error>> {
    let source = std::fs::read_to_string(Path::new(PROJECT).join("src/store/select.rs"))?;
    let mut lists = BTreeMap::new();
    for item in syn::parse_file(&source)?.items {
        let syn::Item::Macro(item) = item else { continue };
        let (mut texts, name) = (Vec::new(), item.ident.ok_or("a list without a name")?);
        collect(item.mac.tokens, false, &BTreeMap::new(), &mut texts);
        lists.insert(name.to_string(), texts.into_iter().map(|text| text.value).collect());
    }
    Ok(lists)
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

/// A string in the code.
struct Text {
    value: String,
    line: usize,
    /// It is passed to a query.
    is_query: bool,
}

/// Collects the strings among the tokens.
fn collect(tokens: TokenStream, is_query: bool, lists: &BTreeMap<String, String>, texts: &mut Vec<Text>) {
    let mut made_of = is_query;
    let mut last_word = String::new();
    for token in tokens {
        match token {
            // A line of documentation is a text too, and may begin with a verb.
            TokenTree::Group(group) if group.stream().to_string().starts_with("doc =") => {}
            TokenTree::Group(group) if last_word == "concat" => {
                let (line, value) = (group.span_open().start().line, joined(group.stream(), lists));
                texts.push(Text { value, line, is_query: std::mem::take(&mut made_of) });
            }
            TokenTree::Group(group) => collect(group.stream(), last_word.starts_with("query"), lists, texts),
            TokenTree::Ident(word) => last_word = word.to_string(),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    let (line, value) = (text.span().start().line, text.value());
                    texts.push(Text { value, line, is_query: std::mem::take(&mut made_of) });
                }
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// What `concat!` makes of these tokens. A word that is no shared list stands out in the statement,
/// which then fits no schema.
fn joined(tokens: TokenStream, lists: &BTreeMap<String, String>) -> String {
    let part = |token| match token {
        TokenTree::Ident(word) => {
            let name = word.to_string();
            lists.get(&name).cloned().unwrap_or(name)
        }
        TokenTree::Literal(literal) => match Lit::new(literal) {
            Lit::Str(text) => text.value(),
            other => format!("{other:?}"),
        },
        TokenTree::Group(_) | TokenTree::Punct(_) => String::new(),
    };
    tokens.into_iter().map(part).collect()
}
