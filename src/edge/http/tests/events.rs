//! The event stream over a real connection.

use super::{Door, SETTINGS};
use crate::clock::Clock;
use crate::domain::mode::{State, Version};
use crate::domain::person::Role;
use crate::edge::http::api::events::place::{MAX_OF_CLIENT, MAX_STREAMS};
use crate::edge::http::place::{Limits, Places};
use crate::edge::http::server::serve;
use crate::store::access::{AccessStore, Scope};
use crate::store::conformance::forget_down_to;
use crate::store::person::PersonStore;
use axum::http::StatusCode;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const EVENTS: &str = "/api/v4/maintenance/events";
const BOUND: Duration = Duration::from_secs(20);

struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Served {
    async fn start(door: &Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        Self {
            address,
            stop: stop.clone(),
            served: tokio::spawn(serve(listener, door.router(), Places::new(Limits::default(), Vec::new()), stop)),
        }
    }

    async fn listen(&self, token: &str, headers: &str) -> Stream {
        self.listen_on(EVENTS, &format!("PRIVATE-TOKEN: {token}\r\n{headers}")).await
    }

    async fn listen_on(&self, path: &str, headers: &str) -> Stream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut stream = Stream(BufReader::new(stream));
        let status = stream.line().await.unwrap();
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        stream
    }
}

struct Stream(BufReader<TcpStream>);

impl Stream {
    /// The next line; `None` at the end.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = tokio::time::timeout(BOUND, self.0.read_line(&mut line)).await.unwrap().unwrap();
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event: its id and data.
    async fn event(&mut self) -> Option<(i64, Value)> {
        let (mut id, mut data, mut is_change) = (None, None, false);
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("event", "change")) => is_change = true,
                Some(("id", version)) => id = version.parse().ok(),
                Some(("data", json)) => data = serde_json::from_str(json).ok(),
                _ if line.is_empty() && is_change => return Some((id.unwrap(), data.unwrap())),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn the_current_mode_comes_first_and_then_each_change_as_the_history_has_it() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let served = Served::start(&door).await;
    let reader = door.token("reader", Scope::ReadApi).await;
    let mut stream = served.listen(&reader, "").await;
    assert_eq!(stream.event().await.unwrap().0, 2);
    door.put(&format!("{SETTINGS}?maintenance_mode=false&maintenance_mode_message=Done")).await;
    let (id, data) = stream.event().await.unwrap();
    assert_eq!((id, &data), (3, &door.get("/api/v4/maintenance/history").await.json()[0]));
    assert_eq!(
        (&data["from"]["mode"], &data["to"]["mode"], &data["how"]),
        (&"on".into(), &"off".into(), &"api".into())
    );
    // The next look, by any caller, finds another process's change.
    door.turn(State::On).await;
    door.parts.watch.look().await;
    assert_eq!(stream.event().await.unwrap().0, 4);
}

#[tokio::test]
async fn whoever_names_the_last_event_gets_all_that_came_after_it() {
    let door = Door::open().await;
    for _ in 0..3 {
        door.turn(State::On).await;
        door.turn(State::Off).await;
    }
    let served = Served::start(&door).await;
    let mut stream = served.listen(&door.api, "Last-Event-ID: 3\r\n").await;
    for version in 4..=7 {
        assert_eq!(stream.event().await.unwrap().0, version);
    }
    door.put(&format!("{SETTINGS}?maintenance_mode=true")).await;
    assert_eq!(stream.event().await.unwrap().0, 8);
    // A value that is not a version of this store starts with the current mode.
    for nonsense in ["9000", "-1", "x", ""] {
        let mut stream = served.listen(&door.api, &format!("Last-Event-ID: {nonsense}\r\n")).await;
        assert_eq!(stream.event().await.unwrap().0, 8, "{nonsense:?}");
    }
}

#[tokio::test]
async fn whose_right_is_gone_hears_of_no_further_change() {
    let door = Door::open().await;
    let reader = door.token("reader", Scope::ReadApi).await;
    let guest = door.signed_in("ann", Role::Auditor).await;
    let cookies: Vec<_> = guest.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let served = Served::start(&door).await;
    let mut revoked = served.listen(&reader, "").await;
    let mut signed_out = served.listen_on("/admin/events", &format!("Cookie: {}\r\n", cookies.join("; "))).await;
    let mut other = served.listen(&door.api, "").await;
    for stream in [&mut revoked, &mut signed_out, &mut other] {
        assert_eq!(stream.event().await.unwrap().0, 1);
    }
    assert!(door.store.revoke_token("reader".into(), door.clock.now()).await.unwrap());
    let session = door.store.list_sessions(door.clock.now()).await.unwrap().remove(0).id;
    assert!(door.store.end_session(session).await.unwrap());
    door.put(&format!("{SETTINGS}?maintenance_mode=true")).await;
    assert_eq!(other.event().await.unwrap().0, 2);
    assert_eq!((revoked.event().await, signed_out.event().await), (None, None));
}

