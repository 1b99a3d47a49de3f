use super::*;

#[test]
fn lines_come_out_whole_however_they_came_in() {
    let text = b"{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\":3}";
    for size in 1..text.len() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for piece in text.chunks(size) {
            lines.push(piece);
            while let Some(line) = lines.next() {
                seen.push(line.unwrap().trim_ascii().to_vec());
            }
        }
        seen.extend(lines.rest().map(|line| line.unwrap().to_vec()));
        assert_eq!(seen, [b"{\"a\":1}", b"{\"b\":2}", b"{\"c\":3}"], "in pieces of {size}");
    }
}

#[test]
fn a_line_that_is_too_long_is_thrown_away_and_the_next_one_is_read() {
    let mut lines = Lines::default();
    let piece = vec![b'x'; MAX_BYTES / 4 + 1];
    for _ in 0..5 {
        lines.push(&piece);
        assert_eq!(lines.next(), None);
        assert!(lines.buffer.len() <= MAX_BYTES);
    }
    lines.push(b"xx\n{}\n");
    assert_eq!(lines.next(), Some(Err(Unread::TooLong)));
    assert_eq!(lines.next(), Some(Ok(Bytes::from_static(b"{}\n"))));
}
