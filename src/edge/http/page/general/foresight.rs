//! What a change of the mode will do, in numbers, as of now.

use crate::domain::mode::{Mode, State};
use crate::domain::notification::Class;
use crate::edge::http::Parts;
use crate::edge::http::page::words::{self, counted};
use crate::edge::http::problem::Problem;
use crate::policy::outbound::{InMode, in_mode};
use crate::policy::reply_code::ReplyCode;
use crate::policy::rules::{AcceptedBefore, Rules, Treatment, UnknownKind};
use crate::store::desk::Depths;
use std::sync::atomic::Ordering;

/// One effect of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The number of affected items.
    pub number: i64,
    /// What happens to them.
    pub text: String,
}

/// The effects of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foresight {
    /// The state that the mode would get.
    pub state: State,
    /// The effects on existing items, with numbers.
    pub effects: Vec<Effect>,
    /// The rules for later items.
    pub rules: Vec<String>,
}

impl Foresight {
    /// The effects that changing `mode` to `state` would have now.
    ///
    /// # Errors
    /// 503 when the store is unavailable.
    pub async fn read(parts: &Parts, mode: &Mode, state: State) -> Result<Self, Problem> {
        let depths = parts.store.depths().await?;
        let (effects, rules) = match state {
            State::On => {
                let kept_back = parts.store.kept_back().await?;
                let open = parts.smtp_transactions.load(Ordering::Relaxed);
                let open = i64::try_from(open).unwrap_or(i64::MAX);
                (turning_on(&depths, &kept_back, open, &parts.rules), from_then_on(&parts.rules))
            }
            State::Off => (turning_off(&depths), vec![after(mode)]),
        };
        Ok(Self { state, effects, rules })
    }
}

/// The effect on queued deliveries, of which `kept_back` counts the suppressed ones by class.
fn queued(depths: &Depths, kept_back: &[(Class, i64)], rules: &Rules) -> String {
    let number = |what: InMode| -> (i64, Vec<String>) {
        let is_so = |(class, _): &&(Class, i64)| in_mode(*class, rules.unknown_kind) == what;
        let of_it: Vec<_> = kept_back.iter().filter(is_so).collect();
        let words = of_it.iter().map(|(class, number)| format!("{} {}", words::number(*number), words::class(*class)));
        (of_it.iter().map(|(_, number)| number).sum(), words.collect())
    };
    let ((suppressed, classes), (waiting, _)) = (number(InMode::Suppress), number(InMode::Wait));
    let deliveries = noun(depths.queued, "delivery", "deliveries");
    let waits = match waiting {
        0 => String::new(),
        _ => format!("; {} of undeclared kinds kept until the mode is off", words::number(waiting)),
    };
    match suppressed {
        0 => format!("{deliveries} queued; none of them is suppressed{waits}."),
        _ => format!(
            "{deliveries} queued, {} of them to be suppressed ({}){waits}.",
            words::number(suppressed),
            words::listed(&classes)
        ),
    }
}

fn turning_on(depths: &Depths, kept_back: &[(Class, i64)], open: i64, rules: &Rules) -> Vec<Effect> {
    let under_way = depths.hand_overs + depths.deliveries;
    let mut effects = vec![
        Effect { number: depths.queued, text: queued(depths, kept_back, rules) },
        Effect {
            number: under_way,
            text: format!(
                "{} under way ({}, {}). Drained is reached when what the mode keeps back is done.",
                noun(under_way, "mail", "mails"),
                counted(depths.deliveries, "delivery", "deliveries"),
                counted(depths.hand_overs, "hand-over", "hand-overs"),
            ),
        },
    ];
    let waiting = match rules.accepted_before {
        AcceptedBefore::Finish => "still handed over, for they were accepted before.",
        AcceptedBefore::Wait => "kept until the mode is off.",
    };
    let accepted = noun(depths.waiting, "accepted mail", "accepted mails");
    effects.push(Effect { number: depths.waiting, text: format!("{accepted} waiting for the application: {waiting}") });
    let transactions = noun(open, "SMTP transaction", "SMTP transactions");
    effects.push(Effect {
        number: open,
        text: format!("{transactions} open here: judged anew before they are answered."),
    });
    effects.retain(|effect| effect.number > 0 || effect.text.starts_with("deliveries queued"));
    effects
}

