//! Paging, and full exports of lists.

use super::{Door, NOTIFICATIONS, SETTINGS, notification};
use crate::domain::mode::State;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tower::ServiceExt;

const BASE: &str = "https://forge.example.com/postern";

/// Follows `Link` from `path` to the last page. Returns the ids seen and the page sizes.
async fn walk(door: &Door, path: &str) -> (Vec<String>, Vec<usize>) {
    let (mut ids, mut sizes) = (Vec::new(), Vec::new());
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = door.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let rows = answer.json();
        let rows = rows.as_array().unwrap();
        sizes.push(rows.len());
        let name = |row: &serde_json::Value| row.get("id").unwrap_or(&row["version"]).to_string();
        ids.extend(rows.iter().map(name));
        let link = answer.header("link").to_owned();
        next = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).map(|url| {
            assert!(url.starts_with(BASE), "{url}");
            url[BASE.len()..].to_owned()
        });
    }
    (ids, sizes)
}

async fn fill(door: &Door, count: usize) {
    door.turn(State::On).await;
    let line = |place: usize| {
        let mut one = notification("prometheus_alert_fired", &format!("p{}@example.com", place % 2));
        one["reference"] = json!(format!("={place}"));
        one.to_string() + "\n"
    };
    // Some rows share their time and some do not.
    for part in (0..count).collect::<Vec<_>>().chunks(60) {
        let body: String = part.iter().map(|place| line(*place)).collect();
        let headers = [("Content-Type", "application/x-ndjson")];
        assert_eq!(door.ask("POST", NOTIFICATIONS, &door.api, &headers, &body).await.lines().len(), part.len());
        door.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn paging_shows_each_row_once_and_keeps_the_filters() {
    let door = Door::open().await;
    fill(&door, 250).await;
    let (ids, sizes) = walk(&door, "/api/v4/suppressed_mails?per_page=40&class=paging").await;
    assert_eq!((ids.len(), sizes), (250, vec![40, 40, 40, 40, 40, 40, 10]));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 250);
    let (to_one, _) = walk(&door, "/api/v4/suppressed_mails?per_page=25&recipient=p1%40example.com").await;
    assert_eq!(to_one.len(), 125);
    let (by_default, sizes) = walk(&door, "/api/v4/suppressed_mails").await;
    assert_eq!((by_default, sizes[0]), (ids.clone(), 20));
    let (_, sizes) = walk(&door, "/api/v4/suppressed_mails?per_page=1000").await;
    assert_eq!(sizes, [100, 100, 50]);
    let (open, _) = walk(&door, "/api/v4/queue?state=suppressed&per_page=99").await;
    assert_eq!(open.iter().collect::<BTreeSet<_>>(), ids.iter().collect());
    let exactly = walk(&door, "/api/v4/suppressed_mails?per_page=50").await.1;
    assert_eq!(exactly, [50; 5]);
}

#[tokio::test]
async fn a_secret_in_the_query_is_not_echoed() {
    let door = Door::open().await;
    fill(&door, 3).await;
    let answer = door.get(&format!("/api/v4/suppressed_mails?per_page=1&private_token={}", door.api)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (422, Some("private_token")));
    assert!(!answer.text.contains("ptn_") && answer.header("link").is_empty());
}

#[tokio::test]
async fn every_list_names_a_parameter_that_it_does_not_know() {
    let door = Door::open().await;
    for (list, known) in [
        ("suppressed_mails", "kind"),
        ("suppressed_mails/summary", "kind"),
        ("incoming_mails", "intent"),
        ("incoming_mails/summary", "intent"),
        ("queue", "type"),
        ("maintenance/history", "limit"),
        ("maintenance/windows", "state"),
        ("maintenance/events", ""),
        ("background_jobs", ""),
    ] {
        for unknown in ["recipent=a%40b", "Kind=x", "page="] {
            let answer = door.get(&format!("/api/v4/{list}?{unknown}")).await;
            assert_eq!(answer.status, 422, "{list}?{unknown}: {}", answer.text);
            let (body, name) = (answer.json(), unknown.split('=').next().unwrap());
            assert_eq!(body["field"], name, "{list}: {body}");
            let there_are = body["known"].as_array().unwrap();
            assert_eq!(there_are.is_empty(), known.is_empty(), "{list}: {body}");
            assert!(known.is_empty() || there_are.contains(&json!(known)), "{list}: {body}");
        }
        assert_eq!(door.ask("GET", &format!("/api/v4/{list}?nothing=x"), "", &[], "").await.status, 401, "{list}");
    }
    for list in ["maintenance/history", "background_jobs"] {
        assert_eq!(door.get(&format!("/api/v4/{list}?format=csv")).await.json()["field"], "format", "{list}");
    }
    assert_eq!(door.get(&format!("{SETTINGS}?nothing=x")).await.status, 200);
}

#[tokio::test]
async fn the_history_pages_too() {
    let door = Door::open().await;
    for place in 0..24 {
        door.put(&format!("{SETTINGS}?maintenance_mode_message={place}")).await;
    }
    let (versions, sizes) = walk(&door, "/api/v4/maintenance/history?limit=10").await;
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(versions, (1..=25).rev().map(|version| version.to_string()).collect::<Vec<_>>());
    assert_eq!(walk(&door, "/api/v4/maintenance/history").await.1, [20, 5]);
}

#[tokio::test]
async fn a_csv_holds_everything_and_runs_nothing() {
    let door = Door::open().await;
    fill(&door, 620).await;
    for (path, accept) in
        [("/api/v4/suppressed_mails?format=csv&per_page=5", "*/*"), ("/api/v4/suppressed_mails", "text/csv;q=0.9, */*")]
    {
        let answer = door.ask("GET", path, &door.api, &[("Accept", accept)], "").await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"suppressed_mails.csv\"");
        let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
        let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let expected = "id,notification_id,kind,title,class,recipient,subject,reference,reason,mode_version,enqueued_at,suppressed_at,resend";
        assert_eq!(columns.join(","), expected);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(|row| row[0].to_owned()).collect::<BTreeSet<_>>().len(), 620);
        assert!(rows.iter().all(|row| row[7].starts_with("'=") && row[9] == *"2"));
    }
}

