//! Sends the worst bodies that each route accepts, and measures whether liveness is answered
//! meanwhile.
//!
//! All async work runs on the test's one thread, as it may in production when all threads are busy.
//! The longest time between two liveness answers is how long that thread did nothing else. The
//! tests compare it with the same time for an ordinary notification of the size up to which work
//! may be done inline.

use super::connection::start;
use super::{Door, NOTIFICATIONS, SETTINGS};
use crate::domain::person::Role;
use crate::edge::http::client::Peer;
use axum::body::Body;
use axum::http::Request;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;

/// Size of the largest notification.
const LARGEST: usize = crate::edge::http::api::notification::MAX_BYTES;
/// Size of the largest body on all other routes.
const FORM: usize = 64 * 1024;
/// Size up to which an ordinary notification may be processed inline.
const ON_THE_SPOT: usize = 64 * 1024;
/// Longest allowed silence, as a multiple of that for an ordinary notification. A body processed
/// inline as a whole would reach hundreds.
const MAX_RATIO: u32 = 12;
/// Number of tries, because other programs run on the machine too; the best one counts.
const TRIES: usize = 3;

/// A complete request except for the credentials.
struct Worst {
    name: &'static str,
    line: String,
    kind: &'static str,
    body: Vec<u8>,
}

fn post(name: &'static str, path: &str, kind: &'static str, body: impl Into<Vec<u8>>) -> Worst {
    Worst { name, line: format!("POST {path}"), kind, body: body.into() }
}

/// A notification whose JSON is `head`, then as many copies of `piece` as fit, then `tail`.
fn notification(name: &'static str, head: &str, piece: &str, tail: &str, size: usize) -> Worst {
    let count = (size - head.len() - tail.len()) / piece.len();
    post(name, NOTIFICATIONS, "application/json", [head, &piece.repeat(count), tail].concat())
}

