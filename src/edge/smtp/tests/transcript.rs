//! Plays `fixtures/smtp/*.txt` against the server, in whole segments and byte by byte.
//!
//! ```text
//! # A line of words is a comment.
//! # mode: on            a setting (see KNOWN); `after` names the last step that the runner
//!                       plays by itself before the transcript
//! C: EHLO x             sent with CRLF
//! c: "a\r\n\x00"        sent as it is; escapes \r \n \t \0 \\ \" \xHH
//! C*3: NOOP             three times; also c*, S*
//! S: 250                one line arrives that begins with this text
//! S: <closed>           the server closes
//! M: 1                  number of mails accepted so far
//! K: "a\r\n"            the bytes of the last accepted mail
//! J: 1                  number of times the door was asked about recipients so far
//! ```
//! Adjacent sent lines form one segment. `segments: whole` skips the byte-by-byte run.

use super::fake::{FakeDoor, Header, Running, start};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const KNOWN: [&str; 17] = [
    "mode",
    "treatment",
    "message",
    "until",
    "offer",
    "after",
    "segments",
    "max_message_bytes",
    "max_recipients",
    "max_connections",
    "max_connections_per_client",
    "buffer_bytes",
    "idle_timeout_ms",
    "pace_window_ms",
    "session_timeout_ms",
    "trusted_clients",
    "soft_bounce",
];

/// The steps that the runner can play before a transcript, with what each sends and receives.
const STEPS: [(&str, &str, &[&str]); 5] = [
    ("greeting", "", &["220 mx.acme.example ESMTP Postern"]),
    ("hello", "EHLO client.example\r\n", &["250-", "250-", "250-", "250-", "250-", "250 "]),
    ("mail", "MAIL FROM:<ann@example.com>\r\n", &["250 2.1.0"]),
    ("recipient", "RCPT TO:<issue@acme.example>\r\n", &["250 2.1.5"]),
    ("data", "DATA\r\n", &["354"]),
];

#[derive(Debug, Clone)]
enum Act {
    Send(Vec<u8>),
    Hear(String),
    Mails(usize),
    Kept(Vec<u8>),
    Judged(usize),
}

struct Transcript {
    name: String,
    header: Header,
    acts: Vec<Act>,
}

fn parse(name: String, text: &str) -> Transcript {
    let (mut header, mut acts) = (Header::new(), Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(words) = line.strip_prefix('#') {
            let setting = words
                .trim()
                .split_once(": ")
                .filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            if let Some((key, value)) = setting {
                assert!(KNOWN.contains(&key), "{name}: `{key}` is no setting");
                header.insert(key.to_owned(), value.trim().to_owned());
            }
            continue;
        }
        let (mark, rest) = line.split_once(':').unwrap_or_else(|| panic!("{name}: `{line}` is no act"));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let (mark, times) = mark.split_once('*').map_or((mark, 1), |(mark, times)| (mark, times.parse().unwrap()));
        let act = match mark {
            "C" => Act::Send([rest.as_bytes(), b"\r\n"].concat().repeat(times)),
            "c" => Act::Send(unescaped(rest).repeat(times)),
            "S" => Act::Hear(rest.to_owned()),
            "M" => Act::Mails(rest.parse().unwrap()),
            "K" => Act::Kept(unescaped(rest)),
            "J" => Act::Judged(rest.parse().unwrap()),
            _ => panic!("{name}: `{line}` is no act"),
        };
        match (acts.last_mut(), act) {
            (Some(Act::Send(before)), Act::Send(more)) => before.extend(more),
            (_, Act::Hear(prefix)) => acts.extend(vec![Act::Hear(prefix); times]),
            (_, act) => acts.push(act),
        }
    }
    Transcript { name, header, acts }
}

/// The bytes between the quotes.
fn unescaped(text: &str) -> Vec<u8> {
    let inner =
        text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_else(|| panic!("quotes: {text}"));
    let (mut bytes, mut rest) = (Vec::new(), inner.as_bytes().iter().copied());
    while let Some(byte) = rest.next() {
        let escape = if byte == b'\\' { rest.next() } else { None };
        bytes.push(match escape {
            None => byte,
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'0') => 0,
            Some(b'x') => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            Some(other) => other,
        });
    }
    bytes
}

