use super::*;
use crate::message::read::reparse::{header_names, see, values};
use crate::message::write::tests::assert_sendable;
use proptest::prelude::*;

const MARK: &str = "5f1d-example-mark";

fn adopted(raw: &[u8]) -> Result<Vec<u8>, DraftError> {
    adopt(raw, jiff::Timestamp::UNIX_EPOCH, "<0190@localhost>", MARK)
}

fn taken(raw: &str) -> String {
    String::from_utf8(adopted(raw.as_bytes()).unwrap()).unwrap()
}

fn refusal(raw: &str) -> String {
    let error = adopted(raw.as_bytes()).unwrap_err();
    assert_eq!(error.field, "raw");
    error.text
}

#[test]
fn what_is_missing_is_added_below_the_headers_and_the_body_stays() {
    assert_eq!(
        taken("From: a@example.com\nSubject: Hi\n\n.\n\nbody \r\n..\rend"),
        "From: a@example.com\r\nSubject: Hi\r\nMessage-ID: <0190@localhost>\r\n\
         Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n\
         X-Postern-Loop: 5f1d-example-mark\r\n\r\n.\r\n\r\nbody \r\n..\r\nend\r\n"
    );
}

#[test]
fn what_is_there_is_kept_unless_it_is_empty() {
    let mail = taken(
        "From: a@example.com\nmessage-id: <own@b>\nDate: \n\t\nAuto-Submitted: no\nX-Auto-Response-Suppress: OOF\n\n",
    );
    assert_eq!(values(mail.as_bytes(), "Message-ID").len(), 1);
    assert!(mail.contains("message-id: <own@b>\r\n") && mail.contains("Date: Thu, 1 Jan 1970"));
    assert_eq!(values(mail.as_bytes(), "Auto-Submitted"), ["no"]);
    assert_eq!(values(mail.as_bytes(), "X-Auto-Response-Suppress"), ["OOF"]);
}

#[test]
fn blind_recipients_return_paths_and_our_own_headers_do_not_leave() {
    let mail = taken(
        "Return-Path: <x@y>\nBCC: v@example.com,\n w@example.com\nFrom: a@example.com\nResent-Bcc: v@example.com\n\
         X-Postern-Key: secret\nX-Postern-Loop: other\nTo: b@example.com\n\nBcc: in the body\n",
    );
    assert!(
        !mail.contains("v@") && !mail.contains("w@") && !mail.contains("x@y") && !mail.contains("secret"),
        "{mail}"
    );
    assert!(mail.ends_with("\r\n\r\nBcc: in the body\r\n"));
    assert_eq!(values(mail.as_bytes(), "X-Postern-Loop"), [MARK]);
}

