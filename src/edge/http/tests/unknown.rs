//! After the store went back to an older version, every route that needs the mode answers 503,
//! until an administrator sets the mode again.

use super::{Door, NOTIFICATIONS, SETTINGS, notification};
use crate::domain::mode::{State, Version};
use crate::store::conformance::forget_down_to;

#[tokio::test]
async fn what_needs_the_mode_answers_503_unknown_and_an_explicit_off_heals() {
    let door = Door::open().await;
    forget_down_to(&door.parts.store, Version(9)).await;
    for path in [SETTINGS, "/api/v4/maintenance", "/-/readiness"] {
        let answer = door.get(path).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["mode"]), (503, &"unknown".into()), "{path}");
    }
    let enqueued = door.enqueue(&notification("new_note", "ann@example.com")).await;
    assert_eq!((enqueued.status.as_u16(), &enqueued.json()["mode"]), (503, &"unknown".into()));
    assert_eq!(door.post(NOTIFICATIONS).await.status, 415, "what is wrong in itself stays so");
    // A message alone, or a condition, does not set the mode.
    for (query, headers) in
        [("maintenance_mode_message=x", vec![]), ("maintenance_mode=false", vec![("If-Match", "\"1\"")])]
    {
        let answer = door.ask("PUT", &format!("{SETTINGS}?{query}"), &door.api, &headers, "").await;
        assert_eq!((answer.status.as_u16(), &answer.json()["mode"]), (503, &"unknown".into()), "{query}");
    }
    let healed = door.put(&format!("{SETTINGS}?maintenance_mode=false")).await;
    assert_eq!((healed.status.as_u16(), healed.header("etag")), (200, "\"10\""));
    assert_eq!(door.get(SETTINGS).await.json()["maintenance_mode_version"], 10);
    assert_eq!(door.enqueue(&notification("new_note", "ann@example.com")).await.status, 202);
}

#[tokio::test]
async fn the_live_nodes_are_shown_with_their_version_and_how_long_ago() {
    let door = Door::open().await;
    let node = |name: &str, version| crate::store::mode::Node {
        id: crate::domain::id::Id::mint(crate::clock::Clock::now(&door.clock)),
        name: name.into(),
        version,
        mode: crate::domain::mode::SeenMode::Off,
        seen_at: crate::clock::Clock::now(&door.clock),
        report: Default::default(),
    };
    door.parts.store.see(node("one:1", Version(1))).await.unwrap();
    door.clock.advance(std::time::Duration::from_secs(3));
    door.turn(State::On).await;
    door.parts.store.see(node("two:2", Version(2))).await.unwrap();
    let nodes = door.get("/api/v4/maintenance").await.json()["nodes"].clone();
    let told = |place: usize| {
        let node = &nodes[place];
        (node["name"].clone(), node["version"].clone(), node["seconds_ago"].clone(), node["behind"].clone())
    };
    assert_eq!(told(0), ("one:1".into(), 1.into(), 3.into(), true.into()));
    assert_eq!(told(1), ("two:2".into(), 2.into(), 0.into(), false.into()));
    assert!(nodes[0]["seen_at"].is_string());
    door.clock.advance(crate::flag::node::ALIVE + std::time::Duration::from_secs(1));
    assert_eq!(door.get("/api/v4/maintenance").await.json()["nodes"], serde_json::json!([]));
}
