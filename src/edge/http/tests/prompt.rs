//! A large request does not delay small ones: on one thread, liveness is answered while the largest
//! body is processed.

use super::{Door, NOTIFICATIONS};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const LARGEST: usize = 32 * 1024 * 1024;

/// The status of the response to `body`, and the number of liveness responses between the body's
/// last byte and that response.
async fn answered_meanwhile(door: &Door, kind: &str, body: String) -> (u16, usize) {
    let (has_come, is_over) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(false));
    let marked = Arc::clone(&has_come);
    let pieces = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(body)), Ok(Bytes::new())]);
    let pieces = futures_util::StreamExt::inspect(pieces, move |piece| {
        if piece.as_ref().is_ok_and(Bytes::is_empty) {
            marked.store(true, Ordering::SeqCst);
        }
    });
    let request = Request::post(NOTIFICATIONS).header("PRIVATE-TOKEN", &door.api).header("Content-Type", kind);
    let request = request.body(Body::from_stream(pieces)).unwrap();
    let answered = AtomicUsize::new(0);
    let large = async {
        let answer = door.send(request).await;
        is_over.store(true, Ordering::SeqCst);
        answer.status.as_u16()
    };
    let small = async {
        while !is_over.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
            if has_come.load(Ordering::SeqCst) && !is_over.load(Ordering::SeqCst) {
                assert_eq!(door.ask("GET", "/-/liveness", "", &[], "").await.status, 200);
                answered.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    let (status, ()) = tokio::join!(large, small);
    (status, answered.load(Ordering::SeqCst))
}

/// A request just below the size limit, whose `field` repeats `value` as often as fits.
fn filled(before: &str, value: &str, after: &str) -> String {
    format!("{before}{}{after}", value.repeat((LARGEST - before.len() - after.len()) / value.len()))
}

#[tokio::test]
async fn liveness_is_answered_while_the_largest_bodies_of_the_worst_shapes_are_worked_on() {
    let door = Door::open().await;
    let rest = r#""to": ["a@example.com"], "subject": "x", "text": "x"}"#;
    let message = "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\n\r\n";
    let lines = format!("{message}{}", "x\r\n".repeat(LARGEST / 5));
    let raw = base64::engine::general_purpose::STANDARD.encode(lines);
    let shapes = [
        (422, filled(r#"{"kind": ""#, "x", &format!(r#"", {rest}"#))),
        (422, filled(r#"{"kind": "#, "[", "")),
        (202, format!(r#"{{"kind": "new_note", "to": ["a@example.com"], "raw": "{raw}"}}"#)),
    ];
    for (expected, body) in shapes {
        assert!(body.len() <= LARGEST);
        let start = body[..60].to_owned();
        let (status, answered) = answered_meanwhile(&door, "application/json", body).await;
        assert_eq!(status, expected, "{start}");
        assert!(answered > 0, "nothing else was answered while this was worked on: {start}");
    }
}