#[test]
fn a_mail_taken_over_twice_is_the_same() {
    for raw in ["From: a@example.com\n\nx", "From: a@example.com", "From: A\n <a@example.com>\nSubject:\n\n\n\n"] {
        let once = taken(raw);
        assert_eq!(taken(&once), once);
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    for (raw, said) in [
        ("", "no From header"),
        ("\n", "no From header"),
        ("To: a@example.com\n\nFrom: a@example.com\n", "no From header"),
        ("From:\n\n", "no address"),
        ("From: a@example.com\nFROM: b@example.com\n\n", "two From"),
        ("From: a@example.com\nno header\n\n", "header line 2"),
        ("From: a@example.com\nBcc : b@example.com\n\n", "header line 2"),
        ("From: a@example.com\n: b\n\n", "header line 2"),
        ("From: a@example.com\nÜ: b\n\n", "header line 2"),
        ("From ann Mon Nov  2 10:14:05 2026\nFrom: a@example.com\n\n", "header line 1"),
        (" From: a@example.com\n\n", "first line"),
        ("From: a@example.com\nSubject: a\x0bb\n\n", "control character"),
        ("From: a@example.com\nSubject: a\x1b[0m\n\n", "control character"),
        ("From: a@example.com\n\nbody \0\n", "NUL"),
    ] {
        assert!(refusal(raw).contains(said), "{raw:?}: {}", refusal(raw));
    }
}

#[test]
fn a_line_of_white_space_does_not_end_the_headers() {
    let mail = taken("From: a@example.com\n \t \nBcc: v@example.com\nX-Own: a\n \n b\n\nbody");
    assert!(!mail.contains("v@example.com") && mail.contains("\r\nX-Own: a\r\n b\r\n"));
    assert_sendable(mail.as_bytes());
}

#[test]
fn long_header_lines_are_folded_at_white_space_or_refused() {
    let words = "word ".repeat(2000);
    let mail = taken(&format!("From: a@example.com\nX-Own: {words}\n\n"));
    assert_sendable(mail.as_bytes());
    assert_eq!(mail.matches("word").count(), 2000);
    let unbroken = "x".repeat(999);
    assert!(refusal(&format!("From: a@example.com\nX-Own: {unbroken}\n\n")).contains("longer than 998"));
    assert!(refusal(&format!("From: a@example.com\nX-Own: a\n {}{unbroken}\n\n", " ".repeat(2000))).contains("998"));
}

#[test]
fn a_long_line_in_a_text_is_written_anew_and_read_as_before() {
    let long = format!("short\n{}= \u{fc}\n.\n\nend \n", "x".repeat(999));
    for head in [
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n",
        "MIME-Version: 1.0\nContent-Type:\n TEXT/PLAIN;\n charset=utf-8\n",
        "Content-type: text/plain; charset=\"utf-8\"\ncontent-transfer-encoding: Binary\n",
    ] {
        let mail = taken(&format!("From: a@example.com\n{head}\n{long}"));
        assert_sendable(mail.as_bytes());
        assert_eq!(values(mail.as_bytes(), "Content-Transfer-Encoding"), ["quoted-printable"]);
        assert_eq!(values(mail.as_bytes(), "MIME-Version"), ["1.0"]);
        let read = see(mail.as_bytes()).text.unwrap().replace("\r\n", "\n");
        assert_eq!(read.trim_end_matches('\n'), long.trim_end_matches('\n'), "{mail}");
        assert_eq!(taken(&mail), mail, "once is enough");
    }
}

#[test]
fn a_body_without_long_lines_stays_byte_for_byte() {
    let most = format!("{}\r\n", "x".repeat(998));
    assert!(taken(&format!("From: a@example.com\n\n{most}")).ends_with(&format!("\r\n\r\n{most}")));
}

#[test]
fn a_long_line_that_cannot_be_written_anew_is_refused_with_its_number() {
    let long = "x".repeat(999);
    for head in [
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: application/json\n",
        "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n",
        "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n",
        "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n",
        "DKIM-Signature: v=1\n",
    ] {
        let said = refusal(&format!("From: a@example.com\n{head}\nfirst\n{long}\n"));
        assert!(said.starts_with("line 2 of the body is longer than 998 bytes"), "{head}: {said}");
    }
}

#[test]
fn much_of_anything_are_taken_or_refused_in_linear_time() {
    for piece in ["\r", "\n", "x", " ", "x\n", "\n\n", "a:b\n", "a b"] {
        let many = piece.repeat(512 * 1024 / piece.len());
        for raw in [many.clone(), format!("From: a@b\nX: {many}"), format!("From: a@b\nX: y\n {many}z")] {
            if let Ok(mail) = adopted(raw.as_bytes()) {
                assert!(mail.ends_with(b"\r\n"));
            }
        }
    }
}

#[test]
fn an_unusable_fallback_or_mark_is_named() {
    let field = |id, mark| adopt(b"From: a@b\n\n", jiff::Timestamp::UNIX_EPOCH, id, mark).unwrap_err().field;
    assert_eq!((field("a b", MARK), field("a@b", "")), ("message_id", "loop_mark"));
}

proptest! {
    #[test]
    fn whatever_is_taken_over_can_be_sent_and_hides_nobody(
        pieces in proptest::collection::vec(
            "(From|Bcc|Resent-Bcc|X-Postern-Key|Subject|Date|X): ?[a-z@<>]{0,8}(\r\n|\n|\r)|[ \t]x?(\r\n|\n)|\\PC{0,3}|\r|\n| ",
            0..12,
        ),
    ) {
        let raw = format!("From: a@example.com\r\n{}", pieces.concat());
        if let Ok(mail) = adopted(raw.as_bytes()) {
            assert_sendable(&mail);
            let names = header_names(&mail);
            let times = |name: &str| names.iter().filter(|known| *known == name).count();
            prop_assert_eq!([times("from"), times("x-postern-loop"), times("message-id")], [1, 1, 1]);
            prop_assert!(times("date") >= 1);
            prop_assert_eq!([times("bcc"), times("resent-bcc"), times("x-postern-key")], [0, 0, 0]);
            prop_assert_eq!(adopted(&mail), Ok(mail));
        }
    }

    #[test]
    fn any_bytes_are_taken_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut mail = b"From: a@example.com\r\n".to_vec();
        mail.extend(&raw);
        for bytes in [raw, mail] {
            if let Ok(out) = adopted(&bytes) {
                assert_sendable(&out);
            }
        }
    }
}
