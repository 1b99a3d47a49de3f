use super::*;
use proptest::prelude::*;

fn text(pattern: &'static str) -> BoxedStrategy<String> {
    proptest::string::string_regex(pattern).unwrap().boxed()
}

/// The form of a generated key, and its texts.
fn any_parts() -> impl Strategy<Value = (usize, [String; 4])> {
    // At least 12 characters of secret, so that it does not appear in a slug by chance. No hyphen
    // in a token, since `-digits-` in it would move the project's number (as in the reference).
    (
        0..11usize,
        text("[a-z][a-zA-Z0-9_.-]{0,30}"),
        text("[0-9]{1,9}"),
        text("[A-Z][A-Za-z0-9_]{11,30}"),
        text("[0-9]{1,9}"),
    )
        .prop_map(|(form, slug, id, token, iid)| (form, [slug, id, token, iid]))
}

fn parts_of<'a>(form: usize, [slug, id, token, iid]: &'a [String; 4], path: &'a str) -> KeyParts<'a> {
    let numbered = || Project::Numbered { slug, id };
    let partitioned = |namespace| ReplyKey::Partitioned { partition: "z9", secret: BASE36, namespace };
    match form {
        0 => KeyParts::Reply(ReplyKey::Random(HEX)),
        1 => KeyParts::Reply(partitioned(None)),
        2 => KeyParts::Reply(partitioned(Some(iid))),
        3 => KeyParts::Unsubscribe { reply: partitioned(Some(iid)), sign: '-' },
        4 => KeyParts::Unsubscribe { reply: ReplyKey::Random(HEX), sign: '+' },
        5 => KeyParts::CreateIssue { project: numbered(), token },
        6 => KeyParts::CreateIssue { project: Project::Path(path), token },
        7 => KeyParts::Comment { slug, project_id: id, token, iid },
        8 => KeyParts::CreateMergeRequest { project: numbered(), token },
        9 => KeyParts::CreateMergeRequest { project: Project::Path(path), token },
        _ => KeyParts::ServiceDesk(numbered()),
    }
}

proptest! {
    #[test]
    fn what_is_put_together_is_read_apart_again((form, texts) in any_parts()) {
        let path = format!("{}/{}", texts[0], texts[0]);
        let parts = parts_of(form, &texts, &path);
        let key = parts.to_key();
        for door in [Door::Incoming, Door::ServiceDesk] {
            prop_assert_eq!(parse(&key, door), Some(parts.clone()));
        }
        let address = format!("incoming+{key}@localhost");
        let Ownership::Ours(found) = grammar().find(&address) else { panic!("{address} was not found") };
        prop_assert_eq!((found.key.as_str(), found.intent), (key.as_str(), parts.intent()));
        for secret in [texts[2].as_str(), HEX, BASE36, "df8370", "000abc"] {
            prop_assert!(!found.mask.contains(secret), "{} shows {}", found.mask, secret);
        }
    }

    #[test]
    fn no_key_has_two_forms(key in "[a-c0-2/+-]{0,6}(-|\\+|/)?[a-f0-3-]{0,33}(-issue-?|-merge-request|[+-]unsubscribe|\\+merge-request\\+)?[0-9a-z]{0,3}") {
        let intents: Vec<Intent> = FORMS.iter().filter_map(|form| form(&key)).map(|parts| parts.intent()).collect();
        let both = intents == [Intent::Unsubscribe, Intent::Reply];
        prop_assert!(intents.len() < 2 || both, "{key} could be any of {intents:?}");
    }

    #[test]
    fn any_text_has_one_answer_and_a_read_key_is_spelled_as_it_was(local in "\\PC{0,40}|[a-c0-9/+.-]{0,60}", tail in "|-issue|-issue-|-issue-1|-merge-request|-unsubscribe") {
        let address = format!("support+{local}{tail}@localhost");
        let first = grammar().find(&address);
        prop_assert_eq!(&first, &grammar().find(&address));
        if let Ownership::Ours(found) = first {
            prop_assert_eq!(parse(&found.key, Door::ServiceDesk).map(|parts| parts.to_key()), Some(found.key.clone()));
            prop_assert!(!matches!(found.intent, Intent::Unknown | Intent::Automatic));
        }
    }

    #[test]
    fn nothing_written_in_an_envelope_breaks_the_grammar(recipient in any::<String>()) {
        let _ = grammar().find(&recipient);
        let _ = grammar().find(&format!("incoming+{recipient}@localhost"));
        let _ = mask_unknown(&recipient);
    }
}
