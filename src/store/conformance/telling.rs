//! Sentences about telling an application of the mode.

use super::{Subject, at};
use crate::domain::id::Lease;
use crate::domain::mode::Version;
use crate::store::telling::{Told, Webhook};

const HOOK: Webhook = [7; 32];

pub async fn one_process_at_a_time_tells_and_what_was_told_is_remembered(store: Subject) {
    let [one, other] = [Lease::mint(at(0)), Lease::mint(at(0))];
    assert_eq!(store.told(HOOK).await.unwrap(), None);
    assert_eq!(store.claim_telling(HOOK, one, at(0)).await.unwrap(), Some(Version(0)));
    assert_eq!(store.claim_telling(HOOK, other, at(1)).await.unwrap(), None);
    assert!(store.settle_telling(HOOK, one, Version(4), at(2)).await.unwrap());
    assert_eq!(store.claim_telling(HOOK, one, at(25)).await.unwrap(), Some(Version(4)), "renewed");
    assert_eq!(store.claim_telling(HOOK, other, at(40)).await.unwrap(), None);
    assert_eq!(store.claim_telling([8; 32], other, at(40)).await.unwrap(), Some(Version(0)), "another webhook");
    store.release_telling(HOOK, other).await.unwrap();
    assert_eq!(store.claim_telling(HOOK, other, at(41)).await.unwrap(), None, "it was not its own");
    store.release_telling(HOOK, one).await.unwrap();
    assert_eq!(store.claim_telling(HOOK, other, at(41)).await.unwrap(), Some(Version(4)));
}

pub async fn a_dead_tellers_lease_ends_and_its_late_word_does_not_count(store: Subject) {
    let [dead, next] = [Lease::mint(at(0)), Lease::mint(at(0))];
    store.claim_telling(HOOK, dead, at(0)).await.unwrap();
    assert_eq!(store.claim_telling(HOOK, next, at(29)).await.unwrap(), None);
    assert_eq!(store.claim_telling(HOOK, next, at(31)).await.unwrap(), Some(Version(0)));
    assert!(!store.settle_telling(HOOK, dead, Version(3), at(32)).await.unwrap());
    assert!(!store.fail_telling(HOOK, dead, "late".into()).await.unwrap());
    assert!(store.settle_telling(HOOK, next, Version(5), at(33)).await.unwrap());
    let told = Told { version: Version(5), told_at: Some(at(33)), failures: 0, reason: None };
    assert_eq!(store.told(HOOK).await.unwrap(), Some(told));
}

pub async fn a_failed_try_is_on_record_until_the_next_success(store: Subject) {
    let lease = Lease::mint(at(0));
    store.claim_telling(HOOK, lease, at(0)).await.unwrap();
    for reason in ["404", "nobody \0 there"] {
        assert!(store.fail_telling(HOOK, lease, reason.into()).await.unwrap());
    }
    let told = store.told(HOOK).await.unwrap().unwrap();
    assert_eq!((told.version, told.failures), (Version(0), 2));
    assert!(told.reason.unwrap().starts_with("nobody"));
    assert!(store.settle_telling(HOOK, lease, Version(1), at(1)).await.unwrap());
    assert_eq!(store.told(HOOK).await.unwrap().unwrap().failures, 0);
}
