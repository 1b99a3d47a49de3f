//! One test for each lettre trap that the relay guards against.

use super::fake::{Deed, Fake, say};
use super::*;
use crate::edge::relay::place::Place;
use crate::edge::relay::smtp::trusting;
use crate::edge::relay::stream::RelayStream;
use rstest::rstest;
use rustls::RootCertStore;
use std::sync::Arc;

#[tokio::test]
async fn the_socket_does_not_wait_for_acknowledgements() {
    let fake = Fake::start([]).await;
    let place = Place::read(&Url::parse(&format!("smtp://127.0.0.1:{}", fake.port)).unwrap()).unwrap();
    let tls = Arc::new(trusting(RootCertStore::empty()).unwrap());
    let stream = RelayStream::connect(&place, &tls, &patient()).await.unwrap();
    assert!(stream.nodelay().unwrap());
}

#[tokio::test]
async fn bytes_arrive_as_they_are_without_an_empty_line_more() {
    let fake = Fake::start([]).await;
    let mut line = line(fake.port, patient()).await;
    for raw in ["a: b\r\n\r\nx\r\n", "a: b\r\n\r\nx\r\n\r\n", "a: b\r\n\r\nx", ".\r\n..\r\n.x\r\n"] {
        assert!(matches!(send(&mut line, raw).await, SendAnswer::Done(_)));
    }
    let on_the_wire: Vec<String> =
        fake.seen().messages.iter().map(|message| String::from_utf8(message.clone()).unwrap()).collect();
    assert_eq!(
        on_the_wire,
        ["a: b\r\n\r\nx\r\n", "a: b\r\n\r\nx\r\n\r\n", "a: b\r\n\r\nx\r\n", "..\r\n...\r\n..x\r\n"]
    );
}

#[rstest]
#[case("x\n.\nMAIL FROM:<evil@example.com>\r\n")]
#[case("x\r.\r\n")]
#[case("x\r\n.\r")]
#[tokio::test]
async fn a_message_with_bare_line_ends_never_reaches_the_wire(#[case] raw: &str) {
    let fake = Fake::start([]).await;
    let mut line = line(fake.port, patient()).await;
    assert!(matches!(send(&mut line, raw).await, SendAnswer::Refused(_)));
    assert_eq!(fake.commands().len(), 1);
    assert!(line.is_usable());
}

/// lettre's pool would reuse the connection and read `354` as the reply to the next message.
#[tokio::test]
async fn a_delivery_nobody_waits_for_any_more_takes_its_connection_along() {
    let fake = Fake::start([("DATA", Deed::Hang)]).await;
    let mut line = line(fake.port, patient()).await;
    let claim = Claim::forge(sending(HELLO));
    let gate = Gate::open();
    {
        let mut abandoned = line.send(&claim, &gate);
        tokio::select! {
            answer = &mut abandoned => panic!("{answer:?}"),
            () = async { while !fake.commands().iter().any(|c| c == "DATA") { tokio::task::yield_now().await } } => {}
        }
    }
    assert!(!line.is_usable());
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Unreachable(_)));
}

/// An extra reply would answer the next command; an extra `250` would read as "delivered".
#[rstest]
#[case("RCPT", "250 ok\r\n250 and again\r\n", "DATA")]
#[case("DATA", "354 go\r\n250 2.0.0 queued, really\r\n", "message")]
#[tokio::test]
async fn a_reply_nobody_asked_for_ends_the_line(#[case] command: &'static str, #[case] text: &str, #[case] step: &str) {
    let fake = Fake::start([(command, say(text))]).await;
    let mut line = line(fake.port, patient()).await;
    let answer = send(&mut line, HELLO).await;
    match (step, &answer) {
        ("DATA", SendAnswer::Dropped(failure)) | ("message", SendAnswer::Unknown(failure)) => {
            assert!(failure.text.contains("out of turn"), "{}", failure.text);
        }
        _ => panic!("{answer:?}"),
    }
    assert!(!line.is_usable());
    assert!(fake.seen().messages.is_empty());
}

#[tokio::test]
async fn a_line_that_was_closed_between_two_deliveries_is_noticed_before_the_message() {
    let fake = Fake::start([(".", Deed::SayAndClose("250 ok\r\n"))]).await;
    let mut line = line(fake.port, patient()).await;
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Done(_)));
    assert!(matches!(send(&mut line, HELLO).await, SendAnswer::Unreachable(_)));
    assert!(!line.is_usable());
}

/// The relay accepted the mail in each case; any other reading would send it again.
#[rstest]
#[case(b"250\r\n")]
#[case(b"250-\r\n250\r\n")]
#[case(b"250 Gr\xfc\xdfe\r\n")]
#[case(b"250 ok\n")]
#[case(b"250- \r\n250 ok\r\n")]
#[tokio::test]
async fn a_clumsy_yes_after_the_dot_is_a_yes(#[case] reply: &'static [u8]) {
    let fake = Fake::start([(".", Deed::Say(reply.to_vec()))]).await;
    let mut line = line(fake.port, patient()).await;
    let answer = send(&mut line, HELLO).await;
    assert!(matches!(answer, SendAnswer::Done(_)), "{answer:?}");
    assert!(line.is_usable());
}

/// lettre panics on a blank line in the EHLO response.
#[tokio::test]
async fn a_blank_or_lower_case_line_in_the_answer_to_ehlo_does_no_harm() {
    let fake = Fake::start([("EHLO", say("250-fake\r\n250-  \r\n250-8bitmime\r\n250 \t\r\n"))]).await;
    let mut line = line(fake.port, patient()).await;
    assert!(matches!(send(&mut line, "a: b\r\n\r\ngrün\r\n").await, SendAnswer::Done(_)));
}

#[tokio::test]
async fn a_hello_name_cannot_add_a_command() {
    let fake = Fake::start([]).await;
    let url = Url::parse(&format!("smtp://127.0.0.1:{}", fake.port)).unwrap();
    for (name, said) in [("a\r\nQUIT b", "EHLO aQUITb"), ("10.0.0.1", "EHLO [10.0.0.1]"), ("", "EHLO localhost")] {
        SmtpRelay::new(&url, None, name.to_owned(), patient()).unwrap().open().await.unwrap().close().await;
        assert!(fake.commands().iter().any(|command| command == said), "{:?}", fake.commands());
    }
}
