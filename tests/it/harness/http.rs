//! An HTTP/1.1 client with one request per connection; every read has a time limit.

use super::wait::seconds;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let of_line = |line: &'_ str| line.split_once(':').map(|(key, _)| key.eq_ignore_ascii_case(name));
        let line = self.head.lines().skip(1).find(|line| of_line(line) == Some(true))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON ({error}): {} {text}", self.status))
    }
}

/// Sends one request. `headers` are `Name: value` lines.
pub fn request(port: u16, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Response {
    try_request(port, method, path, headers, body).unwrap()
}

/// The same for a server that may be down.
pub fn try_request(port: u16, method: &str, path: &str, headers: &[&str], body: &[u8]) -> io::Result<Response> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(seconds(30)))?;
    stream.set_write_timeout(Some(seconds(30)))?;
    let mut wire = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for header in headers {
        wire.push_str(header);
        wire.push_str("\r\n");
    }
    wire.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut wire = wire.into_bytes();
    wire.extend_from_slice(body);
    stream.write_all(&wire)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&bytes).ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

/// A complete response; `None` if it is cut off.
fn read(bytes: &[u8]) -> Option<Response> {
    let end = memchr::memmem::find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut response = Response { status, head, body: bytes[end + 4..].to_vec() };
    if response.header("transfer-encoding").is_some() {
        response.body = unchunked(&response.body)?;
    }
    let announced = response.header("content-length").and_then(|length| length.parse::<usize>().ok());
    announced.is_none_or(|length| length == response.body.len()).then_some(response)
}

fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = memchr::memmem::find(bytes, b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 4 + size..)?;
    }
}
