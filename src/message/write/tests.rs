use super::*;
use crate::domain::address::{Address, Mailbox};
use crate::message::read::reparse::{see, values};
use crate::message::read::{Automatic, read};

mod bounds;
mod hostile;

const MARK: &str = "5f1d-example-mark";

fn mailbox(text: &str) -> Mailbox {
    parse_mailbox(text).unwrap()
}

fn draft() -> Draft {
    Draft {
        from: mailbox("Forge <forge@localhost>"),
        to: vec![mailbox("Ann <ann@example.com>")],
        cc: Vec::new(),
        reply_to: None,
        subject: "Attic | Roof leaks (#12)".into(),
        text: Some("It rains.\n".into()),
        html: None,
        headers: Vec::new(),
        message_id: None,
        in_reply_to: None,
        references: Vec::new(),
        date: jiff::Timestamp::from_second(1_793_614_445).unwrap(),
        loop_mark: MARK.into(),
        fallback_message_id: "<0190@localhost>".into(),
    }
}

fn composed(draft: &Draft) -> String {
    String::from_utf8(compose(draft).unwrap()).unwrap()
}

fn refused_field(draft: &Draft) -> &'static str {
    compose(draft).unwrap_err().field
}

/// Checks what holds for every outgoing mail: CRLF only, and line lengths that a relay accepts.
pub(super) fn assert_sendable(mail: &[u8]) {
    let text = mail.iter().map(|b| char::from(*b)).collect::<String>();
    assert!(text.ends_with("\r\n"));
    assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "bare line ends or NUL in {text:?}");
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(head.lines().all(|line| !line.trim().is_empty()), "{head}");
    assert!(text.lines().all(|line| line.len() <= 998), "a line is too long: {text}");
}