/// A client that reads all the time, so that it never blocks the server's writes.
struct Client {
    writing: OwnedWriteHalf,
    heard: UnboundedReceiver<String>,
}

impl Client {
    async fn connect(running: &Running) -> Self {
        let stream = TcpStream::connect(running.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reading, writing) = stream.into_split();
        let (tell, heard) = unbounded_channel();
        tokio::spawn(async move {
            let mut lines = BufReader::new(reading).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Self { writing, heard }
    }

    async fn send(&mut self, bytes: &[u8], piece: usize) {
        // After the first bytes the pieces are larger; otherwise a flood test takes minutes.
        let (head, tail) = bytes.split_at(bytes.len().min(piece.saturating_mul(3000)));
        for piece in head.chunks(piece).chain([tail]) {
            // The server may have closed already; the test checks only what it sent.
            let _ = self.writing.write_all(piece).await;
            tokio::task::yield_now().await;
        }
    }

    async fn hear(&mut self) -> Option<String> {
        tokio::time::timeout(Duration::from_secs(20), self.heard.recv()).await.unwrap_or(Some("<nothing came>".into()))
    }
}

async fn play(transcript: &Transcript, piece: usize) -> Result<(), String> {
    let running = start(FakeDoor { header: transcript.header.clone(), ..FakeDoor::default() }).await;
    let mut client = Client::connect(&running).await;
    let mut acts = transcript.acts.clone();
    if let Some(goal) = transcript.header.get("after") {
        let last = STEPS.iter().position(|(name, ..)| name == goal).ok_or("`after` names no step")?;
        let steps = STEPS[..=last].iter().flat_map(|(_, send, hear)| {
            std::iter::once(Act::Send(send.as_bytes().to_vec()))
                .chain(hear.iter().map(|line| Act::Hear((*line).to_owned())))
        });
        acts = steps.chain(acts).collect();
    }
    for (number, act) in acts.iter().enumerate() {
        let wrong = check(act, &mut client, &running, piece).await;
        wrong.map_err(|wrong| format!("{}, act {number} {act:.200?}, pieces of {piece}: {wrong}", transcript.name))?;
    }
    running.stop.cancel();
    drop(client);
    running.ended.await.map_err(|died| format!("{}: {died}", transcript.name))?;
    match running.transactions.load(Ordering::SeqCst) {
        0 => Ok(()),
        count => Err(format!("{}: {count} transactions are still counted", transcript.name)),
    }
}

async fn check(act: &Act, client: &mut Client, running: &Running, piece: usize) -> Result<(), String> {
    let mails = || running.door.mails.lock().unwrap();
    let (expected, found) = match act {
        Act::Send(bytes) => {
            client.send(bytes, piece).await;
            return Ok(());
        }
        Act::Hear(prefix) => {
            let heard = client.hear().await.unwrap_or("<closed>".into());
            return if heard.starts_with(prefix) { Ok(()) } else { Err(format!("heard `{heard}`")) };
        }
        Act::Mails(count) => (count.to_string(), mails().len().to_string()),
        Act::Judged(count) => (count.to_string(), running.door.judged.load(Ordering::SeqCst).to_string()),
        Act::Kept(bytes) => {
            let kept = mails().last().map(|(_, _, raw)| raw.escape_ascii().to_string());
            (bytes.escape_ascii().to_string(), kept.unwrap_or_default())
        }
    };
    if expected == found { Ok(()) } else { Err(format!("it is {found:.200}")) }
}

fn transcripts() -> Vec<Transcript> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/smtp");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        parse(name, &std::fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

async fn play_all(piece: usize) {
    let mut wrong = Vec::new();
    for transcript in transcripts() {
        if piece == usize::MAX || !transcript.header.contains_key("segments") {
            wrong.extend(play(&transcript, piece).await.err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_transcript_holds_in_whole_segments() {
    play_all(usize::MAX).await;
}

#[tokio::test]
async fn every_transcript_holds_byte_by_byte() {
    play_all(1).await;
}
