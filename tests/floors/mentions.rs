//! Every path that a file mentions: in `use`, in expressions, types, attributes, and inside macros.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, MetaList, UseTree, VisRestricted};

/// A path as written, with `super` and `self` not yet resolved.
pub struct Mention {
    /// Its segments: `["crate", "store", "sqlite"]`, or `["lettre", "Address"]`.
    pub words: Vec<String>,
    /// The module that contains it.
    pub module: Vec<String>,
    /// The line that contains it.
    pub line: usize,
    /// Whether it is imported, so that items below it can be reached by another name.
    pub is_import: bool,
}

impl Mention {
    /// The module path that it resolves to inside this crate; `None` for a path outside.
    pub fn target(&self) -> Option<Vec<String>> {
        let mut path = match self.words.first()?.as_str() {
            "crate" => Vec::new(),
            // The program is a separate crate and uses the library by its name.
            "postern" if self.module.first().is_some_and(|top| top == "main") => Vec::new(),
            "super" => self.module.get(..self.module.len().checked_sub(1)?)?.to_vec(),
            "self" => self.module.clone(),
            _ => return None,
        };
        for word in &self.words[1..] {
            if word == "super" {
                path.pop();
            } else if word != "self" {
                path.push(word.clone());
            }
        }
        Some(path)
    }
}

/// Everything that the file mentions.
pub fn mentions(module: &[String], syntax: &syn::File) -> Vec<Mention> {
    let mut reader = Reader { module: module.to_vec(), found: Vec::new() };
    reader.visit_file(syntax);
    reader.found
}

struct Reader {
    module: Vec<String>,
    found: Vec<Mention>,
}

impl Reader {
    fn add(&mut self, words: Vec<String>, line: usize, is_import: bool) {
        self.found.push(Mention { words, module: self.module.clone(), line, is_import });
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |word: &syn::Ident| [before, &[word.to_string()]].concat();
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.add(with(&name.ident), line, true),
            UseTree::Rename(rename) => self.add(with(&rename.ident), line, true),
            UseTree::Glob(_) => self.add(before.to_vec(), line, true),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
        }
    }

    /// Finds `a::b::c` in unparsed tokens, including groups such as `a::{b, c}`.
    fn scan(&mut self, tokens: TokenStream, before: &[String]) {
        let mut words = before.to_vec();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    if colons != 2 && words.len() > before.len() {
                        self.add(std::mem::replace(&mut words, before.to_vec()), line, false);
                    }
                    line = word.span().start().line;
                    words.push(word.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark)
                    if mark.as_char() == ':' && (colons == 1 || mark.spacing() == Spacing::Joint) =>
                {
                    colons += 1;
                }
                TokenTree::Group(group) => {
                    let is_tree = colons == 2 && group.delimiter() == Delimiter::Brace;
                    let end = std::mem::replace(&mut words, before.to_vec());
                    if is_tree {
                        self.scan(group.stream(), &end);
                    } else {
                        self.add(end, line, false);
                        self.scan(group.stream(), &[]);
                    }
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.add(std::mem::replace(&mut words, before.to_vec()), line, false);
                    colons = 0;
                }
            }
        }
        self.add(words, line, false);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        item.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        self.import(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.add(vec![item.ident.to_string()], item.span().start().line, true);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(words, path.span().start().line, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.scan(item.tokens.clone(), &[]);
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.scan(list.tokens.clone(), &[]);
    }

    // `pub(in crate::edge)` restricts visibility; it does not import anything.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}
