//! Reads the source tree: every file of `src`, found by following `mod` from `lib.rs` and `main.rs`
//! as the compiler does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::spanned::Spanned;
use syn::{Attribute, Item};

/// One file, as a module.
pub struct Room {
    /// The path from the project's folder: `src/edge/smtp/mod.rs`.
    pub file: String,
    /// Its module path: `["edge", "smtp"]`; empty for `lib.rs`.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
    /// The parsed text.
    pub syntax: syn::File,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

/// All files, and the faults in reading them.
#[derive(Default)]
pub struct House {
    files: BTreeMap<String, String>,
    entered: BTreeSet<String>,
    rooms: Vec<Room>,
    /// Files that could not be read: the file, the line and the fault.
    pub unread: Vec<(String, usize, String)>,
}

impl House {
    /// Reads the folder `src`.
    pub fn open(src: &Path) -> std::io::Result<Self> {
        let mut files = BTreeMap::new();
        collect(src, "src", &mut files)?;
        Ok(Self::of(files))
    }

    /// A tree of these files, given as paths from the project's folder with their texts.
    pub fn of(files: BTreeMap<String, String>) -> Self {
        let mut house = Self { files, ..Self::default() };
        for (root, path) in [("src/lib.rs", vec![]), ("src/main.rs", vec!["main".to_owned()])] {
            if house.files.contains_key(root) {
                house.enter(root, path, false);
            }
        }
        for file in house.files.keys().filter(|file| !house.entered.contains(*file)) {
            house.unread.push((file.clone(), 1, "no `mod` leads to this file: declare it, or delete it".to_owned()));
        }
        house
    }

    /// Every file that a `mod` leads to.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter()
    }

    fn enter(&mut self, file: &str, path: Vec<String>, is_test: bool) {
        self.entered.insert(file.to_owned());
        let text = self.files.get(file).cloned().unwrap_or_default();
        let syntax = match syn::parse_file(&text) {
            Ok(syntax) => syntax,
            Err(error) => {
                self.unread.push((file.to_owned(), error.span().start().line, error.to_string()));
                return;
            }
        };
        for item in &syntax.items {
            let Item::Mod(module) = item else { continue };
            let line = module.span().start().line;
            if module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
                self.unread.push((file.to_owned(), line, "`#[path]` hides where a module is: take it away".to_owned()));
            } else if module.content.is_none() {
                let name = module.ident.to_string();
                let is_test = is_test || is_for_tests(&module.attrs);
                self.follow(file, line, [&path[..], &[name]].concat(), is_test);
            }
        }
        self.rooms.push(Room { file: file.to_owned(), path, text, syntax, is_test });
    }

    fn follow(&mut self, from: &str, line: usize, path: Vec<String>, is_test: bool) {
        let plain = format!("src/{}", path.join("/"));
        let found = [format!("{plain}.rs"), format!("{plain}/mod.rs")].into_iter().find(|f| self.files.contains_key(f));
        match found {
            Some(file) => self.enter(&file, path, is_test),
            None => {
                self.unread.push((from.to_owned(), line, format!("there is no file for `mod {}`", path.join("::"))))
            }
        }
    }
}

/// Whether an item with these attributes is compiled for tests only.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    })
}

fn collect(folder: &Path, name: &str, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
