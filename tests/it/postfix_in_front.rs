//! A real Postfix relays mail to the gateway, configured with the lines that
//! `postern check --print postfix` prints.

use crate::harness::files::{header, unfolded};
use crate::harness::gateway::{Gateway, ISSUE, UNSUBSCRIBE};
use crate::harness::postfix::Postfix;
use crate::harness::process::run;
use crate::harness::smtp::{Smtp, message};
use crate::harness::wait::{seconds, until_true};
use std::process::Command;

const ANN: &str = "ann@people.test";

/// A mailbox in the forge's domain that does not belong to the forge.
const CAROL: &str = "carol@forge.test";
const HELP: &str = "help@forge.test";

const BOXES: &str = "inline:{ { ann@people.test = ann/ }, { carol@forge.test = carol/ } }";

/// A Postfix that relays for the forge's domain, in front of `gateway`.
fn in_front(gateway: &Gateway, more: &str) -> Postfix {
    let relay = "relay_domains = forge.test\nrelay_recipient_maps = inline:{ { carol@forge.test = x } }\n";
    shared(gateway, &format!("{relay}{more}"), false)
}

/// A Postfix with `main` in its main.cf, set up as the snippet says; with its lines for alias
/// domains if `alias`.
fn shared(gateway: &Gateway, main: &str, alias: bool) -> Postfix {
    let snippet = gateway.console(&["check", "--print", "postfix"]).well();
    let (plain, for_alias) = snippet.split_once("# Is one of the domains in virtual_alias_domains?").unwrap();
    let for_alias = if alias { for_alias } else { "" };
    let commands = plain.lines().chain(for_alias.lines()).filter_map(|line| line.strip_prefix("#   "));
    let commands: Vec<_> = commands.filter(|command| command.starts_with("postconf ")).collect();
    let instead =
        for_alias.lines().filter_map(|line| line.strip_prefix("# ")).filter(|line| line.starts_with("postern_"));
    let lines: Vec<_> = match alias {
        true => instead.collect(),
        false => plain.lines().filter(|line| !line.starts_with('#')).collect(),
    };
    Postfix::start_after(&format!("{main}{}\n", lines.join("\n")), &commands)
}

/// Sends through Postfix to several recipients.
fn send(postfix: &Postfix, recipients: &[&str], message: &[u8]) {
    let mut smtp = Smtp::connect(postfix.port);
    smtp.mail_from(ANN);
    for recipient in recipients {
        assert_eq!(smtp.rcpt_to(recipient).code, 250);
    }
    assert_eq!(smtp.say("DATA").code, 354);
    smtp.write(&crate::harness::smtp::stuffed(message)).unwrap();
    assert_eq!(smtp.reply().unwrap().code, 250);
}

#[test]
fn a_mail_arrives_byte_for_byte_below_the_mtas_own_received() {
    let gateway = Gateway::start();
    let postfix = in_front(&gateway, "");
    let mut mail = message("bytes");
    mail.extend_from_slice(
        "\r\n.\r\n..\r\n.dot\r\n\r\n  spaces  \r\ngr\u{fc}n \u{1f600}\t\r\nFrom here\r\n".as_bytes(),
    );
    send(&postfix, &[ISSUE], &mail);
    until_true("the mail is in the inbox", seconds(20), || gateway.inbox().len() == 1);
    let written = gateway.inbox().remove(0);
    let (head, rest) = written.split_at(written.len() - mail.len());
    assert_eq!(rest, mail);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let (labels, trace) = head.rsplit_once("Received: ").expect("Postfix traces");
    assert!(labels.lines().next_back().is_some_and(|line| line.starts_with("X-Postern-End:")), "{labels}");
    assert!(trace.split_inclusive("\r\n").skip(1).all(|line| line.starts_with([' ', '\t'])), "{trace}");
    assert_eq!(header(&written, "X-Postern-Intent").as_deref(), Some("create_issue"));
    assert_eq!(header(&written, "X-Postern-Sender").as_deref(), Some(ANN));
    assert_eq!(header(&written, "X-Postern-Recipient").as_deref(), Some(ISSUE));
}

