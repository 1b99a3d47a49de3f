use super::*;

#[test]
fn what_is_no_message_id_is_refused_by_its_member() {
    let long = format!("{}@b", "x".repeat(247));
    for id in ["", "<>", "note_1", "@b", "<a@>", "a b@c", "<a@b>\r\nBcc: x", "<a><b>", "ü@b", "a@b\0", &long] {
        let id = Some(id.to_owned());
        assert_eq!(refused_field(&Draft { message_id: id.clone(), ..draft() }), "message_id");
        assert_eq!(refused_field(&Draft { in_reply_to: id.clone(), ..draft() }), "in_reply_to");
        assert_eq!(refused_field(&Draft { references: id.into_iter().collect(), ..draft() }), "references");
    }
    for id in ["a@b@c", "a..b@c", ".a@b", "a@b.", "a:b@c", "a@[b", "\"a@b"] {
        let id = Some(id.to_owned());
        assert_eq!(refused_field(&Draft { message_id: id.clone(), ..draft() }), "message_id");
        let thread = Draft { in_reply_to: id.clone(), references: id.into_iter().collect(), ..draft() };
        assert!(compose(&thread).is_ok(), "another program's id was refused: {thread:?}");
    }
    for id in ["note_1@forge.example.com", "<reply-5f1d+x=a/b@localhost>", "1@[192.0.2.1]"] {
        assert!(compose(&Draft { message_id: Some(id.into()), ..draft() }).is_ok(), "{id}");
    }
}

#[test]
fn more_headers_than_a_mail_can_carry_are_refused_before_they_are_looked_at() {
    let headers = |number: usize| (0..number).map(|place| (format!("X-{place}"), "v".to_owned())).collect();
    assert!(compose(&Draft { headers: headers(200), ..draft() }).is_ok());
    assert_eq!(refused_field(&Draft { headers: headers(201), ..draft() }), "headers");
}

#[test]
fn no_line_of_a_body_is_longer_than_a_relay_must_take() {
    for length in [76, 77, 997, 998, 999, 1000, 1001, 5000] {
        for body in ["x".repeat(length), format!("a\n{}\nb", "x".repeat(length)), "ü".repeat(length)] {
            let mail = compose(&Draft { text: Some(body.clone()), html: Some(body.clone()), ..draft() }).unwrap();
            assert_sendable(&mail);
            let read = see(&mail).text.unwrap().replace("\r\n", "\n");
            assert_eq!(read.trim_end_matches('\n'), body);
        }
    }
}
