//! The queue, and an operator's actions on it.

use super::{Door, notification};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::State;
use crate::store::claim::Settlement;
use crate::store::notification::NotificationStore;
use futures_util::FutureExt;
use serde_json::{Value, json};

async fn first(door: &Door, query: &str) -> Value {
    door.get(&format!("/api/v4/queue?{query}")).await.json()[0].clone()
}

async fn act(door: &Door, item: &Value, action: &str) -> super::Answer {
    door.post(&format!("/api/v4/queue/{}/{action}", item["id"].as_str().unwrap())).await
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_and_the_workers_hear_of_it() {
    let door = Door::open().await;
    door.enqueue(&notification("new_note", "ann@example.com")).await;
    let claim = door.store.claim_deliveries(1, door.clock.now()).await.unwrap().pop().unwrap();
    let settlement = Settlement::Failed(Failure::permanent("550 no such user"));
    door.store.settle_delivery(claim, settlement, door.clock.now()).await.unwrap();
    let failed = first(&door, "type=delivery&state=failed").await;
    assert_eq!((&failed["reason"], &failed["attempts"]), (&json!("550 no such user"), &json!(1)));
    let _ = door.parts.wake_deliveries.notified().now_or_never();
    let retried = act(&door, &failed, "retry").await;
    assert_eq!((retried.status.as_u16(), retried.json()["state"].clone()), (200, json!("queued")));
    assert!(door.parts.wake_deliveries.notified().now_or_never().is_some());
    assert!(door.parts.wake_hand_overs.notified().now_or_never().is_some());
    let cancelled = act(&door, &failed, "cancel").await;
    assert_eq!((cancelled.status.as_u16(), cancelled.json()["state"].clone()), (200, json!("cancelled")));
    for action in ["retry", "cancel", "release"] {
        let again = act(&door, &failed, action).await;
        assert_eq!((again.status.as_u16(), again.json()["state"].clone()), (409, json!("cancelled")), "{action}");
        assert!(again.json()["detail"].as_str().unwrap().contains("it is cancelled"));
    }
    assert_eq!(door.get("/api/v4/queue").await.json(), json!([]));
}

#[tokio::test]
async fn waiting_mail_is_cancelled_and_cannot_be_released() {
    let door = Door::open().await;
    door.receive("incoming+k@localhost", "incoming+…@localhost", "x").await;
    let waiting = first(&door, "type=recipient").await;
    assert_eq!((&waiting["type"], &waiting["what"]), (&json!("recipient"), &json!("create_issue")));
    assert_eq!(act(&door, &waiting, "release").await.status, 409);
    assert_eq!(act(&door, &waiting, "cancel").await.json()["state"], "cancelled");
    assert_eq!(door.get("/api/v4/queue?recipient=incoming%2Bk@localhost").await.json(), json!([]));
    let done = door.get("/api/v4/queue?recipient=incoming%2Bk@localhost&state=cancelled").await.json();
    assert_eq!(done[0]["id"], waiting["id"]);
}

#[tokio::test]
async fn what_waits_can_be_acted_upon_while_the_mode_is_on() {
    let door = Door::open().await;
    door.enqueue(&notification("new_note", "ann@example.com")).await;
    door.turn(State::On).await;
    let queued = first(&door, "state=queued").await;
    assert_eq!(act(&door, &queued, "retry").await.status, 200);
    assert_eq!(door.post("/api/v4/queue/nonsense/retry").await.status, 404);
    assert_eq!(door.post("/api/v4/queue/019370a0-0000-7000-8000-000000000000/cancel").await.status, 404);
    assert_eq!(door.post("/api/v4/queue/019370a0-0000-7000-8000-000000000000/explode").await.status, 404);
}
