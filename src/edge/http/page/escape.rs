//! How templates write a value: escaped for HTML, and with characters that would steer the text around them made visible.
//! `askama.toml` names it, so that no template can forget it.

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