#[expect(clippy::too_many_lines, reason = "one table of shapes")]
fn notifications() -> Vec<Worst> {
    let head = r#"{"kind":"new_note","to":["ann@example.com"],"subject":"x","text":"x""#;
    let member = |name, start: &str, piece: &str, end: &str| {
        notification(name, &format!("{head},{start}"), piece, &format!("{end}}}"), LARGEST)
    };
    let with_text = r#"{"kind":"new_note","to":["ann@example.com"],"subject":"x","text":""#;
    let longest = format!("{}@{}.example.com", "l".repeat(64), "d".repeat(63));
    let recipients: Vec<String> = (0..100).map(|n| format!("\"{n}{}\"", &longest[3..])).collect();
    let keys: Vec<String> = (0..1_000_000).map(|n| format!("\"X-{n}\":\"{n}\"")).collect();
    let base64 = |text: &str| {
        let message = text.repeat(LARGEST * 3 / 4 / text.len() - 100);
        let raw = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, message);
        format!(r#"{{"kind":"new_note","to":["ann@example.com"],"raw":"{raw}"}}"#)
    };
    let json = "application/json";
    let mut all = vec![
        notification("nested arrays", "", "[", "", LARGEST),
        notification("nested objects", "", "{\"a\":", "", LARGEST),
        member("a million headers", &format!("\"headers\":{{{}", keys.join(",")), " ", "}"),
        notification(
            "recipients beyond number",
            r#"{"kind":"new_note","to":["a@b.example""#,
            ",\"a@b.example\"",
            "]}",
            LARGEST,
        ),
        member("references beyond number", "\"references\":[\"<a@b>\"", ",\"<a@b>\"", "]"),
        member("an unknown member of megabytes", "\"unknown\":\"", "x", "\""),
        notification("a kind of megabytes", r#"{"kind":""#, "x", "\"}", LARGEST),
        notification(
            "a subject of megabytes",
            r#"{"kind":"new_note","to":["ann@example.com"],"text":"x","subject":""#,
            "é ",
            "\"}",
            LARGEST,
        ),
        notification("a text of letters outside ASCII", with_text, "é", "\"}", LARGEST),
        post("a ready message of one line", NOTIFICATIONS, json, base64("x")),
        post("a ready message of header lines", NOTIFICATIONS, json, base64("X-A: b\r\n")),
        post(
            "a ready message of parts",
            NOTIFICATIONS,
            json,
            base64("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
        ),
    ];
    let hundred = format!(r#"{{"kind":"new_note","to":[{}],"subject":"x","text":""#, recipients.join(","));
    all.push(notification("a hundred of the longest recipients", &hundred, "x", "\"}", LARGEST));
    for (name, line) in [("empty lines", "\n"), ("lines of nothing", "{}\n"), ("one endless line", "x")] {
        all.push(post(name, NOTIFICATIONS, "application/x-ndjson", line.repeat(LARGEST / line.len())));
    }
    all
}

/// The largest bodies of all other routes that take one; they are small.
#[expect(clippy::too_many_lines, reason = "one table of shapes")]
fn others() -> Vec<Worst> {
    let form = "application/x-www-form-urlencoded";
    let pairs = |start: &str| format!("{start}{}", "&a=b".repeat((FORM - start.len()) / 4));
    let long = |start: &str| format!("{start}{}", "x".repeat(FORM - start.len()));
    let windows = "/api/v4/maintenance/windows";
    let put = |name, body: String| Worst { name, line: format!("PUT {SETTINGS}"), kind: form, body: body.into() };
    let nested = |piece: &str| piece.repeat(FORM / piece.len());
    let mut all = vec![
        put("settings of many fields", pairs("maintenance_mode=false")),
        put("settings of one long field", long("maintenance_mode_message=")),
        post("a window of nested arrays", windows, "application/json", nested("[")),
        post(
            "a window of a long message",
            windows,
            "application/json",
            format!("{{\"message\":\"{}\"}}", "x".repeat(FORM - 20)),
        ),
        Worst {
            name: "a job of nested arrays",
            line: "PUT /api/v4/background_jobs/retention".into(),
            kind: "application/json",
            body: "[".repeat(4096).into(),
        },
        Worst {
            name: "a list of many filters",
            line: format!("GET /api/v4/suppressed_mails?kind=a{}", "&kind=a".repeat(FORM / 7 - 200)),
            kind: form,
            body: Vec::new(),
        },
        post("a password of kilobytes", "/users/sign_in", form, long("username=root&password=")),
        post("the longest password", "/users/sign_in", form, format!("username=root&password={}", "p".repeat(256))),
        post("a sign-in of many fields", "/users/sign_in", form, pairs("username=root&password=x")),
    ];
    for path in [
        "/users/password",
        "/users/sign_out",
        "/admin/application_settings/general",
        "/admin/queues/retry",
        "/admin/background_jobs/pause",
        "/admin/users",
        "/admin/tokens",
        "/admin/sessions/revoke",
    ] {
        all.push(post("a page's form of many fields", path, form, pairs("a=b")));
        all.push(post("a page's form of one long field", path, form, long("a=")));
    }
    all
}

/// Sends the request from its own thread and returns the status.
fn ask(address: SocketAddr, head: &str, body: &[u8]) -> u16 {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    // The server does not read an early refused request to its end.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The status of the request, and the longest time between two liveness answers meanwhile.
async fn longest_silence(door: &Door, address: SocketAddr, cookies: &str, worst: &Arc<Worst>) -> (u16, Duration) {
    let router = door.router();
    let credentials = format!("PRIVATE-TOKEN: {}\r\nCookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\n", door.api);
    let head = format!(
        "{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{credentials}Content-Type: {}\r\nContent-Length: {}\r\n\r\n",
        worst.line,
        worst.kind,
        worst.body.len()
    );
    let sent = Arc::clone(worst);
    let asking = std::thread::spawn(move || ask(address, &head, &sent.body));
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    while !asking.is_finished() {
        let mut request = Request::get("/-/liveness").body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer("127.0.0.1:1".parse().unwrap()));
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), 200);
        tokio::task::yield_now().await;
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    (asking.join().unwrap(), longest)
}

async fn keeps_answering(all: Vec<Worst>) {
    let door = Door::open().await;
    let root = door.signed_in("root", Role::Administrator).await;
    let cookies: Vec<String> = root.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let (address, _stop, _served) = start(&door).await;
    let ordinary = r#"{"kind":"new_note","to":["ann@example.com"],"subject":"x","text":""#;
    let ordinary = Arc::new(notification("ordinary", ordinary, "An ordinary line.\\n", "\"}", ON_THE_SPOT));
    let mut usual = Duration::ZERO;
    for _ in 0..3 {
        let (status, silence) = longest_silence(&door, address, &cookies, &ordinary).await;
        assert_eq!(status, 202);
        usual = usual.max(silence);
    }
    let mut slow = Vec::new();
    for worst in all {
        let worst = Arc::new(worst);
        let mut silence = Duration::MAX;
        for _ in 0..TRIES {
            let (status, once) = longest_silence(&door, address, &cookies, &worst).await;
            assert_ne!(status, 0, "{} was not answered", worst.name);
            silence = silence.min(once);
            if silence <= usual * MAX_RATIO {
                break;
            }
        }
        if silence > usual * MAX_RATIO {
            slow.push(format!("{} ({}): {silence:?}", worst.name, worst.line));
        }
    }
    assert!(slow.is_empty(), "nothing else was answered for long (usual is {usual:?}) by:\n{}", slow.join("\n"));
}

#[tokio::test]
async fn the_largest_notifications_do_not_keep_the_gateway_from_answering() {
    keeps_answering(notifications()).await;
}

#[tokio::test]
async fn the_largest_forms_and_queries_do_not_keep_the_gateway_from_answering() {
    keeps_answering(others()).await;
}
