//! Parses a command line. `smtp-proto` reads the verbs and MAIL's parameters; [`path`] reads the
//! paths.
//!
//! Only lines that passed the framing arrive here, so the parser's leniency about CR and LF has no
//! effect. This module guards against its other traps: it accepts arguments to DATA, RSET and QUIT,
//! wraps a SIZE beyond 64 bits, and accepts parameters that the server did not offer.

use super::reply::{self, Reply};
use crate::message::path;
use smtp_proto::request::parser::Rfc5321Parser;
use smtp_proto::{Error, MAIL_BODY_BINARYMIME, MAIL_SMTPUTF8, Request};
use std::borrow::Cow;

/// A client's command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// HELO with the client's name.
    Helo(Cow<'a, str>),
    /// EHLO with the client's name.
    Ehlo(Cow<'a, str>),
    /// MAIL, or the reply that refuses it.
    Mail(Result<From<'a>, Reply>),
    /// RCPT with its path, or the reply that refuses it.
    Recipient(Result<&'a str, Reply>),
    /// DATA, or the reply that refuses it.
    Data(Result<(), Reply>),
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// VRFY.
    Verify,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
    /// Another protocol, such as HTTP: the session cannot continue.
    NotSmtp,
    /// A command that is not supported, with its reply.
    Wrong(Reply),
}

/// The contents of MAIL.
#[derive(Debug, PartialEq, Eq)]
pub struct From<'a> {
    /// The reverse path; `None` is the null sender.
    pub sender: Option<&'a str>,
    /// The announced size in bytes (RFC 1870).
    pub size: u64,
    /// Whether addresses may be UTF-8 (RFC 6531).
    pub utf8: bool,
}

/// HTTP methods and the PROXY protocol's first word. A browser or a service that was tricked into
/// connecting to this port must not get any further.
const FOREIGN: [&str; 10] = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PROXY"];

/// Commands of SMTP and its extensions that are recognised but not offered.
const NOT_OFFERED: [&str; 14] = [
    "AUTH", "STARTTLS", "BDAT", "EXPN", "ETRN", "ATRN", "TURN", "BURL", "LHLO", "XCLIENT", "XFORWARD", "SEND", "SOML",
    "SAML",
];

/// Whether this line is a RCPT. Consecutive RCPT commands are judged together.
pub fn is_recipient(line: &[u8]) -> bool {
    line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"RCPT"))
}

/// Whether these are the first bytes of a TLS handshake. It contains no line end, so the server
/// must not wait for one.
pub fn is_tls(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x16, 0x03])
}

impl<'a> Command<'a> {
    /// Parses a line that ends in CRLF.
    pub fn parse(line: &'a [u8]) -> Self {
        let Ok(text) = std::str::from_utf8(line.strip_suffix(b"\r\n").unwrap_or(line)) else {
            return Self::Wrong(reply::UNREADABLE);
        };
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Self::Wrong(reply::UNREADABLE);
        }
        let verb = text.split(' ').next().unwrap_or_default();
        let is = |name: &&str| verb.eq_ignore_ascii_case(name);
        if is(&"MAIL") {
            return Self::Mail(mail(text, line));
        }
        if is(&"RCPT") {
            return Self::Recipient(recipient(text));
        }
        if FOREIGN.iter().any(&is) || verb.ends_with(':') {
            return Self::NotSmtp;
        }
        if NOT_OFFERED.iter().any(is) {
            return Self::Wrong(reply::NOT_OFFERED);
        }
        if !text.is_ascii() {
            return Self::Wrong(reply::UNREADABLE);
        }
        Self::plain(line, !text[verb.len()..].trim().is_empty())
    }

    fn plain(line: &'a [u8], has_arguments: bool) -> Self {
        match Request::parse(&mut line.iter()) {
            Ok(Request::Data) => Self::Data(if has_arguments { Err(reply::SYNTAX) } else { Ok(()) }),
            Ok(Request::Rset | Request::Quit) if has_arguments => Self::Wrong(reply::SYNTAX),
            Ok(Request::Helo { host }) => Self::Helo(host),
            Ok(Request::Ehlo { host }) => Self::Ehlo(host),
            Ok(Request::Rset) => Self::Reset,
            Ok(Request::Noop { .. }) => Self::Noop,
            Ok(Request::Vrfy { .. }) => Self::Verify,
            Ok(Request::Help { .. }) => Self::Help,
            Ok(Request::Quit) => Self::Quit,
            Ok(_) => Self::Wrong(reply::NOT_OFFERED),
            Err(Error::UnknownCommand | Error::NeedsMoreData { .. }) => Self::Wrong(reply::UNKNOWN_COMMAND),
            Err(_) => Self::Wrong(reply::SYNTAX),
        }
    }
}

