//! What the reports show, and what they never show.

use super::{Door, notification};
use crate::domain::mode::State;
use serde_json::{Value, json};

const ADDRESS: &str = "incoming+group-project-20-s3cr3tkey-issue@localhost";
const MASK: &str = "incoming+group-project-20-…-issue@localhost";

#[tokio::test]
async fn a_suppressed_mail_is_in_the_report_with_what_can_be_done() {
    let door = Door::open().await;
    door.turn(State::On).await;
    let mut body = notification("reset_password_instructions", "ann@example.com");
    body["reference"] = json!("user/7");
    door.enqueue(&body).await;
    door.enqueue(&notification("prometheus_alert_fired", "bob@example.com")).await;
    door.enqueue(&notification("new_note", "cid@example.com")).await;
    let rows = door.get("/api/v4/suppressed_mails").await.json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let reset = door.get("/api/v4/suppressed_mails?class=write_dependent").await.json();
    let row = &reset[0];
    assert_eq!((&row["subject"], &row["resend"]), (&Value::Null, &json!("must_be_requested_anew")));
    assert_eq!((&row["reference"], &row["mode_version"]), (&json!("user/7"), &json!(2)));
    assert_eq!((&row["title"], &row["reason"]), (&json!("The reset_password_instructions"), &json!("maintenance")));
    let one = door.get(&format!("/api/v4/suppressed_mails/{}", row["id"].as_str().unwrap())).await;
    assert_eq!(&one.json(), row);
    for (query, count) in [
        ("kind=alert_email", 1),
        ("kind=new_note", 0),
        ("recipient=bob@example.com", 1),
        ("recipient=bob@example.org", 0),
        ("mode_version=2", 2),
        ("mode_version=3", 0),
        ("since=2026-12-01T00:00:00Z", 2),
        ("until=2026-12-01T00:00:00Z", 0),
        ("until=2026-12-01T00:00:01Z&class=paging", 1),
        ("class=&kind=", 2),
    ] {
        let rows = door.get(&format!("/api/v4/suppressed_mails?{query}")).await.json();
        assert_eq!(rows.as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn an_incoming_mail_is_found_by_its_full_address_and_shown_masked() {
    let door = Door::open().await;
    door.receive(ADDRESS, MASK, "first").await;
    door.turn(State::On).await;
    door.receive(ADDRESS, MASK, "second").await;
    door.receive("incoming+other@localhost", "incoming+o…@localhost", "third").await;
    let everything = ["/api/v4/incoming_mails", "/api/v4/incoming_mails?format=csv", "/api/v4/queue"];
    for path in everything {
        let text = door.get(path).await.text;
        assert!(text.contains(MASK) && !text.contains("s3cr3tkey") && !text.contains("secret-key"), "{path}: {text}");
    }
    for (query, count) in [
        (format!("recipient={}", ADDRESS.replace('+', "%2B")), 2),
        (format!("recipient={}", ADDRESS.replace('+', "%2B").replace("localhost", "LOCALHOST")), 2),
        (format!("recipient={}&verdict=refuse", ADDRESS.replace('+', "%2B")), 1),
        ("recipient=incoming@localhost".to_owned(), 0),
        ("verdict=accept&state=waiting&intent=create_issue".to_owned(), 1),
        ("mode_version=2".to_owned(), 2),
        ("intent=reply".to_owned(), 0),
        ("since=2026-12-01T00:00:00Z&until=2026-12-01T00:00:01Z".to_owned(), 3),
    ] {
        let rows = door.get(&format!("/api/v4/incoming_mails?{query}")).await.json();
        assert_eq!(rows.as_array().unwrap().len(), count, "{query}");
    }
    let refused = door.get("/api/v4/incoming_mails?verdict=refuse").await.json();
    let one = door.get(&format!("/api/v4/incoming_mails/{}", refused[0]["id"].as_str().unwrap())).await;
    assert_eq!((&one.json(), &one.json()["reply"]), (&refused[0], &json!("550 5.3.2")));
}

#[tokio::test]
async fn a_wrong_filter_is_named_with_what_there_is() {
    let door = Door::open().await;
    for (path, field, known) in [
        ("suppressed_mails?class=urgent", "class", "write_dependent"),
        ("incoming_mails?intent=spam", "intent", "service_desk"),
        ("incoming_mails?verdict=550", "verdict", "refuse"),
        ("incoming_mails?state=open", "state", "handing_over"),
        ("queue?type=mail", "type", "recipient"),
        ("queue?type=delivery&state=held", "state", "suppressed"),
        ("suppressed_mails?format=xml", "format", "ndjson"),
        ("suppressed_mails?since=yesterday", "since", "RFC 3339"),
        ("suppressed_mails?mode_version=0", "mode_version", "whole number"),
        ("suppressed_mails?per_page=0", "per_page", "whole number"),
        ("suppressed_mails?per_page=x", "per_page", "whole number"),
        ("suppressed_mails?cursor=x", "cursor", "Link"),
        ("suppressed_mails?kind=a&kind=b", "kind", "twice"),
        ("maintenance/history?cursor=x", "cursor", "Link"),
        ("maintenance/history?limit=-1", "limit", "whole number"),
    ] {
        let answer = door.get(&format!("/api/v4/{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].clone()), (422, json!(field)), "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(known), "{}", answer.text);
    }
}

#[tokio::test]
async fn incoming_mail_is_found_by_sender_message_id_and_any_of_our_ids() {
    let door = Door::open().await;
    door.receive("incoming+k@localhost", "incoming+…@localhost", "<one@example.com>").await;
    let all = door.get("/api/v4/incoming_mails").await.json();
    let (id, mail_id) = (all[0]["id"].as_str().unwrap(), all[0]["mail_id"].as_str().unwrap());
    let mail_filter = format!("mail_id={mail_id}");
    for filter in [
        "sender=ann%40example.com",
        "message_id=one%40example.com",
        "message_id=%3Cone%40example.com%3E",
        "masked_recipient=incoming%2B%E2%80%A6%40localhost",
        &mail_filter,
    ] {
        assert_eq!(door.get(&format!("/api/v4/incoming_mails?{filter}")).await.json(), all, "{filter}");
        let counts = door.get(&format!("/api/v4/incoming_mails/summary?{filter}")).await.json();
        assert_eq!(counts["total"], 1, "{filter}");
    }
    for filter in
        ["sender=%3C%3E", "sender=ann", "message_id=two%40example.com", "masked_recipient=incoming%2Bk%40localhost"]
    {
        assert_eq!(
            door.get(&format!("/api/v4/incoming_mails?{filter}")).await.json(),
            serde_json::json!([]),
            "{filter}"
        );
    }
    for queue in ["queue?sender=ann%40example.com", "queue?message_id=one%40example.com"] {
        assert_eq!(door.get(&format!("/api/v4/{queue}")).await.json()[0]["id"], id, "{queue}");
    }
    for known in [id, mail_id] {
        assert_eq!(door.get(&format!("/api/v4/incoming_mails/{known}")).await.json(), all[0]);
    }
    assert_eq!(door.get("/api/v4/incoming_mails?mail_id=x").await.status, 422);
}
