//! Many clients at once: untrusted clients take no seats from the MTA, and slow messages do not
//! hold the budget.

use super::super::budget::Budget;
use super::super::connection::{Server, serve};
use super::super::tally::Tally;
use super::fake::{FakeBook, FakeDoor, Header, Running, settings, start};
use crate::clock::FixedClock;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

fn header(settings: &[(&str, &str)]) -> Header {
    settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Connects from 127.0.0.`host` and reads the greeting.
async fn greeted(running: &Running, host: u8) -> (BufReader<TcpStream>, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0))).unwrap();
    let mut stream = BufReader::new(socket.connect(running.address).await.unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    (stream, line)
}

#[tokio::test]
async fn strangers_take_a_few_places_of_their_own_and_none_of_the_mtas() {
    let world =
        [("trusted_clients", "127.0.0.2/32"), ("max_connections", "200"), ("max_connections_per_client", "200")];
    let running = start(FakeDoor { header: header(&world), ..FakeDoor::default() }).await;
    let mut open = Vec::new();
    for stranger in 10..14 {
        for _ in 0..5 {
            let (stream, line) = greeted(&running, stranger).await;
            assert!(line.starts_with("220"), "{line}");
            open.push(stream);
        }
        assert!(greeted(&running, stranger).await.1.starts_with("421 4.7.0"));
    }
    assert!(greeted(&running, 14).await.1.starts_with("421 4.3.2"));
    for _ in 0..200 {
        let (stream, line) = greeted(&running, 2).await;
        assert!(line.starts_with("220"), "{line}");
        open.push(stream);
    }
    assert!(greeted(&running, 2).await.1.starts_with("421 4.7.0"));
}

/// A server for clients over pipes.
fn server(world: &[(&str, &str)]) -> Arc<Server> {
    let door = Arc::new(FakeDoor { header: header(world), ..FakeDoor::default() });
    let settings = Arc::new(settings(&door.header));
    Arc::new(Server {
        budget: Budget::of(settings.buffer_bytes, settings.max_message_bytes),
        settings,
        door,
        book: Arc::new(FakeBook),
        clock: Arc::new(FixedClock::at(jiff::Timestamp::UNIX_EPOCH)),
        transactions: Arc::default(),
        tally: Arc::new(Tally::new()),
    })
}

/// A client at `host` that has received 354.
async fn at_data(server: &Arc<Server>, host: u8) -> BufReader<DuplexStream> {
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(serve(far, IpAddr::from([127, 0, 0, host]), Arc::clone(server), CancellationToken::new()));
    let mut client = BufReader::new(near);
    hear(&mut client).await;
    for line in ["HELO x", "MAIL FROM:<a@b>", "RCPT TO:<issue@acme.example>", "DATA"] {
        client.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        hear(&mut client).await;
    }
    client
}

async fn hear(client: &mut BufReader<DuplexStream>) -> String {
    let mut line = String::new();
    client.read_line(&mut line).await.unwrap();
    line
}

#[tokio::test]
async fn sixteen_senders_that_hold_on_to_their_messages_leave_room_for_another_client() {
    let server = server(&[("max_message_bytes", "100000"), ("buffer_bytes", "1000000")]);
    let mut slow = Vec::new();
    for _ in 0..16 {
        let mut client = at_data(&server, 1).await;
        client.write_all(&[b'x'; 99_000]).await.unwrap();
        slow.push(client);
    }
    // Wait until the server has read everything that was sent.
    while server.budget.free() > 500_000 {
        tokio::task::yield_now().await;
    }
    let mut honest = at_data(&server, 2).await;
    honest.write_all(&[b'x'; 99_000]).await.unwrap();
    honest.write_all(b"\r\n.\r\n").await.unwrap();
    assert!(hear(&mut honest).await.starts_with("250 2.0.0"));
}
