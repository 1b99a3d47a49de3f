//! The review of an action on many items: the number of items in each group, the filter, and the
//! button that confirms it.

use super::HERE;
use super::filters::{FILTERS, given};
use super::nouns::{kind, noun, sums, things, total};
use crate::edge::http::Parts;
use crate::edge::http::page::frame::Frame;
use crate::edge::http::page::person::Person;
use crate::edge::http::page::query;
use crate::edge::http::param::Params;
use crate::store::desk::{Action, Group, QueueKind};
use crate::store::sweep::{Reach, Sweep};
use askama::Template;
use jiff::Timestamp;

#[derive(Template)]
#[template(path = "queues_all.html")]
pub struct Review {
    frame: Frame,
    sweep: Sweep,
    reached: Vec<Reach>,
    /// The filters in words.
    filters: Vec<(&'static str, String)>,
    /// The filters as hidden fields of the form.
    fields: Vec<(String, String)>,
    /// The number shown in the previous review, if more items match now.
    before: Option<i64>,
    back: String,
}

impl Review {
    fn total(&self) -> i64 {
        total(&self.reached)
    }

    fn question(&self) -> &'static str {
        match self.sweep.action {
            Action::Retry => "Try these again now?",
            Action::Cancel => "Cancel these?",
            Action::Release => "Release these?",
        }
    }

    /// The label of the button.
    fn label(&self) -> String {
        let verb = match self.sweep.action {
            Action::Retry => "Retry",
            Action::Cancel => "Cancel",
            Action::Release => "Release",
        };
        format!("{verb} {}", things(sums(&self.reached)))
    }

    /// The style of the button.
    fn look(&self) -> &'static str {
        if self.sweep.action == Action::Cancel { "danger" } else { "" }
    }

    /// What happens to the items of a group.
    fn fate(&self, reach: &Reach) -> String {
        let fate = match (self.sweep.action, reach.group.queue) {
            (Action::Retry, QueueKind::Delivery) => "queued again, and tried now",
            (Action::Retry, QueueKind::Recipient) => "offered to the application again now",
            (Action::Cancel, QueueKind::Delivery) => "taken out for good, and never sent",
            (Action::Cancel, QueueKind::Recipient) => "taken out for good, and never handed over",
            (Action::Release, _) => "handed over to the application, although the mode may be on",
        };
        format!("{}: {fate}.", noun(reach.group, reach.number))
    }

    /// Which items of a group stay as they are.
    fn left(&self, reach: &Reach) -> String {
        let stays = match reach.without_message {
            1 => "stays as it is, for its message is not kept any more",
            _ => "stay as they are, for their messages are not kept any more",
        };
        format!("{} {stays}.", noun(reach.group, reach.without_message))
    }
}

/// The page for the items that a sweep reaches; `before` is the number shown last time, if more
/// match now.
pub async fn page(
    parts: &Parts,
    person: &Person,
    params: &Params,
    (sweep, reached, before): (Sweep, Vec<Reach>, Option<i64>),
) -> Review {
    let fields = given(params);
    let words = |(name, value): &(String, String)| {
        let label = FILTERS.iter().find(|(known, _)| known == name).map_or("", |(_, label)| label);
        let value = QueueKind::parse(value)
            .filter(|_| name == "type")
            .map_or_else(|| value.clone(), |queue| kind(queue).to_owned());
        (label, value)
    };
    let back = query::file(&Params { path: HERE.to_owned(), pairs: fields.clone() }, HERE);
    let filters = fields.iter().map(words).collect();
    Review { frame: Frame::of(parts, person, HERE).await, sweep, reached, filters, fields, before, back }
}

/// The name of the hidden field with the number shown for a group.
pub fn field(group: Group) -> String {
    format!("seen_{}_{}", group.queue, group.state)
}

/// A time in the exact form that the hidden field carries.
fn exactly(at: &Timestamp) -> String {
    crate::domain::six_digits::text(*at)
}
