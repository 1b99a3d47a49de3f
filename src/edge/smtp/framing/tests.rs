//! Tests the framing with every short string, every cut, and an oracle that is written differently.

use super::super::budget::{Budget, Reservation};
use super::*;
use bytes::{Buf as _, BytesMut};
use std::net::{IpAddr, Ipv4Addr};

/// Where a message ends and what is kept of it: the length on the wire, and the bytes or the fault.
type Outcome = Option<(usize, Result<Vec<u8>, Fault>)>;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A budget of `bytes` for one message.
fn room(bytes: usize) -> Reservation {
    Budget::of(bytes, bytes).share(CLIENT)
}

fn receive<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, max: usize, budget: usize) -> Outcome {
    let mut body = Body::new(max, room(budget));
    let mut before = 0;
    for piece in pieces {
        if let Some(length) = body.feed(piece) {
            return Some((before + length, body.finish().map(|(raw, _room)| raw.to_vec())));
        }
        before += piece.len();
    }
    None
}

fn received(stream: &[u8]) -> Outcome {
    receive([stream], usize::MAX, usize::MAX)
}

/// The oracle: finds the end by string search, detects bare line ends by removing every CRLF, and
/// unstuffs line by line.
fn by_the_book(stream: &[u8]) -> Outcome {
    let text = format!("\r\n{}", std::str::from_utf8(stream).unwrap());
    let end = text.find("\r\n.\r\n")?;
    let raw = &text[2..end + 2];
    let mut lines: Vec<&str> = raw.split("\r\n").collect();
    if lines.iter().any(|line| line.contains(['\r', '\n'])) {
        return Some((end + 3, Err(Fault::BareLineEnd)));
    }
    for line in &mut lines {
        *line = line.strip_prefix('.').unwrap_or(line);
    }
    Some((end + 3, Ok(lines.join("\r\n").into_bytes())))
}

/// Every string over the letters up to the length `longest`.
fn strings(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..longest {
        let until = all.len();
        for place in from..until {
            all.extend(letters.iter().map(|letter| [&all[place][..], &[*letter]].concat()).collect::<Vec<_>>());
        }
        from = until;
    }
    all
}

#[test]
fn no_string_between_two_messages_makes_two_of_one() {
    let all = strings(b"\r\n.\0x", 7);
    assert_eq!(all.len(), 97_656);
    for middle in &all {
        for (before, after) in
            [("a: b\r\n\r\nfirst", "second\r\n.\r\n"), ("", "\r\n.\r\n"), ("x\r\n", "MAIL FROM:<e@v>\r\n.\r\n")]
        {
            let stream = [before.as_bytes(), middle, after.as_bytes()].concat();
            let outcome = received(&stream);
            assert_eq!(outcome, by_the_book(&stream), "{:?}", stream.escape_ascii().to_string());
            let whole = outcome.is_some_and(|(length, _)| length == stream.len());
            let ends_inside =
                [&b"\r\n"[..], &stream].concat()[..stream.len()].windows(5).any(|five| five == b"\r\n.\r\n");
            assert!(whole || ends_inside, "a false end in {:?}", stream.escape_ascii().to_string());
        }
    }
}

#[test]
fn where_a_stream_is_cut_changes_nothing() {
    for middle in strings(b"\r\n.x", 6) {
        let stream = [b"a\r\n..b", &middle[..], b"c\r\n.\r\nQUIT\r\n"].concat();
        let whole = received(&stream);
        assert_eq!(receive(stream.chunks(1), usize::MAX, usize::MAX), whole);
        for cut in 1..stream.len() {
            let (head, tail) = stream.split_at(cut);
            assert_eq!(
                receive([head, tail], usize::MAX, usize::MAX),
                whole,
                "{:?} cut at {cut}",
                stream.escape_ascii().to_string()
            );
        }
    }
}

#[test]
fn an_empty_message_ends_and_the_first_line_is_unstuffed() {
    assert_eq!(received(b".\r\n"), Some((3, Ok(vec![]))));
    assert_eq!(received(b"..\r\n.\r\n"), Some((7, Ok(b".\r\n".to_vec()))));
    assert_eq!(received(b".a\r\n.\r\n"), Some((7, Ok(b"a\r\n".to_vec()))));
}

#[test]
fn the_size_counts_without_stuffing_and_end() {
    assert_eq!(receive([&b"..234\r\n.\r\n"[..]], 6, 100), Some((10, Ok(b".234\r\n".to_vec()))));
    assert_eq!(receive([&b"..2345\r\n.\r\n"[..]], 6, 100), Some((11, Err(Fault::TooBig))));
}

