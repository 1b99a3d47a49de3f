//! The counts of the reports.

use super::{Door, notification};
use crate::store::access::Scope;
use serde_json::{Value, json};
use std::time::Duration;

const SUPPRESSED: &str = "/api/v4/suppressed_mails";
const INCOMING: &str = "/api/v4/incoming_mails";

async fn night(door: &Door) {
    door.receive("incoming+a@localhost", "incoming+a…@localhost", "before").await;
    door.put("/api/v4/application/settings?maintenance_mode=true&maintenance_mode_message=Moving").await;
    for place in 0..5 {
        door.clock.advance(Duration::from_secs(1500));
        door.enqueue(&notification("prometheus_alert_fired", &format!("p{place}@example.com"))).await;
        door.receive("incoming+a@localhost", "incoming+a…@localhost", &format!("mail {place}")).await;
    }
    door.enqueue(&notification("reset_password_instructions", "p0@example.com")).await;
    door.enqueue(&notification("new_note", "p0@example.com")).await;
}

#[tokio::test]
async fn the_counts_of_the_night_say_what_why_and_when() {
    let door = Door::open().await;
    night(&door).await;
    let suppressed = door.get(&format!("{SUPPRESSED}/summary")).await.json();
    let changed_at = suppressed["by_mode_version"][0]["changed_at"].clone();
    assert_eq!(
        suppressed,
        json!({
            "total": 6,
            "complete": true,
            "by_kind": [
                {"kind": "prometheus_alert_fired", "title": "The prometheus_alert_fired", "count": 5},
                {"kind": "reset_password_instructions", "title": "The reset_password_instructions", "count": 1},
            ],
            "by_class": [{"class": "paging", "count": 5}, {"class": "write_dependent", "count": 1}],
            "by_mode_version":
                [{"mode_version": 2, "state": "on", "message": "Moving", "changed_at": changed_at, "count": 6}],
            "by_hour": [
                {"hour": "2026-12-01T00:00:00.000000Z", "count": 2},
                {"hour": "2026-12-01T01:00:00.000000Z", "count": 2},
                {"hour": "2026-12-01T02:00:00.000000Z", "count": 2},
            ],
        })
    );
    assert_eq!(changed_at, json!("2026-12-01T00:00:00.000000Z"));
    let incoming = door.get(&format!("{INCOMING}/summary?verdict=refuse")).await.json();
    assert_eq!(
        (&incoming["total"], &incoming["by_intent"][0]),
        (&json!(5), &json!({"intent": "create_issue", "count": 5}))
    );
    assert_eq!(incoming["by_state"], json!([{"state": "refused", "count": 5}]));
    assert_eq!(incoming["by_hour"][0]["count"], 2);
    let all = door.get(&format!("{INCOMING}/summary")).await.json();
    let versions: Vec<&Value> = all["by_mode_version"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(versions, ["on", "off"]);
}

#[tokio::test]
async fn every_filter_counts_what_it_lists() {
    let door = Door::open().await;
    night(&door).await;
    for path in [
        format!("{SUPPRESSED}?kind=alert_email"),
        format!("{SUPPRESSED}?class=write_dependent&mode_version=2"),
        format!("{SUPPRESSED}?class=paging&kind=reset_password_instructions"),
        format!("{SUPPRESSED}?recipient=p0@example.com"),
        format!("{SUPPRESSED}?since=2026-12-01T00:25:00Z&until=2026-12-01T01:15:01Z"),
        format!("{SUPPRESSED}?since=2026-12-01T01:00:00Z&class=paging"),
        format!("{SUPPRESSED}?since=2027-12-01T01:00:00Z"),
        format!("{INCOMING}?intent=create_issue&state=waiting"),
        format!("{INCOMING}?recipient=incoming%2Ba@localhost&verdict=refuse"),
        format!("{INCOMING}?until=2026-12-01T00:50:00Z"),
        format!("{INCOMING}?mode_version=1"),
        format!("{INCOMING}?state=refused"),
        format!("{INCOMING}?state=handed_over"),
    ] {
        let listed = door.get(&path).await.json().as_array().unwrap().len();
        let summary = door.get(&path.replace('?', "/summary?")).await.json();
        assert_eq!(summary["total"], listed, "{path}: {summary}");
        for by in summary.as_object().unwrap().values().filter_map(Value::as_array) {
            assert_eq!(
                by.iter().map(|one| one["count"].as_i64().unwrap()).sum::<i64>(),
                listed as i64,
                "{path}: {by:?}"
            );
        }
    }
}

#[tokio::test]
async fn counts_are_for_whoever_may_read_the_list_and_filters_are_read_as_strictly() {
    let door = Door::open().await;
    let (reader, sender) = (door.token("reader", Scope::ReadApi).await, door.token("sender", Scope::Enqueue).await);
    for path in [SUPPRESSED, INCOMING] {
        let path = format!("{path}/summary");
        for (token, status) in [("", 401), (sender.as_str(), 403), (reader.as_str(), 200)] {
            assert_eq!(door.ask("GET", &path, token, &[], "").await.status.as_u16(), status, "{path}");
        }
        let wrong = door.get(&format!("{path}?since=yesterday")).await;
        assert_eq!((wrong.status.as_u16(), &wrong.json()["field"]), (422, &json!("since")));
    }
    door.store.close().await;
    let away = door.get(&format!("{SUPPRESSED}/summary")).await;
    assert_eq!((away.status.as_u16(), &away.json()["mode"]), (503, &json!("unknown")));
}
