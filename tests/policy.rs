//! The whole policy on one page: every answer, compared with `fixtures/policy/table.txt`.
//!
//! A change of policy is a diff of that file. After an intended change: `UPDATE_POLICY=1 cargo test --test policy`.

use jiff::Timestamp;
use postern::domain::mail::Intent;
use postern::domain::mode::{Mode, ModeView, State};
use postern::domain::notification::Class;
use postern::policy::gate::{GateVerdict, judge_request};
use postern::policy::handover::may_hand_over;
use postern::policy::inbound::{MailVerdict, WhyNot, judge_recipient};
use postern::policy::outbound::{SendVerdict, judge_delivery, keeps_body_when_suppressed};
use postern::policy::rules::{AcceptedBefore, Rules, Treatment};
use std::fmt::Write;

const TABLE: &str = "fixtures/policy/table.txt";

fn modes() -> [ModeView; 3] {
    let mode = |state| Mode { state, version: 7, message: None, since: Timestamp::UNIX_EPOCH, until: None };
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

fn send(verdict: &SendVerdict) -> &'static str {
    match verdict {
        SendVerdict::Send => "send",
        SendVerdict::Wait => "wait",
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
    [mail_in(), handing_over(), mail_out(), http()].join("\n")
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

fn mail_out() -> String {
    let mut text = String::from("Mail out: what is decided about a delivery\n");
    let _ = writeln!(
        text,
        "{:<22} {:<10} {:<10} {:<13} body when suppressed",
        "class", "mode off", "mode on", "mode unknown"
    );
    for class in Class::ALL {
        let row = modes().map(|mode| send(&judge_delivery(*class, &mode)));
        let body = if keeps_body_when_suppressed(*class) { "kept" } else { "wiped" };
        let _ = writeln!(text, "{:<22} {:<10} {:<10} {:<13} {body}", class.as_str(), row[0], row[1], row[2]);
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
