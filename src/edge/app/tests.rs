//! Tests the webhook against an HTTP server from another project.

use super::webhook::{WebhookInbox, parse_secret};
use crate::clock::FixedClock;
use crate::domain::failure::{Failure, Permanence};
use crate::domain::id::{MailId, RecipientId};
use crate::domain::mail::Intent;
use crate::domain::mode::Version;
use crate::inbound::port::{AppInbox, HandOverAnswer};
use crate::store::claim::Claim;
use crate::store::mail::HandOver;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const KEY: &[u8; 24] = b"0123456789abcdef01234567";

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A hand-over of an issue mail from Ann.
pub(super) fn hand_over() -> HandOver {
    HandOver {
        recipient_id: RecipientId::mint(now()),
        mail_id: MailId::mint(now()),
        recipient: "incoming+KEY@localhost".to_owned(),
        client: "192.0.2.7".to_owned(),
        helo: Some("mx.example.com".to_owned()),
        sender: Some("ann@example.com".to_owned()),
        intent: Intent::CreateIssue,
        key: "KEY".to_owned(),
        received_at: now(),
        mode_version: Version(7),
        raw: Bytes::from_static(b"Subject: hi\r\n\r\n\xff\0 Hello\r\n"),
        attempt: 1,
    }
}

fn inbox(url: &str, timeout: Duration) -> WebhookInbox {
    let secret = parse_secret(&format!("whsec_{}", STANDARD.encode(KEY))).unwrap();
    let clock = Arc::new(FixedClock::at(now()));
    WebhookInbox::new(Url::parse(url).unwrap(), secret, timeout, "gateway.example".into(), clock).unwrap()
}

async fn answer(response: ResponseTemplate) -> HandOverAnswer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).expect(1).mount(&server).await;
    inbox(&server.uri(), Duration::from_secs(20)).offer(&Claim::forge(hand_over())).await
}

/// HMAC written out from its definition (RFC 2104), independent of the crate that signs.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |fill: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or(0) ^ fill).collect() };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

