//! The review of a change of the settings, before it is saved.

use super::HERE;
use super::draft::Draft;
use super::foresight::Foresight;
use crate::domain::mode::{Mode, State};
use crate::edge::http::Parts;
use crate::edge::http::page::answer;
use crate::edge::http::page::frame::{Banner, Frame};
use crate::edge::http::page::person::Person;
use crate::edge::http::problem::Problem;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "general_review.html")]
struct Review {
    frame: Frame,
    draft: Draft,
    /// What the change does: the button's label and the heading.
    deed: String,
    before: Mode,
    after: Mode,
    /// The effects, if the mode turns.
    foresight: Option<Foresight>,
    preview: Option<Banner>,
}

/// The review of `draft`, which changes `before` into `after`.
///
/// # Errors
/// 503 when the store is unavailable.
pub async fn show(
    parts: &Parts,
    person: &Person,
    (before, after): (&Mode, Mode),
    draft: Draft,
) -> Result<Response, Problem> {
    let frame = Frame::of(parts, person, HERE).await;
    let foresight = match after.state == before.state {
        true => None,
        false => Some(Foresight::read(parts, before, after.state).await?),
    };
    let has_banner = foresight.is_none() || after.state == State::On;
    let preview = has_banner.then(|| draft.banner(before, parts.clock.now()));
    let deed = deed(before, &after);
    answer::show(&person.visit, &Review { frame, draft, deed, before: before.clone(), after, foresight, preview })
}

/// What a change does, as a button's label.
fn deed(before: &Mode, after: &Mode) -> String {
    if before.state != after.state {
        return format!("Turn it {}", after.state);
    }
    let verb = |had: bool, has: bool| match (had, has) {
        (false, _) => "Set",
        (true, true) => "Change",
        (true, false) => "Remove",
    };
    let message = (before.message != after.message).then(|| verb(before.message.is_some(), after.message.is_some()));
    let end = (before.until != after.until).then(|| verb(before.until.is_some(), after.until.is_some()));
    match (message, end) {
        (Some(message), Some(end)) if message == end => format!("{message} the message and the end"),
        (Some(message), Some(end)) => format!("{message} the message and {} the end", end.to_lowercase()),
        (Some(message), None) => format!("{message} the message"),
        (None, Some(end)) => format!("{end} the end"),
        (None, None) => "Save".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Version;
    use jiff::Timestamp;

    fn mode(state: State, message: Option<&str>, end: Option<i64>) -> Mode {
        let until = end.map(|second| Timestamp::from_second(second).unwrap());
        Mode { state, version: Version(1), message: message.map(str::to_owned), since: Timestamp::UNIX_EPOCH, until }
    }

    #[test]
    fn the_button_says_what_it_does() {
        let on = |message, end| mode(State::On, message, end);
        for (before, after, words) in [
            (mode(State::Off, None, None), on(Some("disks"), Some(9)), "Turn it on"),
            (on(Some("disks"), Some(9)), mode(State::Off, None, None), "Turn it off"),
            (on(None, None), on(Some("disks"), None), "Set the message"),
            (on(Some("disks"), None), on(Some("tapes"), None), "Change the message"),
            (on(Some("disks"), None), on(None, None), "Remove the message"),
            (on(None, None), on(None, Some(9)), "Set the end"),
            (on(None, Some(9)), on(None, Some(10)), "Change the end"),
            (on(None, Some(9)), on(None, None), "Remove the end"),
            (on(Some("disks"), Some(9)), on(Some("tapes"), Some(10)), "Change the message and the end"),
            (on(Some("disks"), None), on(Some("tapes"), Some(10)), "Change the message and set the end"),
        ] {
            assert_eq!(deed(&before, &after), words);
        }
    }
}
