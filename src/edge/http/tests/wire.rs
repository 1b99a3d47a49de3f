//! Requests byte by byte: a request that another program on the path might read differently is
//! refused, and so is the rest of the connection.

use super::Door;
use super::connection::start;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// All bytes that the server sends until the connection ends.
async fn said(door: &Door, text: &str) -> String {
    let (address, stop, _) = start(door).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    // A reset ends the connection too.
    let _ = stream.read_to_end(&mut answers).await;
    stop.cancel();
    String::from_utf8_lossy(&answers).into_owned()
}

fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.").skip(1).map(|answer| &answer[2..5]).collect()
}

const NEXT: &str = "GET /-/liveness HTTP/1.1\r\nHost: x\r\n\r\n";
const LAST: &str = "GET /-/liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn well_formed_requests_are_answered_one_after_another() {
    let door = Door::open().await;
    let post = "POST /api/v4/nothing HTTP/1.1\r\nhost: [::1]:8025\r\nContent-Length: 3\r\n\r\na\nb";
    let chunked =
        "POST /api/v4/nothing HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n\n#\r\n0\r\nT: x\r\n\r\n";
    let answers = said(&door, &format!("\r\n{NEXT}{post}{chunked}{LAST}")).await;
    assert_eq!(statuses(&answers), ["200", "404", "404", "200"], "{answers}");
    let old = said(&door, "GET /-/liveness HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200"), "{old}");
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_400_and_ends_the_connection() {
    let door = Door::open().await;
    for bad in [
        "GET /-/liveness HTTP/1.1\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: x/y\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: u@x\r\n\r\n",
        "GET /-/liveness HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET /-/liveness HTTP/1.1\nHost: x\n\n",
        "GET /-/liveness HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        "GET /-/liveness HTTP/1.1\r\nHost: x\r\n\n",
        "GET /-/liveness#x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /-/liveness?a#x HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        for before in ["", NEXT] {
            let answers = said(&door, &format!("{before}{bad}{LAST}")).await;
            let expected: &[&str] = if before.is_empty() { &["400"] } else { &["200", "400"] };
            assert_eq!(statuses(&answers), expected, "{bad:?}: {answers}");
        }
    }
}

#[tokio::test]
async fn a_head_has_at_most_100_lines_and_64_kib() {
    let door = Door::open().await;
    let with = |headers: &str| format!("GET /-/liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    let lines = |count: usize| (2..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let bytes = |count: usize| format!("X: {}\r\n", "y".repeat(count));
    for (headers, status) in [
        (lines(100), "200"),
        (lines(101), "431"),
        (bytes(60 * 1024), "200"),
        (bytes(64 * 1024), "431"),
        (bytes(100 * 1024), "431"),
        (bytes(1024 * 1024), "431"),
    ] {
        let answers = said(&door, &with(&headers)).await;
        // If much more data arrived than the server reads, a reset may destroy the response.
        let is_lost = answers.is_empty() && headers.len() > 512 * 1024;
        assert!(is_lost || statuses(&answers) == [status], "{} bytes: {answers}", headers.len());
    }
}