#[test]
fn in_the_mode_the_sender_gets_a_bounce_with_the_administrators_words() {
    let gateway = Gateway::start();
    let postfix = in_front(&gateway, "");
    gateway.console(&["maintenance", "on", "--message", "Moving house"]).well();
    send(&postfix, &[ISSUE], &message("refused"));
    let sentence = "550 5.3.2 This instance is in (read-only) maintenance mode: Moving house";
    postfix.await_log(&["status=bounced", sentence]);
    until_true("Ann has the bounce", seconds(20), || postfix.mailbox("ann").len() == 1);
    let bounce = postfix.mailbox("ann").remove(0);
    assert!(unfolded(&bounce).contains(sentence), "{}", String::from_utf8_lossy(&bounce));
    assert_eq!(gateway.inbox().len(), 0);
    let rows = gateway.console(&["report", "incoming", "--recipient", ISSUE]).rows();
    assert_eq!((rows.len(), &rows[0]["verdict"], &rows[0]["reply"]), (1, &"refuse".into(), &"550 5.3.2".into()));
}

#[test]
fn with_defer_the_mail_stays_in_the_mtas_queue_and_arrives_afterwards() {
    let gateway = Gateway::start_with(&[("MAINTENANCE__INCOMING", "defer")]);
    let postfix = in_front(&gateway, "");
    gateway.maintenance_on();
    send(&postfix, &[ISSUE], &message("deferred"));
    postfix.await_log(&["status=deferred", "451 4.3.2 This instance is in (read-only) maintenance mode"]);
    assert_eq!((postfix.queued(), gateway.inbox().len()), (1, 0));
    gateway.maintenance_off();
    postfix.flush();
    until_true("the mail is in the inbox", seconds(20), || gateway.inbox().len() == 1);
    until_true("nothing is queued any more", seconds(20), || postfix.queued() == 0);
    assert_eq!(postfix.mailbox("ann").len(), 0, "Ann got a bounce");
}

#[test]
fn of_several_recipients_each_gets_its_own_answer() {
    let gateway = Gateway::start();
    let postfix = in_front(&gateway, "");
    gateway.maintenance_on();
    send(&postfix, &[ISSUE, UNSUBSCRIBE], &message("both"));
    postfix.await_log(&[ISSUE, "status=bounced", "550 5.3.2"]);
    postfix.await_log(&[UNSUBSCRIBE, "status=sent", "250 2.0.0"]);
    until_true("Ann has the bounce", seconds(20), || postfix.mailbox("ann").len() == 1);
    assert!(!unfolded(&postfix.mailbox("ann")[0]).contains("unsubscribe@forge.test"), "the bounce names both");
    gateway.maintenance_off();
    until_true("the mail is in the inbox", seconds(20), || gateway.inbox().len() == 1);
    assert_eq!(header(&gateway.inbox()[0], "X-Postern-Recipient").as_deref(), Some(UNSUBSCRIBE));
}

#[test]
fn a_probe_with_the_null_sender_is_welcome_and_leaves_no_trace() {
    let gateway = Gateway::start();
    let verify = "address_verify_sender = <>\naddress_verify_poll_delay = 1s\n\
                  smtpd_recipient_restrictions = reject_unverified_recipient\n";
    let postfix = in_front(&gateway, verify);
    gateway.maintenance_on();
    let mut smtp = Smtp::connect(postfix.port);
    smtp.mail_from(ANN);
    until_true("the address is verified", seconds(20), || smtp.rcpt_to(ISSUE).code == 250);
    postfix.await_log(&["status=deliverable"]);
    assert_eq!(gateway.console(&["report", "incoming"]).rows().len(), 0);
}

