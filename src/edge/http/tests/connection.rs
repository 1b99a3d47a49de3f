//! The accept loop over a real connection, its shutdown, and batches while they are written.

use super::{Door, NOTIFICATIONS, notification};
use crate::edge::http::place::{Limits, Places};
use crate::edge::http::server::serve;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const BOUND: Duration = Duration::from_secs(20);

pub(super) async fn start(door: &Door) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    (
        address,
        stop.clone(),
        tokio::spawn(serve(listener, door.router(), Places::new(Limits::default(), Vec::new()), stop)),
    )
}

pub(super) async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        loop {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).await.unwrap();
            seen.extend_from_slice(&piece[..count]);
            if count == 0 || String::from_utf8_lossy(&seen).contains(wanted) {
                return String::from_utf8_lossy(&seen).into_owned();
            }
        }
    };
    tokio::time::timeout(BOUND, reading).await.unwrap()
}

#[tokio::test]
async fn a_request_is_answered_and_a_stop_ends_idle_connections() {
    let door = Door::open().await;
    let (address, stop, served) = start(&door).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /-/liveness HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(read_until(&mut stream, "{\"status\":\"ok\"}").await.starts_with("HTTP/1.1 200 OK"));
    stop.cancel();
    tokio::time::timeout(BOUND, served).await.unwrap().unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn lines_are_answered_before_the_body_ends_and_a_stop_waits_for_it() {
    let door = Door::open().await;
    let (address, stop, served) = start(&door).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN:{}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
        door.api
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let line = notification("new_note", "ann@example.com").to_string() + "\n";
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    stream.write_all(chunk.as_bytes()).await.unwrap();
    let first = read_until(&mut stream, "\"queued\"}]}\n").await;
    assert!(first.starts_with("HTTP/1.1 202 Accepted"), "{first}");
    stop.cancel();
    stream.write_all(chunk.as_bytes()).await.unwrap();
    read_until(&mut stream, "\"queued\"}]}\n").await;
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert!(read_until(&mut stream, "0\r\n\r\n").await.ends_with("0\r\n\r\n"));
    tokio::time::timeout(BOUND, served).await.unwrap().unwrap();
}
