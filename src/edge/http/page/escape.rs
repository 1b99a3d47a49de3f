//! How templates write a value: escaped for HTML, with control characters that would change the
//! surrounding text made visible. `askama.toml` sets it for all templates, so no template can omit
//! it.

use crate::domain::steering::visible;
use askama::filters::{Escaper, Html};
use std::fmt;

/// The escaper of all pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Foreign;

impl Escaper for Foreign {
    fn write_escaped_str<W: fmt::Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &visible(text))
    }
}