#[test]
fn an_address_that_cannot_be_the_forges_is_refused_by_the_mta() {
    let gateway = Gateway::start();
    let postfix = in_front(&gateway, "");
    let mut smtp = Smtp::connect(postfix.port);
    smtp.mail_from(ANN);
    for (recipient, code) in [("nobody@forge.test", 550), ("incoming@forge.test", 550), (ISSUE, 250), (CAROL, 250)] {
        assert_eq!(smtp.rcpt_to(recipient).code, code, "{recipient}");
    }
}

#[test]
fn two_hundred_mails_over_ten_sessions_are_all_accounted_for() {
    let gateway = Gateway::start();
    let postfix = in_front(&gateway, "");
    let flood = |to: &str| {
        let to_postfix = format!("127.0.0.1:{}", postfix.port);
        let load = ["-s", "10", "-m", "200", "-l", "3000", "-f", ANN, "-t", to, &to_postfix];
        run(Command::new("smtp-source").args(load)).well();
    };
    flood(ISSUE);
    until_true("all are in the inbox", seconds(60), || gateway.inbox().len() == 200);
    gateway.maintenance_on();
    flood(ISSUE);
    until_true("all have bounced", seconds(60), || postfix.mailbox("ann").len() == 200);
    let refused = gateway.console(&["report", "incoming", "--verdict", "refuse"]).rows();
    assert_eq!((refused.len(), gateway.inbox().len()), (200, 200));
}

/// Asserts that the forge's addresses reach `gateway` through a Postfix with `main`, and that
/// Carol's mail reaches the mailbox `carols`.
fn assert_shared(main: &str, alias: bool, carols: &str) {
    let custom = format!("[{{ address = \"{HELP}\", project = \"group/help\" }}]");
    let gateway = Gateway::start_with(&[("SMTP__CUSTOM_ADDRESSES", &custom)]);
    let postfix = shared(&gateway, main, alias);
    let mut ours = [ISSUE, HELP, "help+0123456789abcdef0123456789abcdef@forge.test", "support+group-desk@forge.test"];
    send(&postfix, &[&ours[..], &[CAROL]].concat(), &message("shared"));
    until_true("the forge has its mail", seconds(20), || gateway.inbox().len() == ours.len());
    until_true("Carol has hers", seconds(20), || postfix.mailbox(carols).len() == 1);
    let mut arrived: Vec<_> = gateway.inbox().iter().filter_map(|mail| header(mail, "X-Postern-Recipient")).collect();
    arrived.sort();
    ours.sort_unstable();
    assert_eq!(arrived, ours);
    let mut smtp = Smtp::connect(postfix.port);
    smtp.mail_from(ANN);
    for stranger in ["dave@forge.test", "incoming@forge.test"] {
        assert_eq!(smtp.rcpt_to(stranger).code, 550, "{stranger} was taken");
    }
    assert_eq!(postfix.mailbox("ann").len(), 0, "Ann got a bounce");
}

#[test]
fn in_a_mailbox_domain_the_forge_and_carol_each_get_their_mail() {
    let main = format!("virtual_mailbox_domains = people.test, forge.test\nvirtual_mailbox_maps = {BOXES}\n");
    assert_shared(&main, false, "carol");
}

#[test]
fn in_a_local_domain_the_forge_and_carol_each_get_their_mail() {
    let main = "mydestination = forge.test\nlocal_recipient_maps = inline:{ { carol = x } }\nlocal_transport = virtual";
    assert_shared(&format!("{main}\nvirtual_mailbox_maps = {BOXES}\n"), false, "carol");
}

#[test]
fn in_a_relayed_domain_the_forge_and_carol_each_get_their_mail() {
    let main = "relay_domains = forge.test\nrelay_recipient_maps = inline:{ { carol@forge.test = x } }\n\
                relay_transport = virtual";
    assert_shared(&format!("{main}\nvirtual_mailbox_maps = {BOXES}\n"), false, "carol");
}

#[test]
fn in_an_alias_domain_the_forge_and_carol_each_get_their_mail() {
    let carol = "virtual_alias_maps = inline:{ { carol@forge.test = bob@people.test } }\n";
    assert_shared(&format!("virtual_alias_domains = forge.test\n{carol}"), true, "bob");
}
