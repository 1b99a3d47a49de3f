//! Sentences about draining.

use super::{Subject, at, notification, offer, recipient, rules, settle, turn};
use crate::domain::mail::Intent;
use crate::domain::mode::{State, Version};
use crate::domain::notification::Class;
use crate::policy::rules::{AcceptedBefore, Rules};
use crate::store::claim::Settlement;
use crate::store::desk::{Action, Page, QueueFilter};
use crate::store::drain::Drain;
use std::sync::Arc;

async fn drain(store: &Subject, seconds: i64) -> Drain {
    store.drain(rules(), at(seconds)).await.unwrap()
}

pub async fn a_maintenance_with_nothing_under_way_is_drained_and_the_history_says_since_when(store: Subject) {
    assert!(!drain(&store, 0).await.is_drained(), "the mode is off");
    turn(&store, State::On, at(1)).await;
    assert_eq!(store.progress().await.unwrap().drained_at, None, "drained before a look recorded it");
    let first = drain(&store, 2).await;
    assert!(first.is_drained() && first.is_empty());
    assert_eq!(first.drained_at, Some(at(2)));
    assert_eq!(drain(&store, 9).await.drained_at, Some(at(2)));
    assert_eq!(store.history(1).await.unwrap()[0].drained_at, Some(at(2)));
    let progress = store.progress().await.unwrap();
    assert_eq!((progress.mode.version, progress.drained_at), (Version(2), Some(at(2))));
    turn(&store, State::Off, at(10)).await;
    assert_eq!(store.progress().await.unwrap().drained_at, None, "only a maintenance drains");
}

pub async fn mail_accepted_before_keeps_a_maintenance_from_being_drained_until_it_is_handed_over(store: Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    turn(&store, State::On, at(1)).await;
    assert!(!drain(&store, 2).await.is_drained(), "it is due");
    let claim = store.claim_hand_overs(1, rules(), at(3)).await.unwrap().pop().unwrap();
    assert!(!drain(&store, 4).await.is_drained(), "it is being handed over");
    settle(&store, claim, Settlement::Done("ok".into()), at(5)).await;
    assert_eq!(drain(&store, 6).await.drained_at, Some(at(6)));
}

pub async fn mail_that_the_mode_lets_in_does_not_hold_up_draining_and_released_mail_does(store: Subject) {
    turn(&store, State::On, at(1)).await;
    store.offer(offer(at(2), vec![recipient(Intent::Postmaster, "p")], "x"), rules()).await.unwrap();
    let claim = store.claim_hand_overs(1, rules(), at(3)).await.unwrap().pop().unwrap();
    assert!(drain(&store, 4).await.is_drained(), "mail for a person is handed over in the mode");
    settle(&store, claim, Settlement::Done("ok".into()), at(5)).await;
    store.offer(offer(at(6), vec![recipient(Intent::Unsubscribe, "u")], "y"), rules()).await.unwrap();
    let held = store.queue(QueueFilter::default(), Page { limit: 1, after: None }).await.unwrap().remove(0);
    store.act(held.id, Action::Release, at(7)).await.unwrap();
    let claims = store.claim_hand_overs(1, rules(), at(8)).await.unwrap();
    assert_eq!(claims.len(), 1, "it is being handed over");
    assert!(!drain(&store, 9).await.is_drained(), "an operator released a mail that writes");
}

pub async fn mail_that_waits_for_the_end_of_the_mode_does_not_hold_up_draining(store: Subject) {
    let waits = Arc::new(Rules { accepted_before: AcceptedBefore::Wait, ..Rules::default() });
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    turn(&store, State::On, at(1)).await;
    let drained = store.drain(waits, at(2)).await.unwrap();
    assert!(drained.is_drained() && !drained.is_empty());
}

pub async fn a_blocked_delivery_past_its_dot_is_waited_for_and_an_ordinary_one_is_not(store: Subject) {
    for class in [Class::Ordinary, Class::Paging] {
        store.enqueue(vec![Arc::new(notification(class, at(0), "x"))]).await.unwrap();
    }
    let claims = store.claim_deliveries(10, at(1)).await.unwrap();
    for claim in &claims {
        assert!(store.pass_dot(claim, at(2)).await.unwrap());
    }
    turn(&store, State::On, at(3)).await;
    assert!(!drain(&store, 4).await.is_drained());
    for claim in claims {
        if claim.item.class == Class::Paging {
            store.settle_delivery(claim, Settlement::Done("250".into()), at(5)).await.unwrap();
        }
    }
    let drained = drain(&store, 6).await;
    assert!(drained.is_drained() && !drained.is_empty(), "the ordinary one is still being sent");
}

pub async fn what_is_held_keeps_a_drained_maintenance_from_being_empty(store: Subject) {
    turn(&store, State::On, at(0)).await;
    store.offer(offer(at(1), vec![recipient(Intent::Unsubscribe, "u")], "x"), rules()).await.unwrap();
    let drained = drain(&store, 2).await;
    assert!(drained.is_drained() && !drained.is_empty());
}
