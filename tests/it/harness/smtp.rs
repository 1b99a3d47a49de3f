//! A minimal SMTP client; every read has a time limit.

use super::wait::seconds;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;

/// A reply of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// All lines, without their codes, joined by line feeds.
    pub text: String,
}

/// A connection.
pub struct Smtp {
    stream: BufReader<TcpStream>,
}

impl Smtp {
    /// Connects, reads the greeting and sends EHLO.
    pub fn connect(port: u16) -> Self {
        Self::try_connect(port).unwrap()
    }

    /// The same for a server that may be down.
    pub fn try_connect(port: u16) -> io::Result<Self> {
        let mut smtp = Self::silent(port)?;
        smtp.expect(220)?;
        smtp.write(b"EHLO client.test\r\n")?;
        smtp.expect(250)?;
        Ok(smtp)
    }

    /// Connects and sends nothing.
    pub fn silent(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(seconds(30)))?;
        stream.set_write_timeout(Some(seconds(30)))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends one command and returns the reply.
    pub fn say(&mut self, command: &str) -> Reply {
        self.try_say(command).unwrap()
    }

    /// The same for a server that may be down.
    pub fn try_say(&mut self, command: &str) -> io::Result<Reply> {
        self.write(format!("{command}\r\n").as_bytes())?;
        self.reply()
    }

    /// Sends bytes unchanged.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads one reply.
    pub fn reply(&mut self) -> io::Result<Reply> {
        let mut texts: Vec<String> = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end_matches("\r\n");
            let code = line.get(..3).and_then(|code| code.parse().ok()).ok_or(ErrorKind::InvalidData)?;
            texts.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text: texts.join("\n") });
            }
        }
    }

    fn expect(&mut self, code: u16) -> io::Result<Reply> {
        let reply = self.reply()?;
        if reply.code == code { Ok(reply) } else { Err(io::Error::other(format!("{reply:?}"))) }
    }

    /// Sends MAIL FROM, for a dialogue that the test continues itself.
    pub fn mail_from(&mut self, sender: &str) {
        assert_eq!(self.say(&format!("MAIL FROM:<{sender}>")).code, 250);
    }

    /// Sends RCPT TO.
    pub fn rcpt_to(&mut self, recipient: &str) -> Reply {
        self.say(&format!("RCPT TO:<{recipient}>"))
    }

    /// Sends a whole mail. Returns the first reply that refused it, or the reply to the dot.
    pub fn send(&mut self, sender: &str, recipient: &str, message: &[u8]) -> Reply {
        self.try_send(sender, recipient, message).unwrap()
    }

    /// The same for a server that may be down.
    pub fn try_send(&mut self, sender: &str, recipient: &str, message: &[u8]) -> io::Result<Reply> {
        for command in [format!("MAIL FROM:<{sender}>"), format!("RCPT TO:<{recipient}>"), "DATA".to_owned()] {
            let reply = self.try_say(&command)?;
            if reply.code >= 400 {
                self.try_say("RSET")?;
                return Ok(reply);
            }
        }
        self.write(&stuffed(message))?;
        self.reply()
    }
}

/// A message as it is sent, dot-stuffed and with its final dot.
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

/// A small mail with its own Message-ID.
pub fn message(name: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@outside.test>\r\nTo: Forge <forge@forge.test>\r\nSubject: {name}\r\nDate: Tue, 1 Dec 2026 04:00:00 +0000\r\n\
         Message-ID: <{name}@outside.test>\r\n\r\nHello, this is {name}.\r\n"
    )
    .into_bytes()
}