fn turning_off(depths: &Depths) -> Vec<Effect> {
    let held = noun(depths.held, "held mail", "held mails");
    let waiting = noun(depths.waiting, "accepted mail", "accepted mails");
    let queued = noun(depths.queued, "delivery", "deliveries");
    let mut effects = vec![
        Effect { number: depths.held, text: format!("{held} released and handed over to the application.") },
        Effect { number: depths.waiting, text: format!("{waiting} waiting: handed over.") },
        Effect { number: depths.queued, text: format!("{queued} queued: sent.") },
    ];
    effects.retain(|effect| effect.number > 0 || effect.text.starts_with("held"));
    effects
}

/// The singular or plural noun for `number`.
fn noun<'a>(number: i64, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// The rules for items that arrive while the mode is on.
fn from_then_on(rules: &Rules) -> Vec<String> {
    let (refused, deferred) = (ReplyCode::REFUSED.softened(rules.soft_bounce).basic, ReplyCode::DEFERRED.basic);
    let treated = |treatment| match treatment {
        Treatment::Refuse if rules.soft_bounce => {
            format!("deferred by SMTP ({refused}), as [smtp] soft_bounce says")
        }
        Treatment::Refuse => format!("refused by SMTP ({refused}), so that the sender learns at once"),
        Treatment::Defer => format!("deferred by SMTP ({deferred}), so that the MTA tries again"),
        Treatment::Hold => "taken and kept until the mode is off".to_owned(),
    };
    let mut said = vec![format!("New mail that would write is {}.", treated(rules.incoming))];
    let others = rules.intents.iter().filter(|(_, treatment)| **treatment != rules.incoming);
    said.extend(others.map(|(intent, treatment)| format!("{}: {}.", words::intent(*intent), treated(*treatment))));
    let notifications = match rules.unknown_kind {
        UnknownKind::Wait | UnknownKind::Reject => {
            "except write-dependent mail and alert paging, which are suppressed and listed, and kinds that are not declared, which wait until the mode is off."
        }
        UnknownKind::Suppress => {
            "except write-dependent mail, alert paging and kinds that are not declared: these are suppressed and listed."
        }
        UnknownKind::Send => "except write-dependent mail and alert paging: these are suppressed and listed.",
    };
    said.push(format!("New notifications go out, {notifications}"));
    said.push("Users, tokens and passwords cannot be changed on pages or by the API; reading, signing in, jobs and queues go on.".to_owned());
    said
}

fn after(mode: &Mode) -> String {
    format!(
        "What was suppressed since {} stays in the report; nothing of it is sent by itself.",
        crate::edge::http::page::moment::minute(&mode.since)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_soft_bounce_the_code_foretold_is_the_one_that_the_session_says() {
        let said = from_then_on(&Rules { soft_bounce: true, ..Rules::default() });
        assert_eq!(said[0], "New mail that would write is deferred by SMTP (450), as [smtp] soft_bounce says.");
    }

    #[test]
    fn what_will_happen_is_said_in_numbers() {
        let depths = Depths { queued: 47, deliveries: 1, hand_overs: 1, waiting: 2, ..Depths::default() };
        let kept_back = [(Class::WriteDependent, 3), (Class::Paging, 1), (Class::Unclassified, 5)];
        let effects = turning_on(&depths, &kept_back, 0, &Rules::default());
        let said: Vec<String> = effects.iter().map(|effect| format!("{} {}", effect.number, effect.text)).collect();
        assert_eq!(
            said,
            [
                "47 deliveries queued, 4 of them to be suppressed (3 write-dependent and 1 paging); 5 of undeclared kinds kept until the mode is off.",
                "2 mails under way (1 delivery, 1 hand-over). Drained is reached when what the mode keeps back is done.",
                "2 accepted mails waiting for the application: still handed over, for they were accepted before.",
            ]
        );
        let off = turning_off(&Depths { held: 1, ..Depths::default() });
        assert_eq!(off.len(), 1);
        assert_eq!(off[0].text, "held mail released and handed over to the application.");
    }
}
