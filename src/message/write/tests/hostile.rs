use super::*;
use proptest::prelude::*;

/// Text that tries to break out of its context.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: v@example.com\r\n"),
        Just("\r\n\r\n"),
        Just("\n"),
        Just("\r"),
        Just("\0"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("\x0b"),
        Just("=?utf-8?q?=0D=0ABcc:_v=40example.com?="),
        Just("\""),
        Just("\\"),
        Just(", <v@example.com>, "),
        Just("; x:"),
        Just("()"),
        Just("@"),
        Just(" "),
        Just("ü"),
        Just("\r\n.\r\n"),
        Just("--postern-"),
        Just("ordinary"),
    ];
    let pieces = proptest::collection::vec(piece.prop_map(str::to_owned), 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![4 => pieces, 1 => any::<String>(), 1 => "[a-z]{0,1200}"]
}

fn hostile_mailbox() -> impl Strategy<Value = Mailbox> {
    let address = prop_oneof![Just("e@example.com"), Just("\"a, b\"@example.com"), Just("jörg@exämple.example")];
    (proptest::option::of(hostile()), address)
        .prop_map(|(name, address)| Mailbox { name, address: Address::parse(address).unwrap() })
}

fn hostile_draft() -> impl Strategy<Value = Draft> {
    let people = (hostile_mailbox(), proptest::collection::vec(hostile_mailbox(), 0..5), hostile_mailbox());
    let bodies = (proptest::option::of(hostile()), proptest::option::of(hostile()));
    let name = prop_oneof![Just("X-Own".to_owned()), hostile()];
    let headers = proptest::collection::vec((name, hostile()), 0..2);
    let id = || proptest::option::of(prop_oneof![3 => Just("<a@b>".to_owned()), 1 => hostile()]);
    (people, hostile(), bodies, headers, id(), id()).prop_map(|(people, subject, bodies, headers, id, parent)| Draft {
        from: people.0,
        cc: vec![people.2.clone()],
        reply_to: Some(people.2),
        to: people.1,
        subject,
        text: bodies.0,
        html: bodies.1,
        headers,
        message_id: id,
        references: parent.clone().into_iter().collect(),
        in_reply_to: parent,
        ..draft()
    })
}

/// The complete list of headers that a mail made from `draft` has.
fn expected_names(draft: &Draft) -> Vec<String> {
    let to = (!draft.to.is_empty()).then_some("to");
    let thread = draft.in_reply_to.iter().flat_map(|_| ["in-reply-to", "references"]);
    let kind: &[&str] = match (&draft.text, &draft.html) {
        (Some(_), Some(_)) => &["content-type"],
        _ => &["content-type", "content-transfer-encoding"],
    };
    let fixed = ["mime-version", "auto-submitted", "x-auto-response-suppress", "x-postern-loop"];
    ["from"]
        .into_iter()
        .chain(to)
        .chain(["cc", "reply-to", "subject", "date", "message-id"])
        .chain(thread)
        .chain(fixed)
        .map(str::to_owned)
        .chain(draft.headers.iter().map(|(name, _)| name.to_ascii_lowercase()))
        .chain(kind.iter().map(|name| (*name).to_owned()))
        .collect()
}

proptest! {
    #[test]
    fn nothing_in_a_draft_becomes_a_header_a_recipient_or_a_part(draft in hostile_draft()) {
        if let Ok(mail) = compose(&draft) {
            assert_sendable(&mail);
            let seen = see(&mail);
            prop_assert_eq!(seen.names, expected_names(&draft));
            let people = [&draft.from].into_iter().chain(&draft.to).chain(&draft.cc).chain(&draft.reply_to);
            let sent: Vec<&str> = people.map(|person| person.address.as_str()).collect();
            prop_assert_eq!(seen.people.len(), sent.len());
            let both = draft.text.is_some() && draft.html.is_some();
            prop_assert_eq!(seen.parts, if both { 3 } else { 1 });
            prop_assert_eq!(seen.message_id.is_some(), true);
        }
    }

    #[test]
    fn what_is_read_as_a_mailbox_can_be_written(text in hostile(), tail in "| <a@example\\.com>|@example\\.com") {
        if let Ok(mailbox) = parse_mailbox(&format!("{text}{tail}")) {
            let mail = compose(&Draft { to: vec![mailbox], ..draft() }).unwrap();
            assert_sendable(&mail);
            prop_assert_eq!(see(&mail).people.len(), 2);
        }
    }
}
