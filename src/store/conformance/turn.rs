//! Sentences about whose turn it is.

use super::{Subject, at, notification, turn};
use crate::domain::mode::State;
use crate::domain::notification::Class;
use std::sync::Arc;

async fn enqueue(store: &Subject, class: Class, number: i64, from: i64) {
    let all = (0..number).map(|place| Arc::new(notification(class, at(from + place), class.as_str()))).collect();
    store.enqueue(all).await.unwrap();
}

/// The classes of a claim, in its order.
async fn claim(store: &Subject, limit: i64, seconds: i64) -> Vec<Class> {
    let claims = store.claim_deliveries(limit, at(seconds)).await.unwrap();
    claims.into_iter().map(|claim| claim.item.class).collect()
}

pub async fn after_a_long_mode_a_reset_does_not_queue_behind_what_piled_up(store: Subject) {
    turn(&store, State::On, at(0)).await;
    enqueue(&store, Class::Unclassified, 300, 1).await;
    turn(&store, State::Off, at(400)).await;
    enqueue(&store, Class::Ordinary, 3, 401).await;
    enqueue(&store, Class::WriteDependent, 1, 405).await;
    enqueue(&store, Class::System, 1, 406).await;
    enqueue(&store, Class::Paging, 1, 407).await;
    let first = claim(&store, 8, 500).await;
    let expected = [vec![Class::Paging, Class::WriteDependent, Class::System], vec![Class::Unclassified; 5]].concat();
    assert_eq!(first, expected);
}

pub async fn a_flood_of_pages_holds_up_no_other_class(store: Subject) {
    enqueue(&store, Class::Paging, 100, 0).await;
    enqueue(&store, Class::WriteDependent, 10, 0).await;
    enqueue(&store, Class::Ordinary, 10, 0).await;
    let first = claim(&store, 32, 200).await;
    let number = |wanted| first.iter().filter(|class| **class == wanted).count();
    assert_eq!((number(Class::Paging), number(Class::WriteDependent), number(Class::Ordinary)), (24, 4, 4));
}

pub async fn within_a_turn_the_oldest_goes_first_whatever_its_class(store: Subject) {
    enqueue(&store, Class::Ordinary, 1, 3).await;
    enqueue(&store, Class::Unclassified, 1, 2).await;
    enqueue(&store, Class::Ordinary, 1, 1).await;
    let claims = store.claim_deliveries(10, at(9)).await.unwrap();
    let order: Vec<_> = claims.iter().map(|claim| claim.item.enqueued_at).collect();
    assert_eq!(order, [at(1), at(2), at(3)]);
}
