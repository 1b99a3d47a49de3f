//! Cases that no transcript can express: connection limits, shutdown, and every cut of a whole
//! session.

use super::super::budget::Budget;
use super::super::connection::{Server, serve};
use super::super::tally::Tally;
use super::fake::{FakeBook, FakeDoor, Header, Running, settings, start};
use crate::clock::FixedClock;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

fn header(settings: &[(&str, &str)]) -> Header {
    settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(running: &Running) -> Self {
        Self(BufReader::new(TcpStream::connect(running.address).await.unwrap()))
    }

    /// The next line; empty if the server has closed.
    async fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line
    }

    async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    async fn begin(running: &Running) -> Self {
        let mut client = Self::connect(running).await;
        client.hear().await;
        client.say("HELO x").await;
        client.say("MAIL FROM:<>").await;
        client.say("RCPT TO:<issue@acme.example>").await;
        client
    }
}

#[tokio::test]
async fn a_client_with_too_many_connections_hears_421_until_one_of_them_is_gone() {
    let door = FakeDoor { header: header(&[("max_connections_per_client", "1")]), ..FakeDoor::default() };
    let running = start(door).await;
    let mut first = Client::connect(&running).await;
    assert!(first.hear().await.starts_with("220"));
    let mut second = Client::connect(&running).await;
    assert!(second.hear().await.starts_with("421 4.7.0"));
    assert_eq!(second.hear().await, "");
    assert!(first.say("QUIT").await.starts_with("221"));
    assert_eq!(first.hear().await, "");
    drop(first);
    // The seat is free once the server has noticed the disconnect; until then it answers 421.
    while !Client::connect(&running).await.hear().await.starts_with("220") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn more_connections_than_there_are_places_hear_421() {
    let running = start(FakeDoor { header: header(&[("max_connections", "1")]), ..FakeDoor::default() }).await;
    let mut first = Client::connect(&running).await;
    assert!(first.hear().await.starts_with("220"));
    assert!(Client::connect(&running).await.hear().await.starts_with("421 4.3.2"));
}

#[tokio::test]
async fn stopping_ends_an_idle_session_and_lets_a_mail_under_way_be_taken() {
    let running = start(FakeDoor::default()).await;
    let mut idle = Client::connect(&running).await;
    idle.hear().await;
    let mut busy = Client::begin(&running).await;
    assert_eq!(running.transactions.load(Ordering::SeqCst), 1);
    running.stop.cancel();
    assert!(idle.hear().await.starts_with("421 4.3.2"));
    assert_eq!(idle.hear().await, "");
    assert!(TcpStream::connect(running.address).await.is_err() || running.stop.is_cancelled());
    assert!(busy.say("DATA").await.starts_with("354"));
    assert!(busy.say("a\r\n.").await.starts_with("250 2.0.0"));
    assert!(busy.hear().await.starts_with("421 4.3.2"));
    drop((idle, busy));
    running.ended.await.unwrap();
    assert_eq!(running.door.mails.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_after_the_dot_has_its_mail_taken() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let running = start(FakeDoor { gate: Some(Arc::clone(&gate)), ..FakeDoor::default() }).await;
    let mut client = Client::begin(&running).await;
    client.say("DATA").await;
    client.0.write_all(b"a\r\n.\r\n").await.unwrap();
    drop(client);
    gate.add_permits(1);
    while running.transactions.load(Ordering::SeqCst) > 0 || running.door.mails.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    running.stop.cancel();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn the_envelope_names_client_sender_and_every_recipient_once() {
    let running = start(FakeDoor::default()).await;
    let mut client = Client::begin(&running).await;
    client.say("RCPT TO:<\"issue >\"@ACME.example>").await;
    client.say("RCPT TO:<issue@acme.example>").await;
    client.say("DATA").await;
    let answer = client.say(".").await;
    let mails = running.door.mails.lock().unwrap();
    let (envelope, recipients, raw) = &mails[0];
    assert_eq!(answer, format!("250 2.0.0 {} accepted\r\n", envelope.mail_id));
    assert_eq!((envelope.client.to_string(), &envelope.sender), ("127.0.0.1".to_owned(), &None));
    let addresses: Vec<&str> = recipients.iter().map(|recipient| recipient.address.as_str()).collect();
    assert_eq!((addresses, raw.len()), (vec!["issue@acme.example", "\"issue >\"@ACME.example"], 0));
}

#[tokio::test]
async fn a_client_that_half_closes_after_the_dot_hears_its_answer() {
    let running = start(FakeDoor::default()).await;
    let mut client = Client::begin(&running).await;
    client.say("DATA").await;
    client.0.write_all(b"a\r\n.\r\n").await.unwrap();
    client.0.shutdown().await.unwrap();
    assert!(client.hear().await.starts_with("250 2.0.0"));
    assert_eq!(client.hear().await, "");
}

#[tokio::test]
async fn a_reset_at_any_step_leaves_nothing_behind() {
    let running = start(FakeDoor::default()).await;
    let steps = ["HELO x", "MAIL FROM:<>", "RCPT TO:<issue@acme.example>", "DATA"];
    for last in 0..=steps.len() {
        let mut client = Client::connect(&running).await;
        client.hear().await;
        for step in &steps[..last] {
            client.say(step).await;
        }
        client.0.write_all(b"half a line").await.unwrap();
        client.0.get_ref().set_zero_linger().unwrap();
    }
    running.stop.cancel();
    running.ended.await.unwrap();
    assert_eq!(running.transactions.load(Ordering::SeqCst), 0);
    assert!(running.door.mails.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_client_that_never_reads_its_replies_is_given_up() {
    let words = "w".repeat(255);
    let world = header(&[("mode", "on"), ("message", &words), ("idle_timeout_ms", "100")]);
    let running = start(FakeDoor { header: world, ..FakeDoor::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"HELO x\r\nMAIL FROM:<>\r\n").await.unwrap();
    let recipients = "RCPT TO:<issue@acme.example>\r\n".repeat(1000);
    // Ends when the server has closed: until then its blocked writes also block the client's.
    while stream.write_all(recipients.as_bytes()).await.is_ok() {}
    running.stop.cancel();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn the_last_reply_arrives_though_the_client_goes_on_sending() {
    let running = start(FakeDoor::default()).await;
    let mut client = Client::connect(&running).await;
    client.hear().await;
    client.0.write_all(b"bare\nline\r\n").await.unwrap();
    client.0.write_all(&[b'x'; 100_000]).await.unwrap();
    assert!(client.hear().await.starts_with("500 5.5.2"));
    assert_eq!(client.hear().await, "");
}

/// A client that sends its pieces one by one, ignores the replies, and then disconnects.
struct Cut<'a> {
    pieces: Vec<&'a [u8]>,
    heard: &'a mut Vec<u8>,
}

impl AsyncRead for Cut<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.pieces.is_empty() {
            into.put_slice(self.pieces.remove(0));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Cut<'_> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heard.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The server's replies to `pieces`, and the number of mails it accepted.
async fn replies_to(pieces: Vec<&[u8]>) -> (String, usize) {
    let door = Arc::new(FakeDoor::default());
    let settings = Arc::new(settings(&door.header));
    let server = Server {
        budget: Budget::of(settings.buffer_bytes, settings.max_message_bytes),
        settings,
        door: Arc::clone(&door) as _,
        book: Arc::new(FakeBook),
        clock: Arc::new(FixedClock::at(jiff::Timestamp::UNIX_EPOCH)),
        transactions: Arc::default(),
        tally: Arc::new(Tally::new()),
    };
    let mut heard = Vec::new();
    let stream = Cut { pieces, heard: &mut heard };
    serve(stream, [127, 0, 0, 1].into(), Arc::new(server), CancellationToken::new()).await;
    let taken = door.mails.lock().unwrap().len();
    // The id of the mail differs in each run.
    let codes =
        String::from_utf8(heard).unwrap().lines().map(|line| line.chars().take(9).collect::<String>() + "\n").collect();
    (codes, taken)
}

#[tokio::test]
async fn a_session_cut_anywhere_hears_the_same() {
    let head =
        &b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<issue@acme.example>\r\nRCPT TO:<x@acme.example>\r\nDATA\r\n"[..];
    // A message must not arrive in the same segment as its DATA.
    let rest = &b"a: b\r\n\r\n..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@x>\r\nRSET\r\nQUIT\r\n"[..];
    let whole = replies_to(vec![head, rest]).await;
    assert_eq!((whole.1, whole.0.lines().count()), (1, 16), "{}", whole.0);
    for cut in 1..head.len() {
        assert_eq!(replies_to(vec![&head[..cut], &head[cut..], rest]).await, whole, "head cut at {cut}");
    }
    for cut in 1..rest.len() {
        assert_eq!(replies_to(vec![head, &rest[..cut], &rest[cut..]]).await, whole, "rest cut at {cut}");
    }
    let bytes = head.chunks(1).chain(rest.chunks(1)).collect();
    assert_eq!(replies_to(bytes).await, whole);
}
