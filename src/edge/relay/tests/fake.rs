//! A scripted SMTP server that behaves correctly except where the script says otherwise.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What the server does on a command (`""` is the connection itself, `"."` the end of a message).
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// Sends exactly these bytes.
    Say(Vec<u8>),
    /// Sends these bytes and closes.
    SayAndClose(&'static str),
    /// Closes.
    Close,
    /// Never answers again, and keeps the connection open.
    Hang,
    /// Sends continuation lines without end.
    Babble,
}

/// Sends `text` and continues.
pub(super) fn say(text: &str) -> Deed {
    Deed::Say(text.as_bytes().to_vec())
}

/// What the clients have sent.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) connections: u32,
    /// Command lines of all connections.
    pub(super) commands: Vec<String>,
    /// Messages that were ended by a dot, as on the wire, without the dot line.
    pub(super) messages: Vec<Vec<u8>>,
}

/// A running server.
pub(super) struct Fake {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Fake {
    /// Starts a server. Its n-th answer to a command is that command's n-th deed, then the usual
    /// answer.
    pub(super) async fn start<const N: usize>(script: [(&'static str, Deed); N]) -> Self {
        Self::start_with(&script, None).await
    }

    /// The same over TLS.
    pub(super) async fn start_with(script: &[(&'static str, Deed)], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut deeds: HashMap<&str, Vec<Deed>> = HashMap::new();
        for (command, deed) in script.iter().rev() {
            deeds.entry(command).or_default().push(deed.clone());
        }
        let (deeds, shared) = (Arc::new(Mutex::new(deeds)), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                shared.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
                let session = Session { deeds: Arc::clone(&deeds), seen: Arc::clone(&shared) };
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => session.serve(socket).await,
                        // A client that rejects the certificate disconnects.
                        Some(tls) => match tls.accept(socket).await {
                            Ok(socket) => session.serve(socket).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { port, seen }
    }

    pub(super) fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn commands(&self) -> Vec<String> {
        self.seen().commands.clone()
    }
}

struct Session {
    deeds: Arc<Mutex<HashMap<&'static str, Vec<Deed>>>>,
    seen: Arc<Mutex<Seen>>,
}

impl Session {
    /// Serves one connection; `None` once it is over.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, socket: S) -> Option<()> {
        let mut socket = BufReader::new(socket);
        self.answer(&mut socket, "", "220 fake ESMTP\r\n").await?;
        loop {
            let line = read_line(&mut socket).await?;
            let line = String::from_utf8(line).unwrap().trim_end().to_owned();
            let verb = line.split(' ').next().unwrap_or_default().to_owned();
            self.seen.lock().unwrap().commands.push(line);
            match verb.as_str() {
                "EHLO" => {
                    let offers = "250-fake\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n";
                    self.answer(&mut socket, "EHLO", offers).await?;
                }
                "DATA" => {
                    let go = self.answer(&mut socket, "DATA", "354 go\r\n").await?;
                    if go.starts_with(b"354") {
                        self.message(&mut socket).await?;
                    }
                }
                "AUTH" => drop(self.answer(&mut socket, "AUTH", "235 2.7.0 welcome\r\n").await?),
                "QUIT" => {
                    self.answer(&mut socket, "QUIT", "221 bye\r\n").await?;
                    return None;
                }
                other => drop(self.answer(&mut socket, other, "250 2.0.0 ok\r\n").await?),
            }
        }
    }

    async fn message<S: AsyncRead + AsyncWrite + Unpin>(&self, socket: &mut BufReader<S>) -> Option<()> {
        let mut message = Vec::new();
        while !message.ends_with(b"\r\n.\r\n") && message != b".\r\n" {
            message.extend(read_line(socket).await?);
        }
        message.truncate(message.len() - 3);
        self.seen.lock().unwrap().messages.push(message);
        self.answer(socket, ".", "250 2.0.0 queued as 4F1\r\n").await?;
        Some(())
    }

    /// Runs the script's deed for `command`, or sends `usual`; returns what was sent.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: &mut BufReader<S>,
        command: &str,
        usual: &str,
    ) -> Option<Vec<u8>> {
        let deed = self.deeds.lock().unwrap().get_mut(command).and_then(Vec::pop);
        match deed.unwrap_or_else(|| say(usual)) {
            Deed::Say(bytes) => {
                socket.write_all(&bytes).await.ok()?;
                socket.flush().await.ok()?;
                Some(bytes)
            }
            Deed::SayAndClose(text) => {
                socket.write_all(text.as_bytes()).await.ok()?;
                socket.shutdown().await.ok()?;
                None
            }
            Deed::Close => None,
            Deed::Hang => std::future::pending().await,
            Deed::Babble => loop {
                socket.write_all(b"250-and another thing\r\n").await.ok()?;
            },
        }
    }
}

async fn read_line<S: AsyncRead + Unpin>(socket: &mut BufReader<S>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let count = socket.read_until(b'\n', &mut line).await.ok()?;
    (count > 0).then_some(line)
}