#[test]
fn a_plain_mail_looks_like_this() {
    insta::assert_snapshot!(composed(&draft()).replace('\r', ""), @r"
    From: Forge <forge@localhost>
    To: Ann <ann@example.com>
    Subject: Attic | Roof leaks (#12)
    Date: Mon, 2 Nov 2026 10:14:05 +0000
    Message-ID: <0190@localhost>
    MIME-Version: 1.0
    Auto-Submitted: auto-generated
    X-Auto-Response-Suppress: All
    X-Postern-Loop: 5f1d-example-mark
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    It rains.
    ");
}

#[test]
fn text_and_html_are_two_ways_to_read_one_mail() {
    let both = Draft { html: Some("<p>Es <b>regnet</b> – schön.</p>".into()), ..draft() };
    insta::assert_snapshot!(composed(&both).replace('\r', ""), @r#"
    From: Forge <forge@localhost>
    To: Ann <ann@example.com>
    Subject: Attic | Roof leaks (#12)
    Date: Mon, 2 Nov 2026 10:14:05 +0000
    Message-ID: <0190@localhost>
    MIME-Version: 1.0
    Auto-Submitted: auto-generated
    X-Auto-Response-Suppress: All
    X-Postern-Loop: 5f1d-example-mark
    Content-Type: multipart/alternative;
     boundary="postern-fce61c9e813210c9c3604567755b8966c700c5b5"

    --postern-fce61c9e813210c9c3604567755b8966c700c5b5
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    It rains.
    --postern-fce61c9e813210c9c3604567755b8966c700c5b5
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <p>Es <b>regnet</b> =E2=80=93 sch=C3=B6n.</p>
    --postern-fce61c9e813210c9c3604567755b8966c700c5b5--
    "#);
    let seen = see(&compose(&both).unwrap());
    assert_eq!((seen.parts, seen.content_type.as_str()), (3, "multipart/alternative"));
    let only_html = Draft { text: None, ..both };
    let seen = see(&compose(&only_html).unwrap());
    assert_eq!((seen.parts, seen.content_type.as_str()), (1, "text/html"));
    assert_eq!(seen.html.as_deref().map(str::trim_end), only_html.html.as_deref());
    assert_eq!(refused_field(&Draft { html: None, ..only_html }), "text");
}

#[test]
fn equal_drafts_give_equal_bytes_and_other_bodies_another_boundary() {
    let both = Draft { html: Some("<p>It rains.</p>".into()), ..draft() };
    assert_eq!(compose(&both), compose(&both.clone()));
    let boundary = |draft: &Draft| composed(draft).split("boundary=\"").nth(1).unwrap()[..48].to_owned();
    let forged = format!("\n--{}\nContent-Type: text/html\n\nforged\n", boundary(&both));
    let answer = Draft { text: Some(forged), ..both };
    assert_eq!(see(&compose(&answer).unwrap()).parts, 3);
}

#[test]
fn a_line_break_in_a_display_name_is_a_space() {
    for name in ["Evil\r\nBcc: v@example.com", "Evil\nBcc: v@example.com", "Evil\u{2028}Bcc: v@example.com"] {
        let name = Some(name.to_owned());
        let evil = Mailbox { name, address: Address::parse("e@example.com").unwrap() };
        let mail = compose(&Draft { from: evil.clone(), to: vec![evil.clone(), evil], ..draft() }).unwrap();
        assert_sendable(&mail);
        let person = ("Evil Bcc: v@example.com".to_owned(), "e@example.com".to_owned());
        assert_eq!(see(&mail).people, vec![person; 3]);
    }
}

#[test]
fn names_and_subjects_come_out_as_they_went_in() {
    let long = "Lange Überschrift ".repeat(30);
    for text in [
        "Ann",
        "Archer, Ann",
        "Ann (@ann) \"the\" \\archer\\",
        "Jörg Müller",
        "日本語の名前です",
        "=?utf-8?q?x=40evil.com=3e=20?=",
        "a.b@c",
        long.trim(),
        &"👩‍🚒".repeat(60),
        &"x".repeat(900),
    ] {
        let name = Some(text.to_owned());
        let to = vec![Mailbox { name, address: Address::parse("ann@example.com").unwrap() }];
        let mail = compose(&Draft { subject: text.into(), to, ..draft() }).unwrap();
        assert_sendable(&mail);
        let seen = see(&mail);
        assert_eq!(seen.subject, text);
        assert_eq!(seen.people[1], (text.to_owned(), "ann@example.com".to_owned()));
    }
}

#[test]
fn a_long_unbroken_subject_is_folded_and_a_longer_one_refused() {
    let long = "x".repeat(2000);
    let mail = compose(&Draft { subject: long.clone(), ..draft() }).unwrap();
    assert_sendable(&mail);
    assert_eq!(see(&mail).subject, long);
    assert_eq!(refused_field(&Draft { subject: "x".repeat(2001), ..draft() }), "subject");
}

#[test]
fn a_thousand_plain_recipients_are_folded() {
    let to: Vec<Mailbox> = (0..1000).map(|number| mailbox(&format!("ann{number}@example.com"))).collect();
    let mail = compose(&Draft { to, ..draft() }).unwrap();
    assert_sendable(&mail);
    assert_eq!(see(&mail).people.len(), 1001);
}

#[test]
fn a_mail_to_blind_recipients_only_names_nobody() {
    let mail = composed(&Draft { to: Vec::new(), ..draft() });
    assert!(mail.contains("\r\nTo: undisclosed-recipients:;\r\n"));
    let mail = composed(&Draft { to: Vec::new(), cc: vec![mailbox("bob@example.com")], ..draft() });
    assert!(!mail.contains("\r\nTo:") && mail.contains("\r\nCc: bob@example.com\r\n"));
}

#[test]
fn threads_keep_their_first_and_latest_messages() {
    let references: Vec<String> = (0..300).map(|number| format!("note_{number}@localhost")).collect();
    let mail = compose(&Draft {
        references,
        in_reply_to: Some("<note_299@localhost>".into()),
        message_id: Some("note_300@localhost".into()),
        ..draft()
    })
    .unwrap();
    assert_sendable(&mail);
    let text = String::from_utf8(mail.clone()).unwrap();
    assert!(text.contains("\r\nMessage-ID: <note_300@localhost>\r\nIn-Reply-To: <note_299@localhost>\r\n"));
    assert!(
        text.contains("References: <note_0@localhost> <note_201@localhost>") && text.contains("<note_299@localhost>")
    );
    assert_eq!(see(&mail).references, 100);
}

#[test]
fn an_applications_headers_are_carried_and_checked() {
    let with = |name: &str, value: &str| Draft { headers: vec![(name.into(), value.into())], ..draft() };
    let mail = compose(&with("X-GitLab-Project", "Dachböden/attic")).unwrap();
    assert_sendable(&mail);
    assert_eq!(values(&mail, "X-GitLab-Project"), ["Dachböden/attic"]);
    let links = "<https://localhost/-/sent_notifications/x/unsubscribe?force=true>, <mailto:incoming+x@localhost>";
    let mail = composed(&with("List-Unsubscribe", links));
    assert!(mail.contains(&format!("List-Unsubscribe: {}", links.replace(", <", ",\r\n <"))), "{mail}");
    for name in ["", "X Y", "X:", "X\r\nBcc", "Ü", &"x".repeat(77)] {
        assert_eq!(refused_field(&with(name, "v")), "headers", "{name:?}");
    }
    for value in ["a\r\nBcc: b", "a\n b", "a\rb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\x0bb", "a\tb", &"x".repeat(2001)]
    {
        assert_eq!(refused_field(&with("X-Own", value)), "headers", "{value:?}");
    }
}

#[test]
fn a_header_with_a_member_of_its_own_is_refused_with_its_name() {
    let said = |name: &str| compose(&Draft { headers: vec![(name.into(), "v".into())], ..draft() }).unwrap_err().text;
    assert_eq!(said("Reply-to"), "`Reply-to` cannot be set here: use the member `reply_to`");
    for name in [
        "From",
        "To",
        "CC",
        "Bcc",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Type",
        "Content-Anything",
        "MIME-Version",
        "Sender",
        "Return-Path",
        "Received",
        "In-Reply-To",
        "References",
        "DKIM-Signature",
        "X-Postern-Id",
        "Resent-To",
    ] {
        assert!(said(name).contains("cannot be set here"), "{name}");
    }
}

#[test]
fn an_application_may_say_itself_whether_a_mail_is_automatic() {
    let own = [("auto-submitted", "no"), ("X-AUTO-RESPONSE-SUPPRESS", "OOF")];
    let headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mail = compose(&Draft { headers, ..draft() }).unwrap();
    assert_eq!(values(&mail, "Auto-Submitted"), ["no"]);
    assert_eq!(values(&mail, "X-Auto-Response-Suppress"), ["OOF"]);
}

#[test]
fn our_own_mail_is_known_when_it_comes_back() {
    let reading = read(&compose(&draft()).unwrap(), MARK);
    assert_eq!(reading.automatic, Some(Automatic::LoopMark));
    assert_eq!(reading.message_id.as_deref(), Some("<0190@localhost>"));
}

#[test]
fn our_own_mail_that_is_meant_to_come_back_is_taken_for_a_persons() {
    let headers = vec![("Auto-Submitted".to_owned(), "no".to_owned())];
    let composed = compose(&Draft { headers, ..draft() }).unwrap();
    assert_eq!(values(&composed, "X-Postern-Loop"), [MARK]);
    assert_eq!(read(&composed, MARK).automatic, None);
}

#[test]
fn a_body_keeps_its_lines_whatever_ends_them() {
    let body = "one\rtwo\nthree\r\n.\r\n\r\n..five";
    let mail = compose(&Draft { text: Some(body.into()), ..draft() }).unwrap();
    assert_sendable(&mail);
    assert!(mail.ends_with(b"\r\n\r\none\r\ntwo\r\nthree\r\n.\r\n\r\n..five\r\n"));
    assert_eq!(refused_field(&Draft { text: Some("a\0b".into()), ..draft() }), "text");
    assert_eq!(refused_field(&Draft { html: Some("\0".into()), ..draft() }), "html");
    let long = Draft { text: Some("x".repeat(100_000)), ..draft() };
    assert!(composed(&long).lines().all(|line| line.len() <= 998));
    assert_eq!(see(&compose(&long).unwrap()).text.as_deref().map(str::trim_end), long.text.as_deref());
}

#[test]
fn a_body_of_many_lines_is_written_in_linear_time() {
    let body = "\n".repeat(2_000_000);
    assert_eq!(compose(&Draft { text: Some(body), ..draft() }).map(|mail| mail.len() > 4_000_000), Ok(true));
}

#[test]
fn a_mark_or_date_that_cannot_be_written_is_refused() {
    assert_eq!(refused_field(&Draft { loop_mark: "a b".into(), ..draft() }), "loop_mark");
    assert_eq!(refused_field(&Draft { date: jiff::Timestamp::MIN, ..draft() }), "date");
}
