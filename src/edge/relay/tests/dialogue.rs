//! What each fault at each step of the dialogue leads to.

use super::fake::{Deed, Fake, say};
use super::*;
use crate::domain::failure::Permanence;
use rstest::rstest;

/// The answer in one word, and whether the line can be reused.
async fn outcome(fake: &Fake, timeouts: Timeouts) -> (&'static str, bool) {
    let mut line = line(fake.port, timeouts).await;
    let word = match send(&mut line, HELLO).await {
        SendAnswer::Done(_) => "done",
        SendAnswer::Refused(failure) if failure.permanence == Permanence::Permanent => "refused for good",
        SendAnswer::Refused(_) => "refused for now",
        SendAnswer::Unknown(_) => "unknown",
        SendAnswer::Revoked => "revoked",
        SendAnswer::Unreachable(failure) => {
            assert_eq!(failure.permanence, Permanence::Temporary);
            "unreachable"
        }
        SendAnswer::Dropped(failure) => {
            assert_eq!(failure.permanence, Permanence::Temporary);
            "dropped"
        }
    };
    (word, line.is_usable())
}

#[rstest]
#[case::mail_4xx("MAIL", say("451 later\r\n"), "refused for now", true)]
#[case::mail_5xx("MAIL", say("550 no\r\n"), "refused for good", true)]
#[case::mail_sign_in("MAIL", say("530 5.7.0 sign in first\r\n"), "unreachable", false)]
#[case::mail_421("MAIL", Deed::SayAndClose("421 closing\r\n"), "unreachable", false)]
#[case::mail_3xx("MAIL", say("354 go\r\n"), "unreachable", false)]
#[case::mail_close("MAIL", Deed::Close, "unreachable", false)]
#[case::mail_nonsense("MAIL", say("HTTP/1.1 400 Bad Request\r\n"), "unreachable", false)]
#[case::mail_endless("MAIL", Deed::Babble, "unreachable", false)]
#[case::mail_two_minds("MAIL", say("250-yes\r\n550 no\r\n"), "unreachable", false)]
#[case::rcpt_4xx("RCPT", say("450 4.2.1 busy\r\n"), "refused for now", true)]
#[case::rcpt_5xx("RCPT", say("550-5.1.1 no\r\n550 5.1.1 such user\r\n"), "refused for good", true)]
#[case::rcpt_251("RCPT", say("251 will forward\r\n"), "done", true)]
#[case::rcpt_421("RCPT", Deed::SayAndClose("421 closing\r\n"), "dropped", false)]
#[case::rcpt_close("RCPT", Deed::Close, "dropped", false)]
#[case::data_4xx("DATA", say("451 later\r\n"), "refused for now", true)]
#[case::data_5xx("DATA", say("554 no valid recipients\r\n"), "refused for good", true)]
#[case::data_250("DATA", say("250 ok\r\n"), "dropped", false)]
#[case::data_close("DATA", Deed::Close, "dropped", false)]
#[case::dot_4xx(".", say("452 4.3.1 full\r\n"), "refused for now", true)]
#[case::dot_5xx(".", say("554 5.7.1 spam\r\n"), "refused for good", true)]
#[case::dot_421(".", Deed::SayAndClose("421 4.3.2 closing\r\n"), "refused for now", false)]
#[case::dot_3xx(".", say("354 more\r\n"), "unknown", false)]
#[case::dot_close(".", Deed::Close, "unknown", false)]
#[case::dot_nonsense(".", say("whatever\r\n"), "unknown", false)]
#[case::dot_endless(".", Deed::Babble, "unknown", false)]
#[case::dot_half(".", Deed::SayAndClose("250 2.0.0 queu"), "unknown", false)]
#[case::all_well("QUIT", Deed::Close, "done", true)]
#[tokio::test]
async fn a_deed_of_the_relay_has_its_meaning(
    #[case] command: &'static str,
    #[case] deed: Deed,
    #[case] word: &str,
    #[case] is_usable: bool,
) {
    let fake = Fake::start([(command, deed)]).await;
    assert_eq!(outcome(&fake, patient()).await, (word, is_usable));
}

#[rstest]
#[case("MAIL", "unreachable")]
#[case("RCPT", "unreachable")]
#[case("DATA", "unreachable")]
#[case(".", "unknown")]
#[tokio::test]
async fn a_silent_relay_is_given_up(#[case] command: &'static str, #[case] word: &str) {
    let fake = Fake::start([(command, Deed::Hang)]).await;
    // Only one step is silent; the others must not time out on a busy machine.
    let timeouts = match command {
        "." => Timeouts { message: impatient().message, ..patient() },
        "DATA" => Timeouts { data: impatient().data, ..patient() },
        _ => Timeouts { command: impatient().command, ..patient() },
    };
    let mut line = line(fake.port, timeouts).await;
    let answer = send(&mut line, HELLO).await;
    let is_as_said = match word {
        "unknown" => matches!(answer, SendAnswer::Unknown(_)),
        _ => matches!(answer, SendAnswer::Unreachable(_) | SendAnswer::Dropped(_)),
    };
    // MAIL may have timed out instead of RCPT.
    assert!(is_as_said, "{answer:?}");
    assert!(!line.is_usable());
}