fn mail<'a>(text: &'a str, line: &[u8]) -> Result<From<'a>, Reply> {
    let (path, parameters) = after(text, "MAIL FROM:").and_then(path::split).ok_or(reply::BAD_SENDER)?;
    let sender = path::sender(path).ok_or(reply::BAD_SENDER)?;
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return Err(reply::PARAMETER);
    }
    let mut size = 0;
    for (place, (key, value)) in keys(parameters).enumerate() {
        if keys(parameters).take(place).any(|(earlier, _)| earlier.eq_ignore_ascii_case(key)) {
            return Err(reply::REPEATED_PARAMETER);
        }
        if key.eq_ignore_ascii_case("SIZE") {
            size = announced_size(value)?;
        } else if !["BODY", "SMTPUTF8"].iter().any(|name| key.eq_ignore_ascii_case(name)) {
            return Err(reply::UNKNOWN_PARAMETER);
        }
    }
    // The parser needs the line's CRLF, and the parameters end the line. A size beyond 64 bits
    // would be a syntax error to the parser; the limit refuses it anyway.
    let flags = if size == u64::MAX { 0 } else { flags(&line[text.len() - parameters.len()..])? };
    if flags & MAIL_BODY_BINARYMIME != 0 {
        return Err(reply::UNKNOWN_PARAMETER);
    }
    let utf8 = flags & MAIL_SMTPUTF8 != 0;
    if !utf8 && !text.is_ascii() {
        return Err(reply::NEEDS_UTF8);
    }
    Ok(From { sender, size, utf8 })
}

/// The parameters of MAIL as `smtp-proto` reads them.
fn flags(parameters: &[u8]) -> Result<u64, Reply> {
    let mut bytes = parameters.iter();
    let mut parser = Rfc5321Parser::new(&mut bytes);
    parser.stop_char = b'>';
    parser.mail_from_parameters(Cow::Borrowed("")).map(|from| from.flags).map_err(|_| reply::PARAMETER)
}

/// The SIZE parameter (RFC 1870): one to twenty digits. A number beyond 64 bits is too big for any
/// limit.
fn announced_size(digits: &str) -> Result<u64, Reply> {
    let is_number = (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(digits.parse().unwrap_or(u64::MAX)) } else { Err(reply::PARAMETER) }
}

fn recipient(text: &str) -> Result<&str, Reply> {
    let (path, parameters) = after(text, "RCPT TO:").and_then(path::split).ok_or(reply::BAD_RECIPIENT)?;
    let recipient = path::recipient(path).ok_or(reply::BAD_RECIPIENT)?;
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return Err(reply::PARAMETER);
    }
    match keys(parameters).next() {
        None => Ok(recipient),
        Some(_) => Err(reply::UNKNOWN_PARAMETER),
    }
}

/// The text after `prefix`, which may be in any case. Spaces after the colon are forbidden but
/// common, so they are skipped.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| rest.trim_start_matches(' '))
}

