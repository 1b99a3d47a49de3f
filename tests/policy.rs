//! The whole policy on one page: every answer, compared with `fixtures/policy/table.txt`.
//!
//! A change of policy is a diff of that file. After an intended change:
//! `UPDATE_POLICY=1 cargo test --test policy`.

use jiff::{SignedDuration, Timestamp};
use postern::domain::id::Id;
use postern::domain::mail::Intent;
use postern::domain::mode::{Mode, ModeView, State, Version};
use postern::domain::notification::Class;
use postern::domain::window::{Window, WindowState};
use postern::policy::gate::{GateVerdict, judge_request};
use postern::policy::handover::{Answer, may_hand_over};
use postern::policy::inbound::{MailVerdict, WhyNot, judge_recipient};
use postern::policy::outbound::{SendVerdict, judge_delivery, keeps_body_when_suppressed};
use postern::policy::rules::{AcceptedBefore, Reason, Rules, Treatment, UnknownKind};
use postern::policy::stumble::{self, STUMBLES, judge_stumble};
use postern::policy::window::{Confidence, Step, next_step};
use std::fmt::Write;

const TABLE: &str = "fixtures/policy/table.txt";

fn modes() -> [ModeView; 3] {
    let mode = |state| Mode { state, version: Version(7), message: None, since: Timestamp::UNIX_EPOCH, until: None };
    [ModeView::Known(mode(State::Off)), ModeView::Known(mode(State::On)), ModeView::Unknown]
}

fn mail(verdict: &MailVerdict) -> String {
    let why = |why: &WhyNot| match why {
        WhyNot::Maintenance(_) => "maintenance",
        WhyNot::ModeUnknown => "mode unknown",
        WhyNot::NoSuchAddress => "no such address",
    };
    match verdict {
        MailVerdict::Accept => "accept".into(),
        MailVerdict::Hold => "hold".into(),
        MailVerdict::Discard => "discard".into(),
        MailVerdict::Defer(reason) => format!("defer ({})", why(reason)),
        MailVerdict::Refuse(reason) => format!("refuse ({})", why(reason)),
    }
}

/// The reply code of every verdict, by itself and under `soft_bounce`.
fn reply_codes() -> String {
    let mut text = String::from("Mail in: what the client hears and the record says\n");
    let _ = writeln!(text, "{:<26} {:<12} soft_bounce", "verdict", "reply");
    let maintenance = || WhyNot::Maintenance(Reason { version: Version(7), message: None, until: None });
    let reasons = || [maintenance(), WhyNot::ModeUnknown, WhyNot::NoSuchAddress];
    let taken = [MailVerdict::Accept, MailVerdict::Hold, MailVerdict::Discard];
    let turned = reasons().map(MailVerdict::Refuse).into_iter().chain(reasons().map(MailVerdict::Defer));
    for verdict in taken.into_iter().chain(turned) {
        let codes = [false, true].map(|soft_bounce| verdict.reply_code(soft_bounce).to_string());
        let _ = writeln!(text, "{:<26} {:<12} {}", mail(&verdict), codes[0], codes[1]);
    }
    text
}

fn send(verdict: &SendVerdict) -> &'static str {
    match verdict {
        SendVerdict::Send => "send",
        SendVerdict::Wait(_) => "wait",
        SendVerdict::Suppress(_) => "suppress",
    }
}

fn gate(verdict: GateVerdict) -> String {
    match verdict {
        GateVerdict::Pass(rule) => format!("pass ({rule})"),
        GateVerdict::Block(rule) => format!("403 ({rule})"),
        GateVerdict::Unavailable => "503".into(),
    }
}

fn table() -> String {
    [mail_in(), reply_codes(), handing_over(), stumbling(), mail_out(), http(), windows()].join("\n")
}

fn mail_in() -> String {
    let mut text = String::from("Mail in: what is decided about a recipient\n");
    let _ = writeln!(text, "{:<22} {:<10} {:<26} {:<26} mode unknown", "intent", "setting", "mode off", "mode on");
    for intent in Intent::ALL {
        for treatment in Treatment::ALL {
            let rules = Rules { incoming: *treatment, ..Rules::default() };
            let row = modes().map(|mode| mail(&judge_recipient(*intent, &mode, &rules)));
            let _ = writeln!(
                text,
                "{:<22} {:<10} {:<26} {:<26} {}",
                intent.as_str(),
                treatment.as_str(),
                row[0],
                row[1],
                row[2]
            );
        }
    }
    text
}

