//! More connections than there are places, and more body bytes than the budget has, on real
//! sockets.

use super::connection::read_until;
use super::{Door, NOTIFICATIONS, SETTINGS};
use crate::edge::http::place::{Limits, Places};
use crate::edge::http::room::Room;
use crate::edge::http::server::serve;
use crate::store::access::Scope;
use futures_util::FutureExt;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SMALL: Limits = Limits { total: 6, client: 4, reserve: 2, client_reserve: 2 };

async fn start(door: &Door, limits: Limits, proxies: &[&str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let places = Places::new(limits, proxies.iter().map(|net| net.parse().unwrap()).collect());
    tokio::spawn(serve(listener, door.router(), places, CancellationToken::new()));
    address
}

async fn connect(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// A request for `path` that announces a longer body than `body`.
fn dripping(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 60000\r\n\r\n{body}")
}

fn sign_in() -> String {
    dripping("POST", "/users/sign_in", "Content-Type: application/x-www-form-urlencoded\r\n", "u")
}

/// Starts a batch with `token` and waits for the answer to its first line.
async fn batch(address: SocketAddr, token: &str, headers: &str) -> TcpStream {
    let head = format!("PRIVATE-TOKEN: {token}\r\nContent-Type: application/x-ndjson\r\n{headers}");
    let mut stream = connect(address, &dripping("POST", NOTIFICATIONS, &head, "{}\n")).await;
    let answer = read_until(&mut stream, "request_id").await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    stream
}

async fn status(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = connect(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
    read_until(&mut stream, "\r\n\r\n").await.chars().skip(9).take(3).collect()
}

#[tokio::test]
async fn a_client_that_drips_bodies_into_more_connections_than_it_may_have_keeps_no_one_out() {
    let door = Door::open().await;
    let address = start(&door, SMALL, &[]).await;
    let mut dripped = Vec::new();
    for _ in 0..40 {
        dripped.push(connect(address, &sign_in()).await);
        assert_eq!(status(address, "/-/liveness", "").await, "200");
    }
    let token = format!("PRIVATE-TOKEN: {}\r\n", door.api);
    assert_eq!(status(address, SETTINGS, &token).await, "200");
    // The first connections have been cut.
    assert_eq!(dripped[0].read(&mut [0; 1]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn when_known_callers_hold_all_places_monitors_and_tokens_of_scope_api_are_still_answered() {
    let door = Door::open().await;
    let address = start(&door, SMALL, &[]).await;
    let app = door.token("app", Scope::Enqueue).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(batch(address, &app, "").await);
    }
    for _ in 0..3 {
        let token = format!("PRIVATE-TOKEN: {app}\r\n");
        assert_eq!(status(address, "/api/v4/internal/deliverability?kind=new_note", &token).await, "503");
        assert_eq!(status(address, "/api/v4/maintenance", "").await, "503");
        assert_eq!(status(address, "/-/liveness", "").await, "200");
        let token = format!("PRIVATE-TOKEN: {}\r\n", door.api);
        assert_eq!(status(address, SETTINGS, &token).await, "200");
    }
    // The connections that were already open continue.
    for stream in &mut held {
        stream.write_all(b"{}\n").await.unwrap();
        read_until(stream, "request_id").await;
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_one_client_that_takes_all_its_places_takes_none_of_another_s() {
    let mut door = Door::open().await;
    door.parts.settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let address = start(&door, Limits { total: 100, ..SMALL }, &["127.0.0.0/8"]).await;
    let app = door.token("app", Scope::Enqueue).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(batch(address, &app, "X-Forwarded-For: 192.0.2.1\r\n").await);
    }
    for (client, expected) in [("192.0.2.1", "503"), ("192.0.2.2", "200"), ("nonsense", "200")] {
        let headers = format!("X-Forwarded-For: {client}\r\n");
        assert_eq!(status(address, "/api/v4/maintenance", &headers).await, expected, "{client}");
    }
    // The proxy itself does not count as a client.
    for _ in 0..6 {
        held.push(connect(address, "GET /api/v4/maintenance HTTP/1.1\r\nHost: x\r\n\r\n").await);
        assert_eq!(status(address, "/api/v4/maintenance", "").await, "200");
    }
    for stream in &mut held[..4] {
        stream.write_all(b"{}\n").await.unwrap();
        read_until(stream, "request_id").await;
    }
}

#[tokio::test]
async fn large_bodies_wait_for_room_and_small_ones_do_not() {
    let mib = 1024 * 1024;
    let room = Room::of(4 * mib);
    let first = room.reserve(3 * mib).now_or_never();
    assert!(matches!(first, Some(Ok(Some(_)))));
    assert!(room.reserve(2 * mib).now_or_never().is_none());
    assert!(matches!(room.reserve(60_000).now_or_never(), Some(Ok(None))));
    drop(first);
    assert!(matches!(room.reserve(4 * mib).now_or_never(), Some(Ok(Some(_)))));
}