fn keys(parameters: &str) -> impl Iterator<Item = (&str, &str)> {
    parameters.split(' ').filter(|word| !word.is_empty()).map(|word| word.split_once('=').unwrap_or((word, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(line: &str) -> Result<(Option<String>, u64, bool), Reply> {
        match Command::parse(format!("{line}\r\n").as_bytes()) {
            Command::Mail(from) => from.map(|from| (from.sender.map(str::to_owned), from.size, from.utf8)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn smtp_proto_would_lose_postmaster_and_quotes_and_we_do_not() {
        let lost = Request::parse(&mut b"RCPT TO:<Postmaster>\r\n".iter());
        assert!(matches!(lost, Ok(Request::Rcpt { to }) if to.address.is_empty()));
        let stripped = Request::parse(&mut b"RCPT TO:<\"a b\"@c>\r\n".iter());
        assert!(matches!(stripped, Ok(Request::Rcpt { to }) if to.address == "a b@c"));
        assert_eq!(Command::parse(b"RCPT TO:<Postmaster>\r\n"), Command::Recipient(Ok("Postmaster")));
        assert_eq!(Command::parse(b"rcpt to: <\"a b\"@c>\r\n"), Command::Recipient(Ok("\"a b\"@c")));
    }

    #[test]
    fn smtp_proto_wraps_a_huge_size_and_we_do_not() {
        let wrapped = Request::parse(&mut b"MAIL FROM:<> SIZE=184467440737095516160\r\n".iter());
        assert!(matches!(wrapped, Ok(Request::Mail { from }) if from.size == 0));
        assert_eq!(sender("MAIL FROM:<> SIZE=184467440737095516160"), Err(reply::PARAMETER));
        assert_eq!(sender("MAIL FROM:<> SIZE=18446744073709551616"), Ok((None, u64::MAX, false)));
        assert_eq!(sender("MAIL FROM:<> SIZE=-1"), Err(reply::PARAMETER));
        assert_eq!(sender("MAIL FROM:<> SIZE"), Err(reply::PARAMETER));
    }

    #[test]
    fn the_parameters_offered_are_taken_and_no_others() {
        let line = "mail from:<a@b> size=7 BODY=8bitmime SMTPUTF8";
        assert_eq!(sender(line), Ok((Some("a@b".into()), 7, true)));
        assert_eq!(sender("MAIL FROM:<a@b> BODY=7BIT "), Ok((Some("a@b".into()), 0, false)));
        for odd in ["RET=FULL", "AUTH=<>", "MT-PRIORITY=0", "BODY=BINARYMIME", "X", "REQUIRETLS"] {
            assert_eq!(sender(&format!("MAIL FROM:<a@b> {odd}")), Err(reply::UNKNOWN_PARAMETER), "{odd}");
        }
        for odd in ["BODY=9BIT", "BODY", "SMTPUTF8=x"] {
            assert_eq!(sender(&format!("MAIL FROM:<a@b> {odd}")), Err(reply::PARAMETER), "{odd}");
        }
        assert_eq!(sender("MAIL FROM:<a@b>SIZE=1"), Err(reply::PARAMETER));
        for twice in ["SIZE=1 SIZE=1", "BODY=7BIT SMTPUTF8 body=8BITMIME", "SMTPUTF8 SMTPUTF8"] {
            assert_eq!(sender(&format!("MAIL FROM:<a@b> {twice}")), Err(reply::REPEATED_PARAMETER), "{twice}");
        }
        let notify = Command::parse(b"RCPT TO:<a@b> NOTIFY=NEVER\r\n");
        assert_eq!(notify, Command::Recipient(Err(reply::UNKNOWN_PARAMETER)));
    }

    #[test]
    fn what_the_client_calls_itself_is_kept_as_it_says_it() {
        assert_eq!(Command::parse(b"EHLO [192.0.2.7]\r\n"), Command::Ehlo("[192.0.2.7]".into()));
        assert_eq!(Command::parse(b"helo Mx.Example.com\r\n"), Command::Helo("Mx.Example.com".into()));
    }

    #[test]
    fn an_argument_where_none_belongs_is_a_syntax_error() {
        assert_eq!(Command::parse(b"DATA now\r\n"), Command::Data(Err(reply::SYNTAX)));
        assert_eq!(Command::parse(b"QUIT x\r\n"), Command::Wrong(reply::SYNTAX));
        assert_eq!(Command::parse(b"quit  \r\n"), Command::Quit);
        assert_eq!(Command::parse(b"EHLO\r\n"), Command::Wrong(reply::SYNTAX));
    }

    #[test]
    fn no_line_makes_the_parser_panic() {
        let pieces =
            [" ", "<", ">", "\"", "\\", "@", "=", ":", "SIZE=", "BODY=", "MAIL FROM:", "x", "\0", "ü", "", ","];
        let lists: Vec<String> = pieces.iter().flat_map(|a| pieces.iter().map(move |b| format!("{a}{b}"))).collect();
        for (head, tail) in lists.iter().flat_map(|head| lists.iter().map(move |tail| (head, tail))) {
            for verb in ["MAIL FROM:<", "RCPT TO:<a@b>", "EHLO ", "VRFY ", "NOOP", ""] {
                let _ = Command::parse(format!("{verb}{head}{tail}\r\n").as_bytes());
            }
        }
    }
}