#[rstest]
#[case::silent("", Deed::Hang)]
#[case::closed("", Deed::Close)]
#[case::refusing("", Deed::SayAndClose("554 5.7.1 not you\r\n"))]
#[case::busy("", Deed::SayAndClose("421 too many connections\r\n"))]
#[case::odd_250("", say("250 hello\r\n"))]
#[case::odd_354("", say("354 hello\r\n"))]
#[case::not_smtp("", say("HTTP/1.1 400 Bad Request\r\n"))]
#[case::endless("", Deed::Babble)]
#[case::one_long_line("", Deed::Say(vec![b'2'; 5000]))]
#[case::ehlo_refused("EHLO", say("502 what?\r\n"))]
#[case::ehlo_odd("EHLO", say("354 go\r\n"))]
#[case::ehlo_silent("EHLO", Deed::Hang)]
#[case::ehlo_closed("EHLO", Deed::Close)]
#[case::ehlo_endless("EHLO", Deed::Babble)]
#[tokio::test]
async fn a_relay_that_does_not_greet_properly_is_not_opened(#[case] command: &'static str, #[case] deed: Deed) {
    let fake = Fake::start([(command, deed.clone())]).await;
    let timeouts = if matches!(deed, Deed::Hang) { impatient() } else { patient() };
    let text = refusal(relay(fake.port, timeouts).open().await);
    assert!(text.contains("cannot be used") && text.contains("[relay] url"), "{text}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named_with_a_remedy() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = refusal(relay(port, patient()).open().await);
    assert!(
        text.starts_with(&format!("the relay smtp://127.0.0.1:{port} cannot be used: Connection refused")),
        "{text}"
    );
}

#[tokio::test]
async fn one_line_carries_many_deliveries_in_one_dialogue() {
    let fake = Fake::start([]).await;
    let mut line = line(fake.port, patient()).await;
    for number in 0..3 {
        let answer = send(&mut line, &format!("Subject: {number}\r\n\r\nx\r\n")).await;
        assert_eq!(answer, SendAnswer::Done("250 2.0.0 queued as 4F1".to_owned()));
    }
    line.close().await;
    let transaction = ["MAIL FROM:<forge@example.org>", "RCPT TO:<ann@example.com>", "DATA"];
    let expected: Vec<&str> =
        ["EHLO postern.example"].into_iter().chain([transaction; 3].into_iter().flatten()).chain(["QUIT"]).collect();
    assert_eq!(fake.commands(), expected);
    let seen = fake.seen();
    assert_eq!((seen.connections, seen.messages.len()), (1, 3));
}

#[tokio::test]
async fn a_refused_transaction_is_reset_and_the_next_one_goes_through() {
    let fake = Fake::start([("RCPT", say("550 5.1.1 <ann@example.com>: nobody\r\n"))]).await;
    let mut line = line(fake.port, patient()).await;
    let SendAnswer::Refused(failure) = send(&mut line, HELLO).await else { panic!("not refused") };
    assert_eq!(failure.text, "550 5.1.1 <a…@example.com>: nobody (in answer to RCPT TO)");
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Done(_)));
    assert_eq!(fake.commands()[3], "RSET");
}

#[rstest]
#[case(say("500 what?\r\n"))]
#[case(Deed::Close)]
#[tokio::test]
async fn a_line_that_cannot_be_reset_is_not_used_again(#[case] deed: Deed) {
    let fake = Fake::start([("RCPT", say("450 later\r\n")), ("RSET", deed)]).await;
    let mut line = line(fake.port, patient()).await;
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Refused(_)));
    assert!(!line.is_usable());
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Unreachable(_)));
}

#[tokio::test]
async fn a_shut_gate_lets_nothing_of_the_message_out() {
    let fake = Fake::start([]).await;
    let mut line = line(fake.port, patient()).await;
    let gate = Gate::shut();
    assert_eq!(line.send(&Claim::forge(sending(HELLO)), &gate).await, SendAnswer::Revoked);
    assert_eq!(gate.asked(), 1);
    assert!(!line.is_usable());
    assert_eq!(fake.commands().last().map(String::as_str), Some("DATA"));
    assert!(fake.seen().messages.is_empty());
}

#[tokio::test]
async fn the_gate_is_asked_once_and_only_after_354() {
    let refusing = Fake::start([("DATA", say("451 later\r\n"))]).await;
    let mut line = line(refusing.port, patient()).await;
    let gate = Gate::open();
    line.send(&Claim::forge(sending(HELLO)), &gate).await;
    assert_eq!(gate.asked(), 0);
    line.send(&Claim::forge(sending(HELLO)), &gate).await;
    assert_eq!(gate.asked(), 1);
}

#[tokio::test]
async fn eight_bit_mail_and_addresses_are_announced_or_refused() {
    let able = Fake::start([]).await;
    let mut line = line(able.port, patient()).await;
    let mut item = sending("Subject: x\r\n\r\ngrün\r\n");
    item.recipient = Address::parse("jörg@example.com").unwrap();
    assert!(matches!(line.send(&Claim::forge(item.clone()), &Gate::open()).await, SendAnswer::Done(_)));
    assert_eq!(able.commands()[1], "MAIL FROM:<forge@example.org> BODY=8BITMIME SMTPUTF8");
    assert_eq!(able.commands()[2], "RCPT TO:<jörg@example.com>");

    let plain = Fake::start([("EHLO", say("250 fake\r\n"))]).await;
    let mut line = super::line(plain.port, patient()).await;
    let SendAnswer::Refused(eight_bit) = line.send(&Claim::forge(item.clone()), &Gate::open()).await else { panic!() };
    item.raw = Bytes::from_static(HELLO.as_bytes());
    let SendAnswer::Refused(address) = line.send(&Claim::forge(item), &Gate::open()).await else { panic!() };
    assert!(eight_bit.text.contains("8BITMIME") && address.text.contains("SMTPUTF8"));
    assert!(line.is_usable(), "nothing was said, so nothing is broken");
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Done(_)));
}
