//! Links to the same list with another query: this request's parameters with one of them changed.

use crate::edge::http::listing::Format;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use url::form_urlencoded::Serializer;

/// The query with `name` set to `value`, or removed; it starts at the first page.
#[must_use]
pub fn with(params: &Params, name: &str, value: Option<&str>) -> String {
    let others = params.pairs.iter().filter(|(given, _)| given != name && given != "cursor");
    let kept = others.map(|(name, value)| (name.as_str(), value.as_str()));
    written(&params.path, kept.chain(value.map(|value| (name, value))))
}

/// The parameters with `values` in their canonical form (an alias replaced by its name, a number
/// without leading zeros), so that a chosen value is found among the choices.
#[must_use]
pub fn understood(mut params: Params, values: &[(&str, Option<String>)]) -> Params {
    for (name, value) in &mut params.pairs {
        let found = values.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_ref());
        if let Some(found) = found {
            value.clone_from(found);
        }
    }
    params
}

/// The link to the same list as a file.
#[must_use]
pub fn file(params: &Params, path: &str) -> String {
    let kept = params.pairs.iter().filter(|(name, _)| name != "cursor");
    written(path, kept.map(|(name, value)| (name.as_str(), value.as_str())))
}

fn written<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs.filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Links to the first and the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// The first page, if this is another one.
    pub first: Option<String>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

impl Pager {
    /// The links for the page that `params` asked for; `next` is the cursor of the next page.
    #[must_use]
    pub fn of(params: &Params, next: Option<String>) -> Self {
        let is_first = params.pairs.iter().all(|(name, value)| name != "cursor" || value.is_empty());
        Self {
            first: (!is_first).then(|| with(params, "cursor", None)),
            next: next.map(|cursor| with(params, "cursor", Some(&cursor))),
        }
    }
}

/// The parameters with their times in RFC 3339. A browser's time field has no zone, so it is read
/// as UTC.
///
/// # Errors
/// 422 for a malformed time.
pub fn in_utc(mut params: Params) -> Result<Params, Problem> {
    for (name, value) in &mut params.pairs {
        if matches!(name.as_str(), "since" | "until") && !value.is_empty() {
            *value = super::moment::read(value).map_err(|error| Problem::field(name.as_str(), error))?.to_string();
        }
    }
    Ok(params)
}

/// The parameters for the full list as a file.
///
/// # Errors
/// 422 for a malformed time.
pub fn as_file(params: Params, format: Format) -> Result<Params, Problem> {
    let mut params = in_utc(params)?;
    params.pairs.retain(|(name, _)| name != "format" && name != "cursor");
    params.pairs.push(("format".to_owned(), format.to_string()));
    Ok(params)
}

/// The value that a time field shows again.
#[must_use]
pub fn time_field(params: &Params, name: &str) -> String {
    params.time(name).ok().flatten().map(|at| super::moment::field(&at)).unwrap_or_default()
}

/// The search field of a list's form.
pub struct Search {
    /// The field's name.
    pub name: &'static str,
    /// The field's label.
    pub label: &'static str,
    /// The text that the person typed.
    pub value: String,
    /// An example of valid input.
    pub placeholder: &'static str,
}

/// The value that a field shows again.
#[must_use]
pub fn field(params: &Params, name: &str) -> String {
    params.text(name).ok().flatten().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Params { path: "/admin/x".into(), pairs }
    }

    #[test]
    fn another_choice_keeps_the_others_and_begins_at_the_first_page() {
        let asked = params(&[("kind", "a&b"), ("class", "paging"), ("since", ""), ("cursor", "abc")]);
        assert_eq!(with(&asked, "class", Some("system")), "/admin/x?kind=a%26b&class=system");
        assert_eq!(with(&asked, "kind", None), "/admin/x?class=paging");
        assert_eq!(file(&asked, "/admin/x.csv"), "/admin/x.csv?kind=a%26b&class=paging");
        let pager = Pager::of(&asked, Some("def".into()));
        assert_eq!(pager.first.as_deref(), Some("/admin/x?kind=a%26b&class=paging"));
        assert_eq!(pager.next.as_deref(), Some("/admin/x?kind=a%26b&class=paging&cursor=def"));
        assert_eq!(Pager::of(&params(&[]), None), Pager { first: None, next: None });
    }

    #[test]
    fn times_of_a_browser_s_field_count_in_utc() {
        let asked = in_utc(params(&[("since", "2026-12-01T04:00"), ("until", "")])).unwrap();
        assert_eq!(asked.text("since").unwrap(), Some("2026-12-01T04:00:00Z"));
        assert_eq!(time_field(&asked, "since"), "2026-12-01T04:00");
        let seconds = in_utc(params(&[("since", "2026-12-01T05:00:30 01:00")])).unwrap();
        assert_eq!(time_field(&seconds, "since"), "2026-12-01T04:00:30");
        assert!(in_utc(params(&[("until", "soon")])).is_err());
    }
}
