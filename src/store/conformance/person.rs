//! People, their sessions, and the brakes on guessing.

use super::{Subject, at, noon};
use crate::domain::id::Id;
use crate::domain::person::Role;
use crate::store::person::{Account, IDLE, Last, NewPassword, NewSession, Removal, Try, WHOLE};
use jiff::SignedDuration;

fn account(name: &str, role: Role) -> Account {
    Account { id: Id::mint(noon()), name: name.into(), role, must_change: true, created_at: noon(), signed_in_at: None }
}

async fn keep(store: &Subject, name: &str, role: Role) -> Account {
    let account = account(name, role);
    assert!(store.create_account(account.clone(), format!("$argon2id${name}")).await.unwrap());
    account
}

fn session(account: &Account, generation: i64) -> NewSession {
    let (client, agent) = ("192.0.2.*".into(), "Firefox on Linux".into());
    NewSession { id: Id::mint(noon()), account_id: account.id, generation, client, agent, created_at: noon() }
}

fn password(hash: &str) -> NewPassword {
    NewPassword { hash: hash.into(), must_change: false }
}

pub async fn a_person_is_found_by_name_and_no_two_have_the_same(store: Subject) {
    let ann = keep(&store, "ann", Role::Auditor).await;
    let bob = keep(&store, "bob", Role::Administrator).await;
    assert!(!store.create_account(account("ann", Role::Administrator), "other".into()).await.unwrap());
    assert_eq!(store.list_accounts().await.unwrap(), [ann.clone(), bob]);
    let found = store.find_account("ann".into()).await.unwrap().unwrap();
    assert_eq!((found.account, found.password_hash.as_str(), found.generation), (ann, "$argon2id$ann", 1));
    assert!(store.find_account("cat".into()).await.unwrap().is_none());
}

pub async fn a_session_lives_while_it_is_used_and_not_for_ever(store: Subject) {
    let ann = keep(&store, "ann", Role::Auditor).await;
    let begun = session(&ann, 1);
    assert!(store.open_session(begun.clone(), [1; 32]).await.unwrap());
    let (found, account, hash) = store.find_session([1; 32], at(60)).await.unwrap().unwrap();
    assert_eq!((found.id, found.user.as_str(), account.role, hash), (begun.id, "ann", Role::Auditor, [1; 32]));
    assert_eq!((account.signed_in_at, found.expires_at), (Some(noon()), noon() + WHOLE));
    assert!(store.find_session([2; 32], at(60)).await.unwrap().is_none());
    let (idle, whole) = (noon() + IDLE, noon() + WHOLE);
    assert!(store.find_session([1; 32], idle).await.unwrap().is_none(), "an idle session opened something");
    assert!(store.list_sessions(idle).await.unwrap().is_empty());
    let mut now = noon();
    while now + SignedDuration::from_hours(6) < whole {
        now += SignedDuration::from_hours(6);
        store.touch_session(begun.id, now).await.unwrap();
        assert!(store.find_session([1; 32], now).await.unwrap().is_some());
    }
    assert_eq!(store.list_sessions(now).await.unwrap()[0].seen_at, now);
    store.touch_session(begun.id, noon()).await.unwrap();
    assert_eq!(store.list_sessions(now).await.unwrap()[0].seen_at, now, "time went back");
    store.touch_session(begun.id, whole + IDLE).await.unwrap();
    assert!(store.find_session([1; 32], whole).await.unwrap().is_none(), "a session lived for ever");
}

pub async fn a_session_ends_when_it_is_told_to_and_no_other_with_it(store: Subject) {
    let ann = keep(&store, "ann", Role::Auditor).await;
    let (one, other) = (session(&ann, 1), session(&ann, 1));
    assert!(store.open_session(one.clone(), [1; 32]).await.unwrap());
    assert!(store.open_session(other, [2; 32]).await.unwrap());
    assert!(store.end_session(one.id).await.unwrap() && !store.end_session(one.id).await.unwrap());
    assert!(store.find_session([1; 32], noon()).await.unwrap().is_none());
    assert!(store.find_session([2; 32], noon()).await.unwrap().is_some());
}

pub async fn another_password_ends_the_sessions_under_the_old_one_and_those_just_beginning(store: Subject) {
    let ann = keep(&store, "ann", Role::Auditor).await;
    assert!(store.open_session(session(&ann, 1), [1; 32]).await.unwrap());
    assert_eq!(store.set_password("ann".into(), password("new")).await.unwrap(), Some(2));
    assert!(store.find_session([1; 32], noon()).await.unwrap().is_none());
    assert!(!store.open_session(session(&ann, 1), [2; 32]).await.unwrap(), "the old password opened a session");
    assert!(store.open_session(session(&ann, 2), [3; 32]).await.unwrap());
    let found = store.find_account("ann".into()).await.unwrap().unwrap();
    assert_eq!((found.password_hash.as_str(), found.account.must_change), ("new", false));
    assert_eq!(store.set_password("cat".into(), password("new")).await.unwrap(), None);
}

