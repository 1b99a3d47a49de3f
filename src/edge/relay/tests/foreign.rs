//! Tests the relay against an SMTP server from another project.

use super::*;
use mailin_embedded::{Handler, Response, Server, SslConfig, response};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mail {
    from: String,
    to: Vec<String>,
    is_8bit: bool,
    bytes: Vec<u8>,
}

#[derive(Clone, Default)]
struct Mailbox {
    current: Mail,
    kept: Arc<Mutex<Vec<Mail>>>,
}

impl Handler for Mailbox {
    fn rcpt(&mut self, to: &str) -> Response {
        match to {
            "busy@example.com" => Response::custom(450, "4.2.1 try later".to_owned()),
            "nobody@example.com" => Response::custom(550, "5.1.1 no such user".to_owned()),
            _ => response::OK,
        }
    }

    fn data_start(&mut self, _domain: &str, from: &str, is8bit: bool, to: &[String]) -> Response {
        self.current = Mail { from: from.to_owned(), to: to.to_vec(), is_8bit: is8bit, bytes: Vec::new() };
        response::START_DATA
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.current.bytes.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.kept.lock().unwrap().push(std::mem::take(&mut self.current));
        response::OK
    }
}

/// Starts a server on its own thread, which runs until the tests end.
fn start() -> (u16, Arc<Mutex<Vec<Mail>>>) {
    let mailbox = Mailbox::default();
    let kept = Arc::clone(&mailbox.kept);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = Server::new(mailbox);
    server.with_name("foreign.example").with_ssl(SslConfig::None).unwrap().with_tcp_listener(listener);
    std::thread::spawn(move || drop(server.serve()));
    (port, kept)
}

#[tokio::test]
async fn a_message_arrives_byte_for_byte_with_its_envelope() {
    let (port, kept) = start();
    let mut line = line(port, patient()).await;
    let raws = ["Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n", "Subject: grün\r\n\r\nÄ\r\n", ".first\r\n"];
    for raw in raws {
        let answer = send(&mut line, raw).await;
        assert!(matches!(answer, SendAnswer::Done(_)), "{answer:?}");
    }
    line.close().await;
    let kept = kept.lock().unwrap();
    let bytes: Vec<&str> = kept.iter().map(|mail| std::str::from_utf8(&mail.bytes).unwrap()).collect();
    assert_eq!(bytes, raws);
    assert_eq!(kept.iter().map(|mail| mail.is_8bit).collect::<Vec<_>>(), [false, true, false]);
    assert!(kept.iter().all(|mail| mail.from == "forge@example.org" && mail.to == ["ann@example.com"]));
}

#[tokio::test]
async fn each_recipient_is_refused_on_its_own() {
    let (port, kept) = start();
    let mut line = line(port, patient()).await;
    let mut words = Vec::new();
    for recipient in ["ok@example.com", "busy@example.com", "nobody@example.com", "fine@example.com"] {
        let item = Sending { recipient: Address::parse(recipient).unwrap(), ..sending(HELLO) };
        words.push(match line.send(&Claim::forge(item), &Gate::open()).await {
            SendAnswer::Done(_) => "done".to_owned(),
            SendAnswer::Refused(failure) => format!("{:?}", failure.permanence),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(words, ["done", "Temporary", "Permanent", "done"]);
    let recipients: Vec<String> = kept.lock().unwrap().iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(recipients, ["ok@example.com", "fine@example.com"]);
}
