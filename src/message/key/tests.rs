use super::parse::{Door, FORMS, parse};
use super::parts::{KeyParts, Project, ReplyKey};
use super::*;

mod properties;

const HEX: &str = "59d8df8370b7e95c5a49fbf86aeb2c93";
const BASE36: &str = "0000000000000000000000abc";

fn custom(address: &str) -> CustomAddress {
    CustomAddress { address: address.into(), project: "acme/help".into() }
}

fn rules() -> AddressRules {
    AddressRules {
        incoming_address: "incoming+%{key}@localhost".into(),
        service_desk_address: Some("support+%{key}@localhost".into()),
        custom_addresses: vec![custom("help@Acme.example")],
    }
}

fn grammar() -> Grammar {
    Grammar::new(&rules()).unwrap()
}

/// The answer on one line: `intent key mask`, or the refusal.
fn answer(recipient: &str) -> String {
    match grammar().find(recipient) {
        Ownership::Ours(found) => format!("{} {} {}", found.intent, found.key, found.mask),
        Ownership::UnknownAddress => "unknown".into(),
        Ownership::ForeignDomain => "foreign".into(),
    }
}

#[test]
fn every_form_has_its_intent_and_its_mask() {
    for (key, intent, mask) in [
        (HEX, "reply", "59d8…"),
        ("rs-0000000000000000000000abc", "reply", "rs-0…"),
        ("rs-0000000000000000000000abc-rs", "reply", "rs-0…"),
        ("59d8df8370b7e95c5a49fbf86aeb2c93-unsubscribe", "unsubscribe", "59d8…-unsubscribe"),
        ("59d8df8370b7e95c5a49fbf86aeb2c93+unsubscribe", "unsubscribe", "59d8…+unsubscribe"),
        ("rs-0000000000000000000000abc-rs-unsubscribe", "unsubscribe", "rs-0…-unsubscribe"),
        ("gitlab-org-gitlab-ce-20-Author_Token12345678-issue", "create_issue", "gitlab-org-gitlab-ce-20-…-issue"),
        ("gitlab-org/gitlab-ce+Author_Token12345678", "create_issue", "gitlab-org/gitlab-ce+…"),
        ("gitlab-org-gitlab-ce-20-Author_Token12345678-issue-34", "comment", "gitlab-org-gitlab-ce-20-…-issue-34"),
        (
            "gitlab-org-gitlab-ce-20-Author_Token12345678-merge-request",
            "create_merge_request",
            "gitlab-org-gitlab-ce-20-…-merge-request",
        ),
        (
            "gitlab-org/gitlab-ce+merge-request+Author_Token12345678",
            "create_merge_request",
            "gitlab-org/gitlab-ce+merge-request+…",
        ),
        ("gitlab-org-gitlab-ce-20-issue-", "service_desk", "gitlab-org-gitlab-ce-20-issue-"),
        ("gitlab-org/gitlab-ce", "service_desk", "gitlab-org/gitlab-ce"),
    ] {
        for local in ["incoming", "support"] {
            let expected = format!("{intent} {key} {local}+{mask}@localhost");
            assert_eq!(answer(&format!("{local}+{key}@localhost")), expected);
        }
    }
}

#[test]
fn the_domain_has_no_case_and_the_local_part_has() {
    assert_eq!(answer(&format!("incoming+{HEX}@LocalHost")), format!("reply {HEX} incoming+59d8…@LocalHost"));
    assert_eq!(answer(&format!("Incoming+{HEX}@localhost")), "unknown");
    assert_eq!(answer(&format!("incoming+{}@localhost", HEX.to_uppercase())), "unknown");
    assert_eq!(answer("incoming+a-b-1-t-Issue@localhost"), "unknown");
}

#[test]
fn needless_quotes_make_no_other_address() {
    for (quoted, plain) in [
        (format!("\"incoming+{HEX}\"@localhost"), format!("incoming+{HEX}@localhost")),
        ("\"postmaster\"@localhost".into(), "postmaster@localhost".into()),
        ("\"\\help\"@acme.example".into(), "help@acme.example".into()),
    ] {
        assert_eq!(grammar().find(&quoted), grammar().find(&plain), "{quoted}");
        assert!(matches!(grammar().find(&quoted), Ownership::Ours(found) if found.address == plain));
    }
}

