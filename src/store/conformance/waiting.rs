//! Sentences about the time that passes while a delivery waits for the end of the mode.

use super::{Subject, at, notification, turn};
use crate::domain::failure::Failure;
use crate::domain::mode::{Change, How, State};
use crate::domain::notification::{Class, DeliveryState};
use crate::store::claim::{Claim, Settlement};
use crate::store::desk::Action;
use crate::store::mode::Author;
use crate::store::notification::{Accepted, Enqueued, NewNotification, Sending};
use std::sync::Arc;

const DAY: i64 = 86_400;

async fn enqueue(store: &Subject, new: NewNotification) -> Accepted {
    match store.enqueue(vec![Arc::new(new)]).await.unwrap().remove(0) {
        Enqueued::New(receipt) => receipt.accepted,
        Enqueued::Replayed(_) | Enqueued::KeyReused => panic!("there is no key"),
    }
}

async fn claim(store: &Subject, seconds: i64) -> Vec<Claim<Sending>> {
    store.claim_deliveries(100, at(seconds)).await.unwrap()
}

async fn state(store: &Subject, accepted: &Accepted) -> DeliveryState {
    store.notification(accepted.id).await.unwrap().unwrap().deliveries[0].state
}

pub async fn time_spent_waiting_for_the_end_of_the_mode_counts_only_against_not_after(store: Subject) {
    let new = |not_after: Option<i64>, number| NewNotification {
        not_after: not_after.map(at),
        expires_at: at(5 * DAY).min(not_after.map_or(at(5 * DAY), at)),
        ..notification(Class::Unclassified, at(number), "x")
    };
    let before = enqueue(&store, new(None, 0)).await;
    let bounded = enqueue(&store, new(Some(6 * DAY), 0)).await;
    turn(&store, State::On, at(DAY)).await;
    // Another word about the same maintenance changes nothing.
    let message = Change { message: Some(Some("longer".into())), ..Change::default() };
    let author = Author { name: "ann".into(), how: How::Console };
    store.change_mode(message, None, author, at(2 * DAY)).await.unwrap();
    let within = enqueue(&store, new(None, 3 * DAY)).await;
    let brief = enqueue(&store, new(Some(4 * DAY), 3 * DAY)).await;
    assert!(claim(&store, 100 * DAY).await.is_empty());
    assert_eq!(state(&store, &bounded).await, DeliveryState::Expired);
    assert_eq!(state(&store, &brief).await, DeliveryState::Expired);
    turn(&store, State::Off, at(100 * DAY)).await;
    let sent = claim(&store, 100 * DAY).await;
    let ends = [(&before, 104 * DAY), (&within, 102 * DAY)];
    for (accepted, end) in ends {
        let one = sent.iter().find(|claim| claim.item.notification_id == accepted.id).unwrap();
        assert_eq!(one.item.expires_at, at(end), "what was left of the retry time when it began to wait");
    }
    assert_eq!(sent.len(), 2);
}

pub async fn what_comes_back_while_the_mode_is_on_does_not_age_either(store: Subject) {
    let failed = enqueue(&store, notification(Class::Unclassified, at(0), "failed")).await;
    let under_way = enqueue(&store, notification(Class::Unclassified, at(0), "under way")).await;
    for sending in claim(&store, 1).await {
        if sending.item.notification_id == failed.id {
            store.settle_delivery(sending, Settlement::Failed(Failure::permanent("550 no")), at(1)).await.unwrap();
        } else {
            assert!(store.pass_dot(&sending, at(1)).await.unwrap());
            turn(&store, State::On, at(2)).await;
            let again = Settlement::Retry(Failure::temporary("451 later"), at(3));
            store.settle_delivery(sending, again, at(3)).await.unwrap();
        }
    }
    store.act(failed.deliveries[0].id.into(), Action::Retry, at(4)).await.unwrap();
    assert!(claim(&store, 100 * DAY).await.is_empty());
    turn(&store, State::Off, at(100 * DAY)).await;
    let mut sent: Vec<_> = claim(&store, 100 * DAY).await.into_iter().map(|claim| claim.item.notification_id).collect();
    sent.sort_unstable();
    let mut expected = vec![failed.id, under_way.id];
    expected.sort_unstable();
    assert_eq!(sent, expected);
}
