//! Tokens and users.

use super::{Subject, noon};
use crate::domain::id::Id;
use crate::domain::person::Role;
use crate::store::access::{Scope, Token};
use crate::store::person::Account;

const HASH: &str = "$argon2id$x";

fn token(name: &str) -> Token {
    Token { id: Id::mint(noon()), name: name.into(), scope: Scope::Api, created_at: noon(), revoked_at: None }
}

fn user() -> Account {
    let (id, role) = (Id::mint(noon()), Role::Administrator);
    Account { id, name: "root".into(), role, must_change: true, created_at: noon(), signed_in_at: None }
}

pub async fn the_first_user_and_token_are_kept_together_or_not_at_all(store: Subject) {
    assert!(store.create_token(token("root"), [1; 32]).await.unwrap());
    assert!(!store.create_first(user(), HASH.into(), token("root"), [2; 32]).await.unwrap());
    assert!(!store.has_user().await.unwrap(), "the token was refused and the user kept");
    assert!(store.create_first(user(), HASH.into(), token("other"), [3; 32]).await.unwrap());
    assert!(store.has_user().await.unwrap() && store.find_token([3; 32]).await.unwrap().is_some());
    assert!(!store.create_first(user(), HASH.into(), token("third"), [4; 32]).await.unwrap());
    assert!(store.find_token([4; 32]).await.unwrap().is_none(), "the user was refused and the token kept");
}