/// Local parts at a configured domain that match no configured address.
const NOT_OURS: &[&str] = &[
    "incoming",
    "incoming+",
    "incoming+!!!not-a-key!!!",
    "xincoming+59d8df8370b7e95c5a49fbf86aeb2c93",
    "incoming+59d8df8370b7e95c5a49fbf86aeb2c9",
    "incoming+59d8df8370b7e95c5a49fbf86aeb2c93a",
    "incoming+59d8df8370b7e95c5a49fbf86aeb2c93 ",
    "incoming+59d8df8370b7e95c5a49fbf86aeb2c93\r\n",
    "incoming+59d8df8370b7e95c5a49fbf86aeb2c93-unsubscribe-unsubscribe",
    "incoming+-unsubscribe",
    "incoming+toolo-0000000000000000000000abc",
    "incoming+rs-0000000000000000000000abc-",
    "incoming+rs-0000000000000000000000ABC",
    "incoming+rs-0000000000000000000000abc-12345678901234",
    "incoming+gitlab-org-gitlab-ce-20--issue",
    "incoming+gitlab-org-gitlab-ce-20-issue",
    "incoming+-20-token-issue",
    "incoming+20-token-issue",
    "incoming+a-20-token-issue-x",
    "incoming+a-20-token-issues",
    "incoming+a-b-suffix",
    "incoming+a/b+to+ken",
    "incoming+a/b+",
    "incoming+a/b+unsubscribe",
    "incoming+a/b+merge-request+",
    "incoming+a+token",
    "incoming+a/../b",
    "incoming+a//b",
    "incoming+/b",
    "incoming+a/",
    "incoming+%2Fa-b-1-t\0-issue",
    "\"incoming+59d8df8370b7e95c5a49fbf86aeb2c93 \"",
    "\"incoming+59d8df8370b7e95c5a49fbf86aeb2c93",
    "@other:incoming+59d8df8370b7e95c5a49fbf86aeb2c93",
    "ann%example.com",
    "example.com!ann",
    "ann@example.com",
    "incoming+ann@example.com-1-t-issue",
    "support",
    "support+suffix",
    "support+-suffix",
    "support+a/b-suffix+",
    "support+slug-Suffix",
    "help",
    "",
];

#[test]
fn what_only_resembles_an_address_of_ours_is_unknown() {
    for local in NOT_OURS {
        assert_eq!(answer(&format!("{local}@localhost")), "unknown", "{local:?}");
    }
    assert_eq!(answer("incoming"), "unknown");
    assert_eq!(answer("abuse"), "unknown");
    assert_eq!(answer(""), "unknown");
}

#[test]
fn a_mistyped_key_that_passes_for_a_service_desk_address_is_not_shown() {
    let mask = |key: &str| parse(key, Door::ServiceDesk).map(|parts| parts.mask());
    assert_eq!(mask(&format!("{}-unsubscribe", HEX.to_uppercase())), Some("…-unsubscribe".into()));
    assert_eq!(mask(&format!("a-20-{BASE36}-isue")), Some("a-20-…-isue".into()));
    assert_eq!(mask(&format!("group/project-20-{BASE36}-issue")), Some("group/project-20-…-issue".into()));
}

#[test]
fn another_domain_is_foreign() {
    for domain in
        ["example.com", "localhost.", "localhost:25", "[127.0.0.1]", "localhos", "xlocalhost", "", "ｌocalhost"]
    {
        assert_eq!(answer(&format!("incoming+{HEX}@{domain}")), "foreign", "{domain:?}");
    }
}

#[test]
fn only_the_service_desk_address_takes_a_suffix() {
    assert_eq!(answer("support+a-b-my_key1@localhost"), "service_desk a-b-my_key1 support+a-b-my_key1@localhost");
    assert_eq!(answer("incoming+a-b-my_key1@localhost"), "unknown");
}

#[test]
fn a_custom_address_takes_tickets_verification_and_replies() {
    assert_eq!(answer("help@acme.example"), "service_desk acme/help help@acme.example");
    assert_eq!(answer("help+verify@acme.example"), "verify_service_desk acme/help help+verify@acme.example");
    assert_eq!(answer(&format!("help+{HEX}@acme.example")), format!("reply {HEX} help+59d8…@acme.example"));
    assert_eq!(
        answer(&format!("help+{HEX}-unsubscribe@ACME.example")),
        format!("unsubscribe {HEX}-unsubscribe help+59d8…-unsubscribe@ACME.example")
    );
    for local in ["Help", "help+", "help+Verify", "help+a/b", "help+a-1-t-issue", "help+verify+verify", "helper"] {
        assert_eq!(answer(&format!("{local}@acme.example")), "unknown", "{local:?}");
    }
}

#[test]
fn postmaster_and_abuse_are_people_at_every_domain_of_ours() {
    for address in ["postmaster@localhost", "PostMaster@LOCALHOST", "abuse@acme.example", "Postmaster", "POSTMASTER"] {
        assert_eq!(answer(address), format!("postmaster  {address}"));
    }
    assert_eq!(answer("postmaster@example.com"), "foreign");
    assert_eq!(answer("postmaster+x@localhost"), "unknown");
}