#[tokio::test]
async fn a_stop_ends_streams_at_once() {
    let door = Door::open().await;
    let served = Served::start(&door).await;
    let mut stream = served.listen(&door.api, "").await;
    stream.event().await.unwrap();
    served.stop.cancel();
    assert_eq!(stream.event().await, None);
    tokio::time::timeout(Duration::from_secs(5), served.served).await.unwrap().unwrap();
}

/// Opens one more stream; returns the answer's status and the stream.
async fn one_more(served: &Served, token: &str, client: &str) -> (String, Stream) {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let headers = format!("PRIVATE-TOKEN: {token}\r\nX-Forwarded-For: {client}\r\n");
    let request = format!("GET {EVENTS} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut stream = Stream(BufReader::new(stream));
    let status = stream.line().await.unwrap().split(' ').nth(1).unwrap().to_owned();
    (status, stream)
}

#[tokio::test]
async fn one_client_and_one_token_have_a_share_of_the_streams_and_a_place_is_free_again_when_its_client_is_gone() {
    let mut door = Door::open().await;
    door.parts.settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let served = Served::start(&door).await;
    let (reader, other) = (door.token("reader", Scope::ReadApi).await, door.token("other", Scope::ReadApi).await);
    let mut streams = Vec::new();
    for _ in 0..MAX_OF_CLIENT {
        streams.push(served.listen(&reader, "X-Forwarded-For: 192.0.2.1\r\n").await);
    }
    assert_eq!(one_more(&served, &other, "192.0.2.1").await.0, "429", "the client has its share");
    assert_eq!(one_more(&served, &reader, "192.0.2.2").await.0, "429", "the token has its share");
    assert_eq!(one_more(&served, &other, "192.0.2.2").await.0, "200");
    assert_eq!(one_more(&served, &door.api, "192.0.2.1").await.0, "200", "a place is kept for what administers");
    streams.truncate(1);
    let free = async {
        while one_more(&served, &other, "192.0.2.1").await.0 != "200" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, free).await.unwrap();
}

#[tokio::test]
async fn streams_of_many_clients_leave_places_for_administrators_and_api_tokens() {
    let mut door = Door::open().await;
    door.parts.settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let mut root = door.signed_in("root", Role::Administrator).await;
    let served = Served::start(&door).await;
    let mut streams = Vec::new();
    for number in 0..MAX_STREAMS {
        let reader = door.token(&format!("reader {number}"), Scope::ReadApi).await;
        let client = format!("192.0.2.{}", number / MAX_OF_CLIENT);
        let (status, stream) = one_more(&served, &reader, &client).await;
        if status == "503" {
            break;
        }
        assert_eq!(status, "200");
        streams.push(stream);
    }
    assert!((50..MAX_STREAMS).contains(&streams.len()), "{} streams of readers", streams.len());
    assert_eq!(one_more(&served, &door.api, "192.0.2.99").await.0, "200");
    let cookies: Vec<_> = root.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let headers = format!("Cookie: {}\r\nX-Forwarded-For: 192.0.2.99\r\n", cookies.join("; "));
    let mut page = served.listen_on("/admin/events", &headers).await;
    assert_eq!(page.event().await.unwrap().0, 1);
    assert_eq!(root.get("/admin").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stream_needs_a_token_that_reads_and_a_mode_that_is_known() {
    let door = Door::open().await;
    assert_eq!(door.ask("GET", EVENTS, "", &[], "").await.status, StatusCode::UNAUTHORIZED);
    let enqueue = door.token("app", Scope::Enqueue).await;
    assert_eq!(door.ask("GET", EVENTS, &enqueue, &[], "").await.status, StatusCode::FORBIDDEN);
    forget_down_to(&door.parts.store, Version(9)).await;
    let unknown = door.get(EVENTS).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["mode"]), (503, &"unknown".into()));
}