#[tokio::test]
async fn an_ndjson_holds_the_same_rows_as_the_pages() {
    let door = Door::open().await;
    fill(&door, 520).await;
    let stream = [("Accept", "application/x-ndjson")];
    let whole = door.ask("GET", "/api/v4/suppressed_mails", &door.api, &stream, "").await;
    assert_eq!(whole.header("content-type"), "application/x-ndjson");
    let ids: Vec<String> = whole.lines().iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids, walk(&door, "/api/v4/suppressed_mails?per_page=100").await.0);
    let none = door.get("/api/v4/suppressed_mails?format=ndjson&kind=new_note").await;
    assert_eq!((none.status.as_u16(), none.text.as_str()), (200, ""));
    let empty = door.get("/api/v4/incoming_mails?format=csv").await.text;
    assert!(empty.starts_with("id,mail_id,received_at,client") && empty.lines().count() == 1);
}

#[tokio::test]
async fn an_export_that_cannot_go_on_breaks_off_and_never_looks_whole() {
    let door = Door::open().await;
    fill(&door, 1600).await;
    for format in ["csv", "ndjson"] {
        let request = Request::get(format!("/api/v4/suppressed_mails?format={format}"));
        let request = request.header("PRIVATE-TOKEN", &door.api).body(Body::empty()).unwrap();
        let mut body = door.router().oneshot(request).await.unwrap().into_body();
        assert!(body.frame().await.unwrap().is_ok());
        if format == "ndjson" {
            door.store.close().await;
            while let Some(frame) = body.frame().await {
                if frame.is_err() {
                    return;
                }
            }
            panic!("the list came to an end");
        }
        let rest = body.collect().await.unwrap().to_bytes();
        assert!(rest.ends_with(b"\r\n"));
    }
}

#[tokio::test]
async fn a_head_says_what_an_export_would_be_and_writes_nothing_of_it() {
    let door = Door::open().await;
    fill(&door, 3).await;
    let head = door.ask("HEAD", "/api/v4/suppressed_mails?format=csv", &door.api, &[], "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(head.header("content-disposition"), "attachment; filename=\"suppressed_mails.csv\"");
    assert_eq!(door.ask("HEAD", "/api/v4/suppressed_mails?format=csv", "", &[], "").await.status, 401);
}

#[tokio::test]
async fn the_format_is_what_the_client_likes_best() {
    let door = Door::open().await;
    for (accept, kind) in [
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/csv;q=0.1, application/x-ndjson;q=0.2", "application/x-ndjson"),
        ("text/csv;q=0", "application/json"),
        ("image/png", "application/json"),
        ("text/csv;q=x, */*;q=0.1", "application/json"),
        ("TEXT/CSV ; Q=0.3", "text/csv; charset=utf-8; header=present"),
    ] {
        let answer = door.ask("GET", "/api/v4/incoming_mails", &door.api, &[("Accept", accept)], "").await;
        assert_eq!(answer.header("content-type"), kind, "{accept}");
    }
}