#[test]
fn a_message_beyond_the_budget_is_read_to_its_end_and_gives_everything_back() {
    let budget = Budget::of(FIRST, FIRST);
    let mut body = Body::new(usize::MAX, budget.share(CLIENT));
    assert_eq!(body.feed(&[b'x'; FIRST]), None);
    assert!(!budget.share(CLIENT).grow_to(1), "the message holds all there is");
    assert_eq!(body.feed(b"x"), None);
    assert!(budget.share(CLIENT).grow_to(FIRST), "a message that is not kept holds nothing");
    assert_eq!(body.feed(b"\r\n.\r\nQUIT\r\n"), Some(5));
    assert_eq!(body.finish().unwrap_err(), Fault::NoRoom);
}

const FIRST: usize = 16 << 10;

#[test]
fn a_bare_line_end_outweighs_size_and_room() {
    assert_eq!(receive([&b"1234567\nx\r\n.\r\n"[..]], 6, 100), Some((14, Err(Fault::BareLineEnd))));
}

#[test]
fn a_message_without_end_is_given_up_at_four_times_the_limit() {
    let mut body = Body::new(1 << 20, room(usize::MAX));
    let fed = (1..=10).find(|_| {
        assert_eq!(body.feed(&[b'x'; 1 << 20]), None);
        body.is_overrun()
    });
    assert_eq!(fed, Some(5));
}

/// What the line reader finds in a stream that arrives in `pieces`: the lines, its last result, and
/// how many bytes are left in the buffer.
fn lines<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Line, usize) {
    let (mut reader, mut buffer, mut whole) = (Lines::default(), BytesMut::new(), Vec::new());
    let mut last = Line::Partial;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match reader.next(&mut buffer) {
                Line::Whole(length) => {
                    whole.push(buffer[..length].to_vec());
                    buffer.advance(length);
                }
                Line::Broken => return (whole, Line::Broken, 0),
                Line::TooLong => last = Line::TooLong,
                Line::Partial => break,
            }
        }
    }
    (whole, last, buffer.len())
}

#[test]
fn a_line_ends_in_crlf_and_nothing_else_however_it_is_cut() {
    for stream in strings(b"\r\nx", 8) {
        let found = lines([&stream[..]]);
        assert_eq!(lines(stream.chunks(1)), found);
        let text = String::from_utf8(stream).unwrap();
        let mut parts: Vec<&str> = text.split("\r\n").collect();
        let rest = parts.pop().unwrap();
        let sound = parts.iter().take_while(|part| !part.contains(['\r', '\n'])).count();
        let expected: Vec<Vec<u8>> = parts[..sound].iter().map(|part| format!("{part}\r\n").into_bytes()).collect();
        let bare = sound < parts.len()
            || rest.trim_end_matches('x').strip_suffix('\r').unwrap_or(rest).contains(['\r', '\n'])
            || rest.contains("\rx");
        assert_eq!(found.0, expected, "{text:?}");
        assert_eq!(found.1 == Line::Broken, bare, "{text:?}");
    }
}

#[test]
fn a_line_of_2048_bytes_is_a_command_and_one_more_is_too_long() {
    let line = |length: usize| [&vec![b'x'; length - 2][..], b"\r\n"].concat();
    for cut in [1, 7, 4096] {
        let (found, last, _) = lines(line(2048).chunks(cut));
        assert_eq!((found.len(), last), (1, Line::Partial));
        let long = [line(2049), line(10)].concat();
        let (found, last, left) = lines(long.chunks(cut));
        assert_eq!((found, last, left), (vec![line(10)], Line::TooLong, 0));
    }
}

#[test]
fn ten_megabytes_without_an_end_of_line_are_not_kept() {
    let (mut reader, mut buffer) = (Lines::default(), BytesMut::new());
    let mut said = 0;
    for _ in 0..2560 {
        buffer.extend_from_slice(&[b'x'; 4096]);
        said += usize::from(reader.next(&mut buffer) == Line::TooLong);
        assert!(buffer.is_empty() && buffer.capacity() <= 16384);
    }
    assert_eq!(said, 1);
    buffer.extend_from_slice(b"\r\nNOOP\r\n");
    assert_eq!(reader.next(&mut buffer), Line::Whole(6));
}

#[test]
fn a_line_that_never_ends_is_given_up() {
    let (mut reader, mut buffer) = (Lines::default(), BytesMut::new());
    let given_up = (0..17).any(|_| {
        buffer.extend_from_slice(&[b'x'; 1 << 20]);
        reader.next(&mut buffer) == Line::Broken
    });
    assert!(given_up);
}
