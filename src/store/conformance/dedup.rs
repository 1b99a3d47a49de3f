//! Forgetting what duplicates are recognised by.

use super::{Subject, at, idempotency, notification, offer, recipient, rules};
use crate::domain::mail::Intent;
use crate::domain::notification::Class;
use crate::store::dedup::Forgotten;
use crate::store::notification::NewNotification;
use std::sync::Arc;

fn keyed(seconds: i64, key: &str) -> Arc<NewNotification> {
    let new = notification(Class::Ordinary, at(seconds), "x");
    Arc::new(NewNotification { idempotency: idempotency(key, "x"), ..new })
}

pub async fn keys_and_contents_are_forgotten_once_they_no_longer_count(store: Subject) {
    for (seconds, name) in [(0, "old"), (10, "new")] {
        store.offer(offer(at(seconds), vec![recipient(Intent::Reply, name)], name), rules()).await.unwrap();
        store.enqueue(vec![keyed(seconds, name)]).await.unwrap();
    }
    assert_eq!(store.forget(at(10), 100).await.unwrap(), Forgotten { answers: 1, contents: 1 });
    assert_eq!(store.forget(at(10), 100).await.unwrap(), Forgotten::default());
    // What still counts is still recognised; what was forgotten is taken anew.
    for (seconds, name) in [(20, "old"), (21, "new")] {
        store.offer(offer(at(seconds), vec![recipient(Intent::Reply, name)], name), rules()).await.unwrap();
        store.enqueue(vec![keyed(seconds, name)]).await.unwrap();
    }
    let depths = store.depths().await.unwrap();
    assert_eq!((depths.waiting, depths.queued), (3, 3));
}

pub async fn what_is_forgotten_is_bounded_and_the_oldest_first(store: Subject) {
    for number in 0..5 {
        let name = format!("n{number}");
        store.offer(offer(at(number), vec![recipient(Intent::Reply, &name)], &name), rules()).await.unwrap();
        store.enqueue(vec![keyed(number, &name)]).await.unwrap();
    }
    assert_eq!(store.forget(at(100), 3).await.unwrap(), Forgotten { answers: 3, contents: 3 });
    store.enqueue(vec![keyed(50, "n4")]).await.unwrap();
    assert_eq!(store.depths().await.unwrap().queued, 5, "the newest key was forgotten first");
    assert_eq!(store.forget(at(100), 3).await.unwrap(), Forgotten { answers: 2, contents: 2 });
}