fn handing_over() -> String {
    let mut text = String::from("Handing over: may accepted mail be offered to the application\n");
    let _ = writeln!(text, "{:<22} {:<10} {:<10} {:<10} mode unknown", "intent", "setting", "mode off", "mode on");
    for intent in Intent::ALL {
        for accepted_before in AcceptedBefore::ALL {
            let rules = Rules { accepted_before: *accepted_before, ..Rules::default() };
            let row = modes().map(|mode| if may_hand_over(*intent, &mode, &rules) { "yes" } else { "no" });
            let _ = writeln!(
                text,
                "{:<22} {:<10} {:<10} {:<10} {}",
                intent.as_str(),
                accepted_before.as_str(),
                row[0],
                row[1],
                row[2]
            );
        }
    }
    text
}

fn stumbling() -> String {
    const ANSWERS: [Answer; 5] = [Answer::Done, Answer::Unusable, Answer::Stumble, Answer::Pause, Answer::ReadOnly];
    let word = |answer: Option<Answer>| answer.map_or_else(|| "-".to_owned(), |answer| format!("{answer:?}"));
    let every = || std::iter::once(None).chain(ANSWERS.map(Some));
    let step = |step| match step {
        stumble::Step::Wait => "wait",
        stumble::Step::OfferNext => "offer the next",
        stumble::Step::OfferAgain => "offer it again",
        stumble::Step::Heed => "as it was answered",
        stumble::Step::SetAside => "SET ASIDE",
    };
    let mut text = String::from("Stumbling: what is done about a mail over which the application fails\n");
    let _ = writeln!(text, "{:<11} {:<11} {:<11} then", "stumbles", "the next", "it again");
    let asked = |stumbles| every().map(move |next| (stumbles, next));
    for (stumbles, next) in asked(STUMBLES - 1).chain(asked(STUMBLES)) {
        // This mail is offered again only after the next one was answered.
        let again: Vec<_> = every().filter(|again| next.is_some() || again.is_none()).collect();
        for again in again {
            let then = step(judge_stumble(stumbles, next, again));
            let _ = writeln!(text, "{stumbles:<11} {:<11} {:<11} {then}", word(next), word(again));
        }
    }
    text
}

fn mail_out() -> String {
    let mut text = String::from("Mail out: what is decided about a delivery\n");
    let _ = writeln!(
        text,
        "{:<22} {:<13} {:<10} {:<10} {:<13} body when suppressed",
        "class", "unknown_kind", "mode off", "mode on", "mode unknown"
    );
    for class in Class::ALL {
        let body = if keeps_body_when_suppressed(*class) { "kept" } else { "wiped" };
        let row = |unknown: &UnknownKind| modes().map(|mode| send(&judge_delivery(*class, &mode, *unknown)));
        let rows: Vec<_> = UnknownKind::ALL.iter().map(|unknown| (unknown.as_str(), row(unknown))).collect();
        let is_one = rows.iter().all(|(_, row)| *row == rows[0].1);
        for (unknown, row) in if is_one { vec![("any", rows[0].1)] } else { rows } {
            let _ = writeln!(
                text,
                "{:<22} {unknown:<13} {:<10} {:<10} {:<13} {body}",
                class.as_str(),
                row[0],
                row[1],
                row[2]
            );
        }
    }
    text
}

fn http() -> String {
    let mut text = String::from("HTTP: which requests pass\n");
    for (method, path) in REQUESTS {
        let row = modes().map(|mode| gate(judge_request(method, path, &mode)));
        let _ = writeln!(text, "{:<48} {:<26} {:<26} {}", format!("{method} {path}"), row[0], row[1], row[2]);
    }
    text
}

