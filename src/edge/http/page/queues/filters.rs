//! The filters of the queues page in its address, and the links to actions on all items that match.

use super::HERE;
use crate::edge::http::page::query;
use crate::edge::http::param::Params;
use crate::store::desk::{Action, Depths, QueueFilter, QueueKind};

/// The filters, with their labels.
pub const FILTERS: [(&str, &str); 6] = [
    ("type", "Type"),
    ("state", "State"),
    ("recipient", "Recipient"),
    ("masked_recipient", "Recipient"),
    ("sender", "Sender"),
    ("message_id", "Message-ID"),
];

/// A link to a review.
pub struct Link {
    /// The label of the link.
    pub label: &'static str,
    /// The target of the link.
    pub way: String,
}

/// The links to reviews for a list under `filter`; `is_empty` if the list has no rows.
pub fn links(params: &Params, filter: &QueueFilter, depths: &Depths, is_empty: bool) -> Vec<Link> {
    let link = |action: Action, label, failed: bool| {
        let params = Params { path: format!("{HERE}/all/{action}"), pairs: given(params) };
        let way =
            if failed { query::with(&params, "state", Some("failed")) } else { query::file(&params, &params.path) };
        Link { label, way }
    };
    let mut links = Vec::new();
    let failed = [(QueueKind::Delivery, depths.failed_deliveries), (QueueKind::Recipient, depths.failed_hand_overs)];
    if failed.iter().any(|(queue, number)| *number > 0 && filter.takes(*queue, "failed")) {
        links.push(link(Action::Retry, "Retry all failed…", true));
    }
    // Without a filter the action would reach every item, which is too much for one link.
    if is_empty || given(params).is_empty() {
        return links;
    }
    let is_narrow = filter.state.as_deref().is_some_and(|state| state != "failed");
    for (action, label, is_offered) in [
        (Action::Retry, "Retry these…", is_narrow),
        (Action::Release, "Release these…", is_narrow),
        (Action::Cancel, "Cancel these…", true),
    ] {
        let fits = |queue: &QueueKind| action.states(*queue).iter().any(|state| filter.takes(*queue, state));
        if is_offered && QueueKind::ALL.iter().any(fits) {
            links.push(link(action, label, false));
        }
    }
    links
}

/// The filters among the parameters.
pub fn given(params: &Params) -> Vec<(String, String)> {
    let all = FILTERS.iter().map(|(name, _)| ((*name).to_owned(), query::field(params, name)));
    all.filter(|(_, value)| !value.is_empty()).collect()
}
