//! The socket under lettre's connection: TCP or TLS, without Nagle's delay, and one reply per
//! command.
//!
//! lettre takes the next line for the reply to its last command. If a relay sends an extra line (or
//! a late reply to an abandoned command), every later reply would answer the wrong command: an
//! extra `250` after 354 would read as "delivered". So this stream passes on one reply per command,
//! and refuses to write the next command while unexpected data is waiting. That check also detects
//! a connection that the relay has closed. Lines are normalised and bounded on the way.

use super::place::{Place, Wire};
use super::reply::{MAX_LINE, tidy};
use super::timeouts::{Timeouts, within};
use super::trouble::Trouble;
use crate::domain::failure::one_line;
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::ClientConfig;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The codes required for the greeting and for EHLO; lettre accepts every 2xx and 3xx there.
const OPENING: [&[u8]; 2] = [b"220", b"250"];

#[derive(Debug)]
enum Socket {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Most lines in one reply. lettre allows 100 kB, and parses all of it again for each new line.
const MAX_LINES: usize = 200;

/// Which side speaks next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Ours,
    Theirs,
}

/// A connected socket that enforces one reply per command.
#[derive(Debug)]
pub(super) struct RelayStream {
    socket: Socket,
    turn: Turn,
    /// Complete replies so far.
    replies: usize,
    /// Lines of the current reply so far.
    lines: usize,
    /// Bytes read but not yet parsed.
    heard: Vec<u8>,
    /// Normalised lines that lettre has not read yet.
    told: Vec<u8>,
}

impl RelayStream {
    /// Connects to `place`, including the TLS handshake.
    pub(super) async fn connect(place: &Place, tls: &Arc<ClientConfig>, timeouts: &Timeouts) -> Result<Self, Trouble> {
        let tcp = within(timeouts.connect, TcpStream::connect((place.host.as_str(), place.port))).await?;
        // Nagle's delay would make every command wait for the previous acknowledgement: 41 ms a
        // mail.
        tcp.set_nodelay(true)?;
        let socket = match &place.wire {
            Wire::Clear => Socket::Clear(tcp),
            Wire::Tls(name) => {
                let handshake = TlsConnector::from(Arc::clone(tls)).connect(name.clone(), tcp);
                Socket::Tls(Box::new(within(timeouts.connect, handshake).await?))
            }
        };
        Ok(Self { socket, turn: Turn::Theirs, replies: 0, lines: 0, heard: Vec::new(), told: Vec::new() })
    }

    pub(super) fn is_to_loopback(&self) -> bool {
        AsyncTokioStream::peer_addr(self).is_ok_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    fn tcp(&self) -> &TcpStream {
        match &self.socket {
            Socket::Clear(tcp) => tcp,
            Socket::Tls(tls) => tls.get_ref().0,
        }
    }

    /// Moves one complete line from `heard` to `told`; false if there is none yet.
    fn take_line(&mut self) -> io::Result<bool> {
        let Some(end) = self.heard.iter().position(|b| *b == b'\n') else {
            return if self.heard.len() > MAX_LINE { Err(nonsense(&self.heard)) } else { Ok(false) };
        };
        let line: Vec<u8> = self.heard.drain(..=end).collect();
        let reply = tidy(&line).filter(|_| line.len() <= MAX_LINE).ok_or_else(|| nonsense(&line))?;
        self.told.extend_from_slice(&reply.bytes);
        self.lines += 1;
        if self.lines > MAX_LINES {
            return Err(nonsense(b"an answer without an end"));
        }
        if reply.is_last {
            let is_odd = OPENING.get(self.replies).is_some_and(|wanted| !reply.bytes.starts_with(wanted));
            if is_odd && matches!(reply.bytes.first(), Some(b'2' | b'3')) {
                return Err(nonsense(&line));
            }
            self.replies += 1;
            self.lines = 0;
            self.turn = Turn::Ours;
        }
        Ok(true)
    }

    /// Reads available bytes; ready with 0 at the end of the stream.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; 2048];
        let mut space = ReadBuf::new(&mut space);
        match &mut self.socket {
            Socket::Clear(tcp) => ready!(Pin::new(tcp).poll_read(cx, &mut space))?,
            Socket::Tls(tls) => ready!(Pin::new(tls).poll_read(cx, &mut space))?,
        }
        self.heard.extend_from_slice(space.filled());
        Poll::Ready(Ok(space.filled().len()))
    }

    /// Begins a command, unless the relay has sent something since its last reply.
    fn begin(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.heard.is_empty() {
            match self.poll_hear(cx) {
                Poll::Pending => {
                    self.turn = Turn::Theirs;
                    return Ok(());
                }
                Poll::Ready(Ok(0)) => return Err(closed()),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Err(error),
            }
        }
        let said = quoted(&self.heard);
        Err(io::Error::new(ErrorKind::InvalidData, format!("the relay spoke out of turn: {said:?}")))
    }
}

fn closed() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the relay closed the connection")
}

fn nonsense(line: &[u8]) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the relay's answer makes no sense here: {:?}", quoted(line)))
}

/// The start of the relay's text, on one line.
fn quoted(said: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(said)).chars().take(100).collect()
}

impl AsyncRead for RelayStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.told.is_empty() {
            if self.turn == Turn::Ours {
                return Poll::Ready(Err(io::Error::other("there is no reply to wait for")));
            }
            if !self.take_line()? && ready!(self.poll_hear(cx))? == 0 {
                return Poll::Ready(Err(closed()));
            }
        }
        let count = self.told.len().min(buf.remaining());
        buf.put_slice(&self.told[..count]);
        self.told.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RelayStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.turn == Turn::Ours {
            self.begin(cx)?;
        }
        match &mut self.socket {
            Socket::Clear(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Socket::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Clear(tcp) => Pin::new(tcp).poll_flush(cx),
            Socket::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Clear(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Socket::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

impl AsyncTokioStream for RelayStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().peer_addr()
    }
}

#[cfg(test)]
impl RelayStream {
    /// Whether Nagle's delay is off.
    pub(super) fn nodelay(&self) -> io::Result<bool> {
        self.tcp().nodelay()
    }
}