pub async fn who_is_removed_is_signed_out_and_the_last_administrator_stays(store: Subject) {
    let root = keep(&store, "root", Role::Administrator).await;
    let ann = keep(&store, "ann", Role::Auditor).await;
    assert!(store.open_session(session(&ann, 1), [1; 32]).await.unwrap());
    assert!(store.open_session(session(&root, 1), [2; 32]).await.unwrap());
    assert_eq!(store.remove_account("ann".into(), Last::Keep).await.unwrap(), Removal::Done);
    assert!(store.find_session([1; 32], noon()).await.unwrap().is_none());
    assert!(!store.open_session(session(&ann, 1), [3; 32]).await.unwrap());
    assert_eq!(store.remove_account("ann".into(), Last::Keep).await.unwrap(), Removal::Missing);
    assert_eq!(store.remove_account("root".into(), Last::Keep).await.unwrap(), Removal::LastAdministrator);
    assert!(store.find_session([2; 32], noon()).await.unwrap().is_some());
    assert_eq!(store.remove_account("root".into(), Last::Remove).await.unwrap(), Removal::Done);
    assert!(!store.has_user().await.unwrap());
}

pub async fn of_two_administrators_who_remove_each_other_one_stays(store: Subject) {
    for round in 0..10 {
        let names = [format!("a{round}"), format!("b{round}")];
        for name in &names {
            keep(&store, name, Role::Administrator).await;
        }
        let both = names.clone().map(|name| store.remove_account(name, Last::Keep));
        let came = futures_util::future::join_all(both).await;
        let done = came.into_iter().filter(|came| matches!(came, Ok(Removal::Done))).count();
        assert_eq!((done, store.list_accounts().await.unwrap().len()), (1, 1));
        let left = store.list_accounts().await.unwrap().remove(0).name;
        store.remove_account(left, Last::Remove).await.unwrap();
    }
}

fn tried(client: u8, browser: Option<u8>) -> Try {
    Try { name: "ann".into(), client: client.to_string(), browser: browser.map(|browser| browser.to_string()) }
}

pub async fn guesses_are_counted_before_they_are_looked_at_however_many_come_at_once(store: Subject) {
    let tries = (0..40).map(|_| store.count_try(tried(1, None), noon()));
    let looked_at =
        futures_util::future::join_all(tries).await.into_iter().filter(|free| matches!(free, Ok(None))).count();
    assert_eq!(looked_at, 11, "ten are free, and the one after them brings the first wait");
    let free_at = store.count_try(tried(1, None), noon()).await.unwrap().unwrap();
    assert_eq!(store.count_try(tried(2, None), noon()).await.unwrap(), None, "one client's failures held another up");
    assert_eq!(store.count_try(tried(1, None), free_at).await.unwrap(), None);
}

pub async fn many_clients_hold_up_strangers_but_not_a_browser_that_is_known(store: Subject) {
    store.count_try(tried(100, None), noon()).await.unwrap();
    store.settle_try(tried(100, None), "77".into(), noon()).await.unwrap();
    for client in 0..40 {
        store.count_try(tried(client, None), noon()).await.unwrap();
    }
    let free_at = store.count_try(tried(50, None), noon()).await.unwrap().expect("a wait for the name");
    assert!(free_at <= at(60), "a name was locked for long");
    assert_eq!(store.count_try(tried(100, Some(77)), noon()).await.unwrap(), None, "its owner was locked out");
    assert!(store.count_try(tried(100, Some(78)), noon()).await.unwrap().is_some(), "any cookie opened the brake");
    keep(&store, "ann", Role::Auditor).await;
    store.set_password("ann".into(), password("new")).await.unwrap();
    assert_eq!(store.count_try(tried(51, None), noon()).await.unwrap(), None, "the console did not free the name");
}

pub async fn whoever_knows_one_password_does_not_guess_others_for_free(store: Subject) {
    for _ in 0..5 {
        store.count_try(tried(1, None), noon()).await.unwrap();
        let own = Try { name: "eve".into(), ..tried(1, None) };
        store.count_try(own.clone(), noon()).await.unwrap();
        store.settle_try(own, "66".into(), noon()).await.unwrap();
    }
    let mut more = 0;
    while store.count_try(tried(1, None), noon()).await.unwrap().is_none() {
        more += 1;
    }
    assert_eq!(more, 6, "signing in under another name forgave guesses");
}
