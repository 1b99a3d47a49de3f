//! The search on the pages of incoming mail and of the queues: one field for any identifier that a
//! person has.
//!
//! It takes one of Postern's ids, a Message-ID, a recipient with or without its key, or a sender,
//! each matched exactly. They are looked up one after another. The first that finds a row becomes
//! the list's filter, so links and files use the same filter.

use super::query;
use crate::domain::id::AnyId;
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::{IncomingFilter, Page, QueueFilter};

/// The field's name.
pub const NAME: &str = "search";
/// The filter of the queues page for one of Postern's ids: of a delivery, a recipient, a
/// notification or a mail.
pub const ID: &str = "id";
/// A page of one row, to check whether a list has any.
const FIRST: Page = Page { limit: 1, after: None };

/// The list to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Incoming mail in any state.
    Incoming,
    /// Queue items that wait, are held or failed.
    Queue,
}

impl List {
    /// The filters that the search can become, with the name of each.
    fn filters(self) -> [(&'static str, &'static str); 5] {
        let id = match self {
            Self::Incoming => "mail_id",
            Self::Queue => ID,
        };
        [
            (id, "id"),
            ("message_id", "Message-ID"),
            ("recipient", "recipient"),
            ("masked_recipient", "recipient"),
            ("sender", "sender"),
        ]
    }
}

/// The parameters with the search replaced by the filter that finds a row.
///
/// # Errors
/// 422 when the search is given twice with different values, 503 when the store is unavailable.
pub async fn resolved(parts: &Parts, list: List, mut params: Params) -> Result<Params, Problem> {
    let Some(text) = params.text(NAME)?.map(|text| text.trim().replace("...", "…")) else { return Ok(params) };
    let (name, value) = filter(parts, list, text).await?;
    params.pairs.retain(|(given, _)| given != NAME && list.filters().iter().all(|(filter, _)| given != filter));
    params.pairs.push((name.to_owned(), value));
    Ok(params)
}

/// The text that the field shows again, and the kind of value that it matched.
#[must_use]
pub fn shown(list: List, params: &Params) -> (String, &'static str) {
    let given = list.filters().map(|(name, what)| (query::field(params, name), what));
    given.into_iter().find(|(value, _)| !value.is_empty()).unwrap_or_default()
}

async fn filter(parts: &Parts, list: List, text: String) -> Result<(&'static str, String), Problem> {
    if let Some(id) = AnyId::parse(&text) {
        return Ok(match list {
            List::Incoming => {
                let mail =
                    parts.store.incoming_one(id.as_if_of()).await?.map_or(id.as_if_of(), |recipient| recipient.mail_id);
                ("mail_id", mail.to_string())
            }
            List::Queue => (ID, id.to_string()),
        });
    }
    for name in ["message_id", "recipient", "masked_recipient"] {
        let found = match list {
            List::Incoming => has_incoming(parts, name, &text).await?,
            List::Queue => has_queued(parts, name, &text).await?,
        };
        if found {
            return Ok((name, text));
        }
    }
    // Any other text is a sender. If no mail has it, the list is empty and says so.
    Ok(("sender", text))
}

async fn has_incoming(parts: &Parts, name: &str, text: &str) -> Result<bool, Problem> {
    let value = |of: &str| (of == name).then(|| text.to_owned());
    let filter = IncomingFilter {
        message_id: value("message_id"),
        recipient: value("recipient"),
        masked_recipient: value("masked_recipient"),
        ..IncomingFilter::default()
    };
    Ok(!parts.store.incoming(filter, FIRST).await?.is_empty())
}

async fn has_queued(parts: &Parts, name: &str, text: &str) -> Result<bool, Problem> {
    let value = |of: &str| (of == name).then(|| text.to_owned());
    let filter = QueueFilter {
        message_id: value("message_id"),
        recipient: value("recipient"),
        masked_recipient: value("masked_recipient"),
        ..QueueFilter::default()
    };
    Ok(!parts.store.queue(filter, FIRST).await?.is_empty())
}
