//! Markdown pages, split into the parts that can be checked.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// One page.
#[derive(Default)]
pub struct Page {
    /// The path from the project's folder.
    pub name: String,
    /// Targets of its links and images.
    pub links: Vec<String>,
    /// The anchors of its headings.
    pub headings: BTreeSet<String>,
    /// Inline code.
    pub spans: Vec<String>,
    /// What a reader types: the lines of code blocks, and of a console only those after the prompt.
    pub lines: Vec<String>,
    /// Code blocks in TOML.
    pub toml: Vec<String>,
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page for users and developers.
pub fn all() -> Vec<Page> {
    let mut names: Vec<String> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
        .into_iter()
        .chain(["migrations/README.md", "fixtures/README.md"])
        .filter(|name| root().join(name).exists())
        .map(str::to_owned)
        .collect();
    let docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    names.extend(docs.map(|name| format!("docs/{}", name.to_string_lossy())).filter(|name| name.ends_with(".md")));
    names.iter().map(|name| Page::read(name)).collect()
}

impl Page {
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let mut page = Self { name: name.to_owned(), ..Self::default() };
        let mut heading: Option<String> = None;
        let mut language: Option<String> = None;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.headings.extend(heading.take().as_deref().map(slug)),
                Event::Start(Tag::CodeBlock(kind)) => language = Some(word(&kind)),
                Event::End(TagEnd::CodeBlock) => language = None,
                Event::Code(code) => {
                    heading.iter_mut().for_each(|text| text.push_str(&code));
                    page.spans.push(code.into_string());
                }
                Event::Text(text) => match &language {
                    Some(language) => page.block(language, &text),
                    None => heading.iter_mut().for_each(|line| line.push_str(&text)),
                },
                _ => {}
            }
        }
        page
    }

    fn block(&mut self, language: &str, text: &str) {
        match language {
            "toml" => self.toml.push(text.to_owned()),
            // A console block also shows output. A command may continue after a backslash.
            "console" => {
                let joined = text.replace("\\\n", " ");
                self.lines.extend(joined.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned));
            }
            "sh" | "bash" => self.lines.extend(text.replace("\\\n", " ").lines().map(str::to_owned)),
            _ => {}
        }
    }

    /// A path relative to this page, as a path from the project's folder.
    pub fn beside(&self, path: &str) -> String {
        let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        let mut plain = PathBuf::new();
        for part in folder.join(path).components() {
            if part == Component::ParentDir {
                plain.pop();
            } else {
                plain.push(part);
            }
        }
        plain.to_string_lossy().into_owned()
    }
}

fn word(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
        CodeBlockKind::Indented => String::new(),
    }
}

/// The anchor that a forge generates for a heading.
pub fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The project file that inline code names, if any.
pub fn file(span: &str) -> Option<&str> {
    let name = span.split_whitespace().next()?;
    let (first, _) = name.split_once('/')?;
    let plain = !name.contains(['*', '…', '<', '%', '{', ':', '$', '=']);
    let ours = matches!(first, "src" | "tests" | "docs" | "fixtures" | "migrations" | "benches" | "config" | ".ci");
    (ours && plain).then(|| name.trim_end_matches('/'))
}
