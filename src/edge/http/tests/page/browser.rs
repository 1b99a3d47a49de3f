//! A headless browser: it keeps cookies, and reads the CSRF token from the form on a page.

use super::{Answer, Door, PASSWORD};
use crate::clock::Clock;
use crate::domain::id::Id;
use crate::domain::password;
use crate::domain::person::Role;
use crate::store::person::{Account, PersonStore};
use axum::body::Body;
use axum::http::Request;
use std::collections::BTreeMap;

/// A browser with its own client address.
pub struct Browser<'a> {
    pub door: &'a Door,
    pub cookies: BTreeMap<String, String>,
    pub peer: String,
}

impl Door {
    /// Creates a user who has chosen a password and may sign in.
    pub async fn person(&self, name: &str, role: Role) {
        self.account(name, role, false).await;
    }

    pub async fn account(&self, name: &str, role: Role, must_change: bool) {
        let now = self.clock.now();
        let id = Id::mint(now);
        let account = Account { id, name: name.into(), role, must_change, created_at: now, signed_in_at: None };
        assert!(self.store.create_account(account, password::hash(PASSWORD).unwrap()).await.unwrap());
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser { door: self, cookies: BTreeMap::new(), peer: "192.0.2.1:4711".into() }
    }

    /// Creates a user and signs the user in.
    pub async fn signed_in(&self, name: &str, role: Role) -> Browser<'_> {
        self.person(name, role).await;
        let mut browser = self.browser();
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/admin"), "{}", answer.text);
        browser
    }
}

impl Browser<'_> {
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header("Cookie", jar.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.door.send_from(&self.peer, request.body(Body::from(body)).unwrap()).await;
        for line in answer.headers.get_all("set-cookie") {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            match cookie.max_age() {
                Some(age) if age.is_zero() => drop(self.cookies.remove(cookie.name())),
                _ => drop(self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned())),
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], String::new()).await
    }

    /// Sends a form with exactly these fields.
    pub async fn post_bare(&mut self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        self.send("POST", path, &headers, body).await
    }

    /// Loads `page`, and sends a form from there to `path`.
    pub async fn post(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = token(&self.get(page).await);
        let with_token: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post_bare(path, &[("Sec-Fetch-Site", "same-origin")], &with_token).await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/users/sign_in", "/users/sign_in", &[("username", name), ("password", password)]).await
    }
}

/// The CSRF token in the first form of a page.
pub fn token(answer: &Answer) -> String {
    let value = answer.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_else(|| panic!("no form on {} {}", answer.status, answer.text)).to_owned()
}
