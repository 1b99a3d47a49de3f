//! The search on the page of incoming mail: one field for whatever a person has in hand.
//!
//! It takes one of our ids, a Message-ID, a recipient with or without its key, or a sender, each exactly. Each is looked up along
//! its own index, and the first that finds anything becomes the list's filter, so that links and files say the same.

use super::query;
use crate::domain::id::AnyId;
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::{IncomingFilter, Page};

/// The field's name.
pub const NAME: &str = "search";

/// The filters that the field becomes, with what each is called.
const FILTERS: [(&str, &str); 5] = [
    ("mail_id", "id"),
    ("message_id", "Message-ID"),
    ("recipient", "recipient"),
    ("masked_recipient", "recipient"),
    ("sender", "sender"),
];

/// The parameters with the search as the filter that finds something.
///
/// # Errors
/// 422 when it is given twice, 503 without a store.
pub async fn resolved(parts: &Parts, mut params: Params) -> Result<Params, Problem> {
    let Some(text) = params.text(NAME)?.map(|text| text.trim().replace("...", "…")) else { return Ok(params) };
    let (name, value) = filter(parts, text).await?;
    params.pairs.retain(|(given, _)| given != NAME && FILTERS.iter().all(|(filter, _)| given != filter));
    params.pairs.push((name.to_owned(), value));
    Ok(params)
}

/// What the field shows again, and what that was found to be.
#[must_use]
pub fn shown(params: &Params) -> (String, &'static str) {
    let given = FILTERS.iter().map(|(name, what)| (query::field(params, name), *what));
    given.into_iter().find(|(value, _)| !value.is_empty()).unwrap_or_default()
}

async fn filter(parts: &Parts, text: String) -> Result<(&'static str, String), Problem> {
    if let Some(id) = AnyId::parse(&text) {
        let mail = parts.store.incoming_one(id.as_if_of()).await?.map_or(id.as_if_of(), |recipient| recipient.mail_id);
        return Ok(("mail_id", mail.to_string()));
    }
    let any = IncomingFilter::default;
    let candidates = [
        ("message_id", IncomingFilter { message_id: Some(text.clone()), ..any() }),
        ("recipient", IncomingFilter { recipient: Some(text.clone()), ..any() }),
        ("masked_recipient", IncomingFilter { masked_recipient: Some(text.clone()), ..any() }),
    ];
    for (name, filter) in candidates {
        if !parts.store.incoming(filter, Page { limit: 1, after: None }).await?.is_empty() {
            return Ok((name, text));
        }
    }
    // What is none of these is a sender, or nothing on record; then the list is empty and says so.
    Ok(("sender", text))
}
