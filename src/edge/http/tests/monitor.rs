//! The monitoring routes, and which clients may use them.

use super::{Answer, Door};
use crate::domain::mode::State;
use crate::store::desk::{Cause, DeskStore, Flow, Pause};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

async fn from(door: &Door, peer: &str, path: &str, forwarded: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(forwarded) = forwarded {
        request = request.header("X-Forwarded-For", forwarded);
    }
    door.send_from(peer, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn only_monitors_learn_that_there_is_something() {
    let door = Door::open().await;
    for path in ["/-/liveness", "/-/readiness", "/-/metrics"] {
        for (peer, forwarded, status) in [
            ("127.0.0.1:1", None, 200),
            ("[::ffff:127.0.0.1]:1", None, 200),
            ("192.0.2.1:1", None, 404),
            ("192.0.2.1:1", Some("127.0.0.1"), 404),
            ("10.0.0.1:1", Some("127.0.0.1"), 200),
            ("10.0.0.1:1", Some("127.0.0.1, 192.0.2.1"), 404),
            ("10.0.0.1:1", Some("garbage"), 404),
            ("10.0.0.1:1", None, 404),
        ] {
            let answer = from(&door, peer, path, forwarded).await;
            assert_eq!(answer.status.as_u16(), status, "{path} from {peer} for {forwarded:?}");
        }
    }
}

#[tokio::test]
async fn it_is_ready_in_the_mode_and_says_what_stands_still() {
    let door = Door::open().await;
    assert_eq!(door.get("/-/liveness").await.json(), json!({"status": "ok"}));
    door.turn(State::On).await;
    let pause = Pause {
        flow: Flow::Relay,
        cause: Cause::Trouble,
        reason: "connection refused".into(),
        since: "2026-11-30T23:00:00Z".parse().unwrap(),
        until: "2026-12-01T00:05:00Z".parse().unwrap(),
        failures: 9,
    };
    door.store.set_pause(Flow::Relay, Some(pause)).await.unwrap();
    let ready = door.get("/-/readiness").await;
    assert_eq!((ready.status.as_u16(), ready.json()["mode"].clone()), (200, json!("on")));
    assert_eq!(
        ready.json()["problems"],
        json!([
            "The relay has taken no notifications since 2026-11-30T23:00:00Z. Connection refused. It is tried again at \
             2026-12-01T00:05:00Z. Deliveries wait and go out by themselves. See that the relay in `[relay] url` is up and \
             lets Postern in."
        ])
    );
    let concern = ready.json()["concerns"][0].clone();
    assert_eq!((&concern["code"], &concern["severity"]), (&json!("relay_away"), &json!("error")));
    let metrics = door.get("/-/metrics").await;
    assert_eq!(metrics.text, "postern_build_info 1\n");
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
}