fn header(request: &Request, name: &str) -> String {
    String::from_utf8(request.headers.get(name).unwrap().as_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_mail_is_posted_untouched_with_its_trace_its_labels_and_a_signature() {
    let server = MockServer::start().await;
    Mock::given(path("/hook")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let item = HandOver { sender: Some("jörg\r\n@example.com".to_owned()), ..hand_over() };
    let claim = Claim::forge(item);
    let inbox = inbox(&format!("{}/hook?x=1", server.uri()), Duration::from_secs(20));
    assert_eq!(inbox.offer(&claim).await, HandOverAnswer::Done("204 No Content".to_owned()));

    let requests = server.received_requests().await.unwrap();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let id = claim.item.recipient_id.to_string();
    let received = format!(
        "from mx.example.com ([192.0.2.7]) by gateway.example with ESMTP id {}; Sun, 22 Nov 2026 12:00:00 +0000",
        claim.item.mail_id
    );
    assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", claim.item.raw.as_ref()));
    for (name, value) in [
        ("content-type", "message/rfc822"),
        ("x-postern-return-path", "<jörg@example.com>"),
        ("x-postern-delivered-to", "incoming+KEY@localhost"),
        ("x-postern-received", received.as_str()),
        ("x-postern-id", id.as_str()),
        ("x-postern-mail-id", &claim.item.mail_id.to_string()),
        ("x-postern-recipient", "incoming+KEY@localhost"),
        ("x-postern-sender", "jörg@example.com"),
        ("x-postern-intent", "create_issue"),
        ("x-postern-key", "KEY"),
        ("x-postern-received-at", "2026-11-22T12:00:00.000000Z"),
        ("x-postern-mode-version", "7"),
        ("webhook-id", &id),
        ("webhook-timestamp", &now().as_second().to_string()),
    ] {
        assert_eq!(header(request, name), value, "{name}");
    }
    let signed = [format!("{id}.{}.", now().as_second()).as_bytes(), &claim.item.raw].concat();
    assert_eq!(header(request, "webhook-signature"), format!("v1,{}", STANDARD.encode(hmac(KEY, &signed))));
}

#[tokio::test]
async fn the_null_sender_is_an_empty_header() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let item = HandOver { sender: None, ..hand_over() };
    inbox(&server.uri(), Duration::from_secs(20)).offer(&Claim::forge(item)).await;
    assert_eq!(header(&server.received_requests().await.unwrap()[0], "x-postern-sender"), "");
}

#[tokio::test]
async fn an_empty_message_is_posted_as_an_empty_body() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let item = HandOver { raw: Bytes::new(), ..hand_over() };
    let answer = inbox(&server.uri(), Duration::from_secs(20)).offer(&Claim::forge(item)).await;
    let request = server.received_requests().await.unwrap().pop().unwrap();
    assert!(matches!(answer, HandOverAnswer::Done(_)) && request.body.is_empty(), "{answer:?}");
}

#[rstest]
#[case(200, "done")]
#[case(202, "done")]
#[case(400, "unusable")]
#[case(413, "unusable")]
#[case(415, "unusable")]
#[case(422, "unusable")]
#[case(301, "pause")]
#[case(401, "pause")]
#[case(403, "read_only")]
#[case(404, "pause")]
#[case(409, "pause")]
#[case(429, "pause")]
#[case(500, "stumble")]
#[case(507, "pause")]
#[case(503, "read_only")]
#[tokio::test]
async fn a_status_means_what_policy_says(#[case] status: u16, #[case] meaning: &str) {
    let (said, permanence) = match answer(ResponseTemplate::new(status)).await {
        HandOverAnswer::Done(_) => ("done", None),
        HandOverAnswer::Unusable(failure) => ("unusable", Some(failure.permanence)),
        HandOverAnswer::Stumble(failure, None) => ("stumble", Some(failure.permanence)),
        HandOverAnswer::Pause(failure, None) => ("pause", Some(failure.permanence)),
        HandOverAnswer::ReadOnly(failure, None) => ("read_only", Some(failure.permanence)),
        other => panic!("{other:?}"),
    };
    assert_eq!(said, meaning);
    assert_eq!(permanence == Some(Permanence::Permanent), meaning == "unusable");
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_repeats_no_secret() {
    let body = "no access to\n incoming+KEY@localhost (KEY) for ann@example.com";
    let HandOverAnswer::ReadOnly(failure, None) = answer(ResponseTemplate::new(403).set_body_string(body)).await else {
        panic!("not paused")
    };
    assert_eq!(
        failure.text,
        "the application answered 403 Forbidden (no access to … (…) for …): \
         it may be read-only itself, or [app] secret_file does not match"
    );
}

#[tokio::test]
async fn a_token_in_escaped_words_is_not_repeated_either() {
    let server = MockServer::start().await;
    let body = r#"{"to":"incoming+group\/project+glimt-0123456789abcdef@localhost"}"#;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(422).set_body_string(body)).mount(&server).await;
    let item = HandOver { key: "group/project+glimt-0123456789abcdef".to_owned(), ..hand_over() };
    let answer = inbox(&server.uri(), Duration::from_secs(20)).offer(&Claim::forge(item)).await;
    let HandOverAnswer::Unusable(failure) = answer else { panic!("not unusable") };
    assert!(!failure.text.contains("0123456789"), "{}", failure.text);
}

#[tokio::test]
async fn only_the_beginning_of_an_answer_is_read() {
    let long = ResponseTemplate::new(500).set_body_bytes(vec![b'x'; 3_000_000]);
    let HandOverAnswer::Stumble(failure, _) = answer(long).await else { panic!("not paused") };
    assert!(failure.text.len() < 300, "{}", failure.text.len());
}

#[rstest]
#[case("90", Some(90))]
#[case("Sun, 22 Nov 2026 12:05:00 GMT", Some(300))]
#[case("tomorrow", None)]
#[tokio::test]
async fn retry_after_is_honoured(#[case] value: &str, #[case] seconds: Option<i64>) {
    let response = ResponseTemplate::new(503).insert_header("Retry-After", value);
    let HandOverAnswer::ReadOnly(_, at) = answer(response).await else { panic!("not paused") };
    assert_eq!(at, seconds.map(|seconds| now() + SignedDuration::from_secs(seconds)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&target).await;
    let response = ResponseTemplate::new(307).insert_header("Location", target.uri());
    let HandOverAnswer::Pause(failure, _) = answer(response).await else { panic!("not paused") };
    assert!(failure.text.contains("redirects are not followed"), "{}", failure.text);
}

#[tokio::test]
async fn an_application_that_does_not_answer_in_time_makes_mail_wait() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(method("POST")).respond_with(late).mount(&server).await;
    let inbox = inbox(&server.uri(), Duration::from_millis(100));
    let HandOverAnswer::Stumble(Failure { text, .. }, None) = inbox.offer(&Claim::forge(hand_over())).await else {
        panic!("not paused")
    };
    assert!(text.contains("did not answer within 100ms ([app] timeout)"), "{text}");
}

#[tokio::test]
async fn an_application_that_is_not_there_makes_mail_wait() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let inbox = inbox(&format!("http://u:p4ss@127.0.0.1:{port}/hook?token=t0p"), Duration::from_secs(20));
    let HandOverAnswer::Pause(failure, None) = inbox.offer(&Claim::forge(hand_over())).await else { panic!() };
    let probe = inbox.probe().await.unwrap_err();
    for text in [failure.text, probe.text, inbox.name()] {
        assert!(text.contains(&format!("http://127.0.0.1:{port}")), "{text}");
        assert!(!text.contains("p4ss") && !text.contains("t0p"), "{text}");
    }
}

#[tokio::test]
async fn a_probe_offers_nothing() {
    let server = MockServer::start().await;
    assert!(inbox(&server.uri(), Duration::from_secs(20)).probe().await.is_ok());
    assert!(server.received_requests().await.unwrap().is_empty());
}