#[test]
fn the_project_number_is_the_last_one_that_leaves_a_token() {
    let issue = |slug, id, token| Some(KeyParts::CreateIssue { project: Project::Numbered { slug, id }, token });
    for (key, parts) in [
        ("a-1-2-t-issue", issue("a-1", "2", "t")),
        ("a-1-2-issue", issue("a", "1", "2")),
        ("a-1-2-3-issue", issue("a-1", "2", "3")),
        ("a-1---issue", issue("a", "1", "-")),
        ("--1-t-issue", issue("-", "1", "t")),
        ("a-1-t-issue-issue", issue("a", "1", "t-issue")),
        ("a-1-t-merge-request-issue", issue("a", "1", "t-merge-request")),
    ] {
        assert_eq!(parse(key, Door::Incoming), parts, "{key}");
    }
}

#[test]
fn a_reply_key_whose_namespace_could_be_unsubscribe_is_an_unsubscribe() {
    let key = format!("rs-{BASE36}-unsubscribe");
    assert_eq!(parse(&key, Door::Incoming).map(|parts| parts.intent()), Some(Intent::Unsubscribe));
}

#[test]
fn a_catch_all_template_and_a_suffixed_one_work() {
    let rules = AddressRules {
        incoming_address: "%{key}@in.example.com".into(),
        service_desk_address: Some("desk-%{key}-box@example.com".into()),
        custom_addresses: vec![custom("desk-a-b-box@example.com")],
    };
    let grammar = Grammar::new(&rules).unwrap();
    let found = |address: &str| match grammar.find(address) {
        Ownership::Ours(found) => format!("{} {} {}", found.intent, found.key, found.mask),
        other => format!("{other:?}"),
    };
    assert_eq!(found("a/b+secret@in.example.com"), "create_issue a/b+secret a/b+…@in.example.com");
    assert_eq!(found("desk-x-y-box@example.com"), "service_desk x-y desk-x-y-box@example.com");
    // The custom address is the more specific one.
    assert_eq!(found("desk-a-b-box@example.com"), "service_desk acme/help desk-a-b-box@example.com");
    assert_eq!(found("desk--box@example.com"), "UnknownAddress");
    assert_eq!(found("desk-box@example.com"), "UnknownAddress");
    assert_eq!(grammar.domains(), ["example.com", "in.example.com"]);
}

#[test]
fn a_configured_address_that_cannot_work_is_named_with_its_remedy() {
    let said = |incoming: &str, addresses: &[&str]| {
        let custom_addresses = addresses.iter().map(|text| custom(text)).collect();
        Grammar::new(&AddressRules { incoming_address: incoming.into(), custom_addresses, ..rules() })
            .map_or_else(|err| err.to_string(), |_| "fine".into())
    };
    assert_eq!(
        said("incoming@localhost", &[]),
        "smtp.incoming_address = \"incoming@localhost\": put %{key} where the key goes, as in \
         \"incoming+%{key}@example.com\""
    );
    assert!(said("a+%{key}%{key}@localhost", &[]).contains("twice"));
    assert!(said("a@%{key}.localhost", &[]).contains("before the @"));
    assert!(said("%{key}", &[]).contains("not an address"));
    assert!(said("in box+%{key}@localhost", &[]).contains("not an address"));
    assert!(said("\"in+%{key}\"@localhost", &[]).contains("without quotes"));
    let fine = "incoming+%{key}@localhost";
    assert!(said(fine, &["help"]).starts_with("smtp.custom_addresses = \"help\": this is not an address"));
    assert!(said(fine, &["help+x@a.example"]).contains("leave out the +"));
    assert!(said(fine, &["help+%{key}@a.example"]).contains("no %{key}"));
    assert!(said(fine, &["help@a.example", "help@A.EXAMPLE"]).contains("twice"));
    assert!(said(fine, &["Postmaster@a.example"]).contains("read by a person"));
    assert_eq!(said(fine, &["help@a.example", "Help@a.example"]), "fine");
}

#[test]
fn an_address_that_is_not_ours_is_shown_by_its_first_letter_and_domain() {
    assert_eq!(mask_unknown("incoming+59d8df8370b7e95c5a49fbf86aeb2c93@example.com"), "i…@example.com");
    assert_eq!(mask_unknown("59d8df8370b7e95c5a49fbf86aeb2c93"), "…");
    assert_eq!(mask_unknown("a@b\r\n\u{202e}\x1b[31m<script>\""), "a…@b????[31m<script>?");
}

#[test]
fn a_very_long_key_is_read_in_one_pass() {
    for (piece, tail) in
        [("1-", "-issue"), ("-", "-issue"), ("-1-", "t-issue-1"), ("a-issue-", ""), ("a/", "b"), ("+", "")]
    {
        let key = format!("{}{tail}", piece.repeat(300_000));
        let _ = grammar().find(&format!("support+{key}@localhost"));
    }
}
