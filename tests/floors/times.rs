//! Finds fields that would serialise a time in jiff's own format, which drops a zero fraction.

use crate::house::is_for_tests;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Field, File, ItemEnum, ItemMod, ItemStruct, Meta, Path, Token};

/// The function that writes a time for programs, as `serialize_with` names it.
pub const WRITER: &str = "crate::domain::six_digits::serialize";

/// The fields that serialise a time in another way: the line, and the field's name with its type's
/// name.
pub fn fields(file: &File) -> Vec<(usize, String)> {
    let mut search = Search::default();
    search.visit_file(file);
    search.found
}

#[derive(Default)]
struct Search {
    owner: Option<String>,
    found: Vec<(usize, String)>,
}

impl Search {
    fn within(&mut self, owner: Option<String>, look: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.owner, owner);
        look(self);
        self.owner = outer;
    }
}

impl<'a> Visit<'a> for Search {
    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        let owner = is_serialised(&item.attrs).then(|| item.ident.to_string());
        self.within(owner, |search| visit::visit_item_struct(search, item));
    }

    fn visit_item_enum(&mut self, item: &'a ItemEnum) {
        let owner = is_serialised(&item.attrs).then(|| item.ident.to_string());
        self.within(owner, |search| visit::visit_item_enum(search, item));
    }

    fn visit_field(&mut self, field: &'a Field) {
        let Some(owner) = self.owner.as_ref().filter(|_| holds_a_time(field) && !is_written_well(field)) else {
            return;
        };
        let name = field.ident.as_ref().map_or_else(|| "a field without a name".to_owned(), ToString::to_string);
        self.found.push((field.span().start().line, format!("{owner}::{name}")));
    }
}

fn is_serialised(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let traits = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
        traits.iter().any(|name| name.segments.last().is_some_and(|word| word.ident == "Serialize"))
    })
}

/// Whether the field is a time, also within `Option<…>`, `Vec<…>` and the like.
fn holds_a_time(field: &Field) -> bool {
    #[derive(Default)]
    struct Word(bool);
    impl<'a> Visit<'a> for Word {
        fn visit_path_segment(&mut self, segment: &'a syn::PathSegment) {
            self.0 |= segment.ident == "Timestamp";
            visit::visit_path_segment(self, segment);
        }
    }
    let mut word = Word::default();
    word.visit_type(&field.ty);
    word.0
}

fn is_written_well(field: &Field) -> bool {
    field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).any(|attribute| {
        let words = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
        words.iter().any(|word| match word {
            Meta::Path(path) => path.is_ident("skip") || path.is_ident("skip_serializing"),
            Meta::NameValue(pair) => pair.path.is_ident("serialize_with") && is_the_writer(&pair.value),
            Meta::List(_) => false,
        })
    })
}

fn is_the_writer(value: &syn::Expr) -> bool {
    matches!(value, syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if text.value() == WRITER)
}
