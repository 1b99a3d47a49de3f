//! Checks request heads as strictly as RFC 9112 allows. A head that another program on the path
//! might read differently gets 400.
//!
//! hyper accepts a bare LF as a line end and silently drops a raw `#` from the target. So [`Heads`]
//! sees the bytes first and replaces such a byte by NUL, which hyper refuses with 400. It follows
//! the framing only to know where heads are; hyper alone parses the request. [`fault`] then checks
//! what hyper has read: exactly one `Host`, and the size.

use super::problem::Problem;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Version, header};

/// Most header lines in a head.
pub const MAX_LINES: usize = 100;
/// Most bytes in a head.
pub const MAX_BYTES: usize = 64 * 1024;
/// Bytes of a header line that are kept: enough for the name and value of a header that frames the
/// body.
const KEPT: usize = 96;

/// A fault in a request's head. It travels in the request, so that the request is answered and
/// logged like any other.
#[derive(Debug, Clone)]
pub struct Fault(pub Problem);

/// The fault in a head that hyper has read, if any.
#[must_use]
pub fn fault<B>(request: &Request<B>) -> Option<Fault> {
    let (status, detail) = if size(request) > MAX_BYTES {
        (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The head of the request is longer than 64 KiB: send shorter headers.",
        )
    } else if !has_one_host(request) {
        (StatusCode::BAD_REQUEST, "The request must carry exactly one valid Host header.")
    } else {
        return None;
    };
    let close = HeaderValue::from_static("close");
    Some(Fault(Problem::new(status, detail).header(header::CONNECTION, close)))
}

/// The size of the head in bytes, in the usual spelling.
fn size<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + " HTTP/1.1\r\n".len() + 1;
    line + request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + 2
}

/// Whether `Host` occurs once (RFC 9112, section 3.2). HTTP/1.0 has no `Host`, and some health
/// checks still use it.
fn has_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let Some(host) = hosts.next() else { return request.version() < Version::HTTP_11 };
    let is_authority = |host: &str| host.is_empty() || !host.contains('@') && host.parse::<Authority>().is_ok();
    hosts.next().is_none() && host.to_str().is_ok_and(is_authority)
}

/// The position of the next byte in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// Before the request line, where empty lines are skipped.
    #[default]
    Start,
    /// In the request line.
    Target,
    /// In a header line.
    Field,
    /// In the body or in a chunk, with the number of bytes left.
    Body(u64),
    /// In the size of a chunk.
    Size(u64),
    /// In a chunk extension, after the size.
    Extension(u64),
    /// In a line after the last chunk.
    Trailer,
    /// After a replaced byte; hyper closes the connection.
    Refused,
}

/// Watches the bytes of one connection.
#[derive(Debug, Default)]
pub struct Heads {
    at: At,
    previous: u8,
    line: Vec<u8>,
    length: u64,
    is_chunked: bool,
}

impl Heads {
    /// Inspects received bytes and replaces the first one that is not allowed.
    pub fn inspect(&mut self, bytes: &mut [u8]) {
        let mut place = 0;
        while let Some(byte) = bytes.get_mut(place) {
            if let At::Body(left) = self.at {
                let here = bytes.len() - place;
                let passed = usize::try_from(left).map_or(here, |left| left.min(here));
                place += passed;
                let left = left.saturating_sub(u64::try_from(passed).unwrap_or(u64::MAX));
                self.at = if left == 0 { self.behind_body() } else { At::Body(left) };
                continue;
            }
            if !self.allows(*byte) {
                *byte = 0;
                self.at = At::Refused;
            }
            self.previous = *byte;
            place += 1;
        }
    }

    fn behind_body(&self) -> At {
        if self.is_chunked { At::Size(0) } else { At::Start }
    }

    fn allows(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.at == At::Refused => {}
            b'\n' if self.previous != b'\r' => return false,
            b'\n' => self.end_line(),
            b'#' if matches!(self.at, At::Start | At::Target) => return false,
            b'\r' => {}
            _ => self.step(byte),
        }
        true
    }

    /// Handles a byte within a line.
    fn step(&mut self, byte: u8) {
        match self.at {
            At::Start => {
                (self.at, self.length, self.is_chunked) = (At::Target, 0, false);
            }
            At::Field | At::Trailer if self.line.len() < KEPT => self.line.push(byte),
            At::Size(size) => {
                let digit = char::from(byte).to_digit(16);
                self.at = digit.map_or(At::Extension(size), |digit| {
                    At::Size(size.saturating_mul(16).saturating_add(u64::from(digit)))
                });
            }
            At::Target | At::Field | At::Trailer | At::Extension(_) | At::Body(_) | At::Refused => {}
        }
    }

    fn end_line(&mut self) {
        let is_empty = self.line.is_empty();
        self.at = match self.at {
            At::Target => At::Field,
            At::Field if is_empty => self.behind_head(),
            At::Field => {
                self.read_field();
                At::Field
            }
            At::Size(0) | At::Extension(0) => At::Trailer,
            // The chunk includes the CRLF that follows it.
            At::Size(size) | At::Extension(size) => At::Body(size.saturating_add(2)),
            At::Trailer if is_empty => At::Start,
            other @ (At::Start | At::Trailer | At::Body(_) | At::Refused) => other,
        };
        self.line.clear();
    }

    fn behind_head(&self) -> At {
        match (self.is_chunked, self.length) {
            (true, _) => At::Size(0),
            (false, 0) => At::Start,
            (false, length) => At::Body(length),
        }
    }

    fn read_field(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        let Some((name, value)) = line.split_once(':') else { return };
        if name.eq_ignore_ascii_case("content-length") {
            self.length = value.trim().parse().unwrap_or(0);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.is_chunked = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that hyper sees, for every way to cut them into pieces.
    fn seen(text: &str) -> String {
        let whole = seen_in_pieces(text, usize::MAX);
        for size in 1..8 {
            assert_eq!(seen_in_pieces(text, size), whole, "in pieces of {size}");
        }
        whole
    }

    fn seen_in_pieces(text: &str, size: usize) -> String {
        let (mut heads, mut bytes) = (Heads::default(), text.as_bytes().to_vec());
        bytes.chunks_mut(size).for_each(|piece| heads.inspect(piece));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn well_formed_requests_pass_as_they_are_one_after_another() {
        let requests = "\r\nGET /a HTTP/1.1\r\nHost: x\r\nX: #\r\n\r\n\
            POST /b HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\na\nb#\n\
            POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\n#\n\n\r\nA;x=y\r\n0123456\n\n\n\r\n0\r\nTrailer: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(seen(requests), requests);
    }

    #[test]
    fn a_bare_line_feed_in_any_head_is_replaced() {
        for (text, expected) in [
            ("GET / HTTP/1.1\nHost: x\r\n\r\n", "GET / HTTP/1.1\0Host: x\r\n\r\n"),
            ("GET / HTTP/1.1\r\nHost: x\nFoo: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\0Foo: y\r\n\r\n"),
            ("GET / HTTP/1.1\r\nHost: x\r\n\n", "GET / HTTP/1.1\r\nHost: x\r\n\0"),
            ("\nGET / HTTP/1.1\r\n\r\n", "\0GET / HTTP/1.1\r\n\r\n"),
        ] {
            assert_eq!(seen(text), expected);
        }
        let second = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\n\nGET / HTTP/1.1\nHost: x\r\n\r\n";
        assert_eq!(seen(second), second.replace("1.1\nHost", "1.1\0Host"));
    }

    #[test]
    fn a_number_sign_in_the_target_is_replaced() {
        assert_eq!(seen("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"), "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n");
    }
}
