use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const MARK: &str = "5f1d-example-mark";

/// Every file in `fixtures/mail`: why it is automatic (`-`: a person wrote it) and its Message-ID
/// (`-`: none).
const TABLE: &str = "
auto_generated_with_parameter    auto_submitted <auto-2@mail.example.com>
auto_replied                     auto_submitted <auto-1@mail.example.com>
auto_submitted_empty             -              <auto-5@mail.example.com>
auto_submitted_no                -              <auto-3@mail.example.com>
auto_submitted_no_with_parameter -              <auto-4@mail.example.com>
auto_submitted_twice             auto_submitted <auto-6@mail.example.com>
body_empty                       -              <empty-1@mail.example.com>
body_only                        -              -
bounce_delivery_failed           report         <20261102092000.4CxQ7k2Zz8@mail.example.com>
bounce_plain_text                -              <bounce-2@old.example.com>
encoding_header_injection        -              <enc-3@mail.example.com>
encoding_illegal_utf8            auto_submitted <enc-\u{fffd}-4@mail.example.com>
encoding_latin1                  -              <enc-1@mail.example.com>
encoding_nul                     -              <enc-5@mail.example.com>
encoding_utf16                   -              <enc-2@mail.example.com>
header_very_long                 auto_submitted <long-1@mail.example.com>
header_without_colon             x_autoreply    <colon-1@mail.example.com>
headers_only                     auto_submitted <empty-2@mail.example.com>
issue_new                        -              <issue-1@mail.example.com>
issue_with_attachment            -              <issue-2@mail.example.com>
loop_mark                        loop_mark      <issue_12@localhost>
loop_mark_of_another             -              <fwd-1@mail.example.com>
loop_mark_on_verification        -              <verify_7@localhost>
loop_mark_on_verification_looped too_many_hops  <verify_7@localhost>
mailing_list                     -              <list-1@lists.example.com>
merge_request_patch              -              <mr-1@mail.example.com>
message_id_long                  -              LONG
message_id_missing               -              -
message_id_twice                 -              <first@mail.example.com>
nested_auto_reply                -              <nest-1@mail.example.com>
read_receipt                     report         <mdn-1@mail.example.com>
received_50                      -              <hops-50@mail.example.com>
received_51                      too_many_hops  <hops-51@mail.example.com>
recipients_several               -              <rcpt-1@mail.example.com>
reply_html                       -              <reply-3@mail.example.com>
reply_plain                      -              <reply-1@mail.example.com>
reply_quoted                     -              <reply-2@mail.example.com>
reply_signed                     -              <reply-4@mail.example.com>
service_desk_forwarded           -              <desk-2@shop.example.com>
service_desk_ticket              -              <desk-1@shop.example.com>
unsubscribe                      -              <unsub-1@mail.example.com>
x_autoreply_no                   -              <auto-8@mail.example.com>
x_autoreply_yes                  x_autoreply    <auto-7@mail.example.com>
";

/// The fixtures by name.
fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mail");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect()
}

#[test]
fn every_fixture_reads_as_the_table_says() {
    let mut rows: BTreeMap<&str, (Option<Automatic>, Option<String>)> = BTreeMap::new();
    let long = format!("<{}", "l".repeat(249));
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let [name, automatic, id] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        let id = Some(id.replace("LONG", &long)).filter(|id| id != "-");
        rows.insert(name, (Automatic::parse(automatic), id));
    }
    let fixtures = fixtures();
    assert_eq!(fixtures.keys().map(String::as_str).collect::<Vec<_>>(), rows.keys().copied().collect::<Vec<_>>());
    for (name, raw) in &fixtures {
        let reading = read(raw, MARK);
        assert_eq!((reading.automatic, reading.message_id), rows[name.as_str()].clone(), "{name}");
    }
}

#[test]
fn every_fixture_has_crlf_line_endings_only() {
    for (name, raw) in fixtures() {
        let bare = raw.iter().enumerate().any(|(place, byte)| match byte {
            b'\r' => raw.get(place + 1) != Some(&b'\n'),
            b'\n' => place == 0 || raw[place - 1] != b'\r',
            _ => false,
        });
        assert!(!bare && raw.ends_with(b"\r\n"), "{name}: check fixtures/** -text in .gitattributes");
    }
}

#[test]
fn bare_line_feeds_are_read_the_same() {
    for (name, raw) in fixtures() {
        let unix: Vec<u8> = raw.iter().copied().filter(|byte| *byte != b'\r').collect();
        assert_eq!(read(&raw, MARK), read(&unix, MARK), "{name}");
    }
}

#[test]
fn two_megabytes_of_nested_messages_are_read_on_a_small_stack() {
    for level in
        ["Content-Type: message/rfc822\r\n\r\n", "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\n"]
    {
        let mut bomb = b"Message-ID: <bomb@example.com>\r\nAuto-Submitted: auto-generated\r\n".to_vec();
        bomb.extend(level.repeat(2 * 1024 * 1024 / level.len()).bytes());
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let reading = thread.spawn(move || read(&bomb, MARK)).unwrap().join().unwrap();
        assert_eq!(reading.automatic, Some(Automatic::AutoSubmitted));
        assert_eq!(reading.message_id.as_deref(), Some("<bomb@example.com>"));
    }
}

#[test]
fn headers_beyond_the_first_mebibyte_are_not_looked_at() {
    let mut raw = b"Message-ID: <far@example.com>\r\n".to_vec();
    raw.extend("X-Filler: x\r\n".repeat(HEADER_BYTES / 13).bytes());
    raw.extend(b"Auto-Submitted: auto-replied\r\n\r\n");
    assert_eq!(read(&raw, MARK), Reading { automatic: None, message_id: Some("<far@example.com>".into()) });
}

#[test]
fn an_empty_loop_mark_marks_nothing() {
    assert_eq!(read(b"X-Postern-Loop:\r\n\r\n", "").automatic, None);
    assert_eq!(read(b"X-Postern-Loop: \"\"\r\n\r\n", "").automatic, None);
}

#[test]
fn only_the_first_word_of_auto_submitted_counts() {
    for (value, automatic) in [
        ("no", false),
        (" NO ", false),
        ("no;auto-replied", false),
        ("no(comment)", false),
        ("no, thanks", true),
        ("(no) auto-generated", true),
        ("((nested) comment) no", false),
        ("none", true),
        ("yes", true),
        (";x=y", false),
        ("(never closed", false),
        ("\r\n auto-replied", true),
    ] {
        let raw = format!("Auto-Submitted:{value}\r\n\r\n");
        assert_eq!(read(raw.as_bytes(), MARK).automatic.is_some(), automatic, "{value:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        let reading = read(&raw, MARK);
        prop_assert!(reading.message_id.is_none_or(|id| !id.chars().any(char::is_control)));
    }

    #[test]
    fn any_header_values_are_read_without_harm(
        name in "Auto-Submitted|X-Autoreply|Content-Type|Message-ID|Received|X-Postern-Loop",
        value in "(\\PC|[\r\n\t\0\"();=?<>@ ]){0,60}",
    ) {
        let reading = read(format!("{name}: {value}\r\n{name}: {value}\r\n\r\n").as_bytes(), MARK);
        if let Some(id) = reading.message_id {
            prop_assert!(!id.chars().any(char::is_control) && id.chars().count() <= MESSAGE_ID_CHARS);
        }
    }
}