/// At 12:00.
fn windows() -> String {
    let mut text = String::from("Windows: what is done about one, by how far the clock is trusted\n");
    let _ = writeln!(text, "{:<66} {:<10} {:<10} jumped", "window", "fresh", "steady");
    for (what, mode, standing) in situations() {
        let step = |confidence| match next_step(&mode, &standing, confidence, hour(12)) {
            None => "-",
            Some(Step::Miss(_)) => "miss",
            Some(Step::Open(_)) => "open",
            Some(Step::End(_)) => "end",
            Some(Step::TurnOff(_)) => "turn off",
        };
        let row = [Confidence::Fresh, Confidence::Steady, Confidence::Jumped].map(step);
        let _ = writeln!(text, "{what:<66} {:<10} {:<10} {}", row[0], row[1], row[2]);
    }
    text
}

fn hour(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

/// A window between these hours; an open one has started the maintenance.
fn window(state: WindowState, from: i64, to: i64) -> Window {
    let opened = (state == WindowState::Open).then(|| hour(from));
    Window {
        id: Id::mint(hour(from)),
        starts_at: hour(from),
        ends_at: hour(to),
        message: None,
        auto_off: false,
        state,
        created_at: hour(0),
        created_by: "ann".into(),
        opened_at: opened,
        opened_version: opened.map(|_| Version(7)),
        begun_at: opened,
        ended_at: None,
        ended_by: None,
        ended_version: None,
    }
}

fn situations() -> Vec<(&'static str, Mode, Vec<Window>)> {
    use WindowState::{Open, Scheduled};
    let off = || Mode { state: State::Off, version: Version(7), message: None, since: hour(0), until: None };
    let on = |until| Mode { state: State::On, since: hour(10), until, ..off() };
    let late = || window(Open, 10, 11);
    let told = || Window { auto_off: true, ..late() };
    let end = Some(hour(11));
    vec![
        ("scheduled, its start to come", off(), vec![window(Scheduled, 13, 14)]),
        ("scheduled, between start and end", off(), vec![window(Scheduled, 11, 13)]),
        ("scheduled, its end over", off(), vec![window(Scheduled, 10, 11)]),
        ("open, its end to come", on(Some(hour(13))), vec![Window { auto_off: true, ..window(Open, 10, 13) }]),
        ("open, its end over", on(end), vec![late()]),
        ("open, its end over, auto_off", on(end), vec![told()]),
        ("open, its end over, auto_off, a later end announced", on(Some(hour(13))), vec![told()]),
        ("open, its end over, auto_off, the announced end taken away", on(None), vec![told()]),
        (
            "open, its end over, auto_off, a person had turned the mode on",
            on(end),
            vec![Window { begun_at: None, ..told() }],
        ),
        ("open, its end over, auto_off, another goes on", on(Some(hour(13))), vec![told(), window(Open, 11, 13)]),
        ("open, its end over, auto_off, another begins now", on(end), vec![told(), window(Scheduled, 12, 13)]),
    ]
}

const REQUESTS: &[(&str, &str)] = &[
    ("GET", "/anything"),
    ("HEAD", "/anything"),
    ("OPTIONS", "/anything"),
    ("POST", "/anything"),
    ("PUT", "/anything"),
    ("PATCH", "/anything"),
    ("DELETE", "/anything"),
    ("PURGE", "/anything"),
    ("PUT", "/api/v4/application/settings"),
    ("POST", "/api/v4/application/settings"),
    ("POST", "/admin/application_settings/general"),
    ("POST", "/api/v4/maintenance/windows"),
    ("DELETE", "/api/v4/maintenance/windows/1"),
    ("POST", "/users/sign_in"),
    ("POST", "/users/sign_out"),
    ("POST", "/users"),
    ("POST", "/api/v4/internal/notifications"),
    ("POST", "/api/v4/internal"),
    ("PUT", "/api/v4/background_jobs/retention"),
    ("POST", "/api/v4/queue/1/retry"),
    ("POST", "/api/v4/queue/1"),
    ("POST", "/admin/background_jobs/retention/pause"),
    ("POST", "/admin/queues/1/retry"),
];

#[test]
fn the_policy_is_the_table_on_file() {
    let now = table();
    if std::env::var_os("UPDATE_POLICY").is_some() {
        std::fs::write(TABLE, &now).unwrap();
    }
    let filed = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        now == filed,
        "the policy has changed; if that is intended, run UPDATE_POLICY=1 cargo test --test policy and look at the diff\n{now}"
    );
}
