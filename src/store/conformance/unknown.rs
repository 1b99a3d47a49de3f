//! Sentences about a store that went back to an older version than was seen: what it says of the
//! mode is not believed.

use super::{Subject, at, envelope, forget_down_to, notification, offer, recipient, rules, settle, turn};
use crate::domain::mail::Intent;
use crate::domain::mode::{Change, How, Mode, State, Version};
use crate::domain::notification::Class;
use crate::store::claim::Settlement;
use crate::store::desk::{Page, QueueFilter};
use crate::store::error::{Result, StoreError};
use crate::store::mode::{Author, Changed};
use std::sync::Arc;

// Shown to fail by hand: when `Known::believe` believes everything, mail, notifications, claims and
// dots go through.
fn is_unknown<T>(answer: Result<T>) -> bool {
    matches!(answer, Err(StoreError::WentBack { seen: Version(9), .. }))
}

/// Something of each kind that would be worked off, were the mode known.
async fn work(store: &Subject) {
    store.offer(offer(at(0), vec![recipient(Intent::Reply, "r")], "x"), rules()).await.unwrap();
    for class in [Class::Ordinary, Class::Paging] {
        store.enqueue(vec![Arc::new(notification(class, at(0), "x"))]).await.unwrap();
    }
}

pub async fn what_went_back_takes_no_mail_and_no_notification_and_gives_no_work(store: Subject) {
    work(&store).await;
    forget_down_to(&store, Version(9)).await;
    assert!(is_unknown(store.mode().await));
    let mail = || offer(at(1), vec![recipient(Intent::CreateIssue, "i")], "y");
    assert!(is_unknown(store.offer(mail(), rules()).await));
    assert!(is_unknown(store.judge(envelope(at(1)), vec![recipient(Intent::CreateIssue, "i")], rules()).await));
    assert!(is_unknown(store.enqueue(vec![Arc::new(notification(Class::Ordinary, at(1), "y"))]).await));
    assert!(is_unknown(store.claim_hand_overs(10, rules(), at(1)).await));
    assert!(is_unknown(store.claim_deliveries(10, at(1)).await));
    let queue = store.queue(QueueFilter::default(), Page { limit: 10, after: None }).await.unwrap();
    assert_eq!(queue.len(), 3, "nothing came, nothing went: {queue:?}");
    turn(&store, State::Off, at(2)).await;
    assert_eq!(store.claim_hand_overs(10, rules(), at(3)).await.unwrap().len(), 1);
    assert_eq!(store.claim_deliveries(10, at(3)).await.unwrap().len(), 2);
}

pub async fn what_went_back_claims_no_message_for_the_dot_and_no_drained_maintenance(store: Subject) {
    work(&store).await;
    let deliveries = store.claim_deliveries(10, at(1)).await.unwrap();
    let hand_over = store.claim_hand_overs(1, rules(), at(1)).await.unwrap().pop().unwrap();
    forget_down_to(&store, Version(9)).await;
    assert!(is_unknown(store.drain(rules(), at(2)).await));
    assert!(is_unknown(store.may_offer(&hand_over, rules()).await));
    for delivery in deliveries {
        assert!(is_unknown(store.pass_dot(&delivery, at(2)).await));
    }
    // What happened already is recorded all the same.
    settle(&store, hand_over, Settlement::Done("ok".into()), at(3)).await;
}

pub async fn an_explicit_off_says_what_holds_even_when_it_is_off_already(store: Subject) {
    forget_down_to(&store, Version(9)).await;
    let Changed::Done { mode, .. } = turn(&store, State::Off, at(1)).await else { panic!("nothing changed") };
    assert_eq!((mode.state, mode.version), (State::Off, Version(10)));
    assert_eq!(store.mode().await.unwrap(), mode);
    assert_eq!((store.known_version(), store.recall().await.unwrap()), (Version(10), Version(10)));
    // From here on all is as ever: no change, no new version.
    assert!(matches!(turn(&store, State::Off, at(2)).await, Changed::Same(Mode { version: Version(10), .. })));
    assert!(matches!(
        turn(&store, State::On, at(3)).await,
        Changed::Done { mode: Mode { version: Version(11), .. }, .. }
    ));
}

pub async fn what_went_back_is_not_restored_by_a_message_a_condition_or_a_schedule(store: Subject) {
    forget_down_to(&store, Version(9)).await;
    let on = || Change { state: Some(State::On), ..Change::default() };
    let worded = Change { message: Some(Some("Back soon".into())), ..Change::default() };
    for (change, expected, how) in [
        (worded, None, How::Api),
        (Change::default(), None, How::Console),
        (on(), Some(Version(1)), How::Api),
        (on(), Some(Version(9)), How::Api),
        (on(), None, How::Schedule),
    ] {
        let author = Author { name: "ann".into(), how };
        let answer = store.change_mode(change, expected, author, at(1)).await;
        assert!(is_unknown(answer), "{expected:?} {how}");
    }
    assert_eq!(store.history(10).await.unwrap().len(), 1);
}

pub async fn whoever_knows_nothing_takes_what_the_other_processes_have_seen(store: Subject) {
    let witness = crate::store::mode::Node {
        id: crate::domain::id::Id::mint(at(0)),
        name: "witness".into(),
        version: Version(9),
        mode: crate::domain::mode::SeenMode::Unknown,
        seen_at: at(0),
        report: Default::default(),
    };
    store.see(witness).await.unwrap();
    assert_eq!(store.mode().await.unwrap().version, Version(1), "this process has seen no more");
    assert!(matches!(
        turn(&store, State::Off, at(1)).await,
        Changed::Done { mode: Mode { version: Version(10), .. }, .. }
    ));
}
