//! Limits the number of event streams: far fewer than connections, with a limit for each client
//! address and each caller, and some places reserved for administrators and tokens of scope `api`.

use crate::edge::http::client::Client;
use crate::edge::http::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most open streams in one process, so that other requests get through.
pub const MAX_STREAMS: usize = 100;
/// Of these, the places that only administrators and tokens of scope `api` may use.
const KEPT: usize = 20;
/// Most streams of one client address. Administrators and tokens of scope `api` have the same limit
/// again, counted separately.
pub const MAX_OF_CLIENT: usize = 10;
/// Most streams of one token or one person.
pub const MAX_OF_CALLER: usize = 10;

/// The caller who opens a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The client address that the limit counts; `None` counts for no client.
    pub client: Option<IpAddr>,
    /// The token or the person.
    pub caller: String,
    /// Whether the caller is an administrator, or a token of scope `api`.
    pub is_privileged: bool,
}

impl Listener {
    /// A caller at `client`. A trusted proxy never counts as a client.
    #[must_use]
    pub fn new(client: Client, trusted_proxies: &[ipnet::IpNet], caller: String, is_privileged: bool) -> Self {
        Self { client: client.counted(trusted_proxies), caller, is_privileged }
    }
}

/// The places of one HTTP server.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<Open>>);

/// The open streams by number.
#[derive(Debug, Default)]
struct Open {
    next: u64,
    streams: BTreeMap<u64, Listener>,
}

/// A stream's place, freed on drop.
#[derive(Debug)]
pub struct Place {
    places: Places,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.open().streams.remove(&self.number);
    }
}

impl Places {
    /// Takes a place for one more stream.
    ///
    /// # Errors
    /// 429 when the client or the caller has reached its limit, 503 when all places are taken.
    pub fn take(&self, listener: Listener) -> Result<Place, Problem> {
        let mut open = self.open();
        open.admit(&listener)?;
        open.next += 1;
        let number = open.next;
        open.streams.insert(number, listener);
        Ok(Place { places: self.clone(), number })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn admit(&self, new: &Listener) -> Result<(), Problem> {
        let count = |counted: &dyn Fn(&Listener) -> bool| self.streams.values().filter(|open| counted(open)).count();
        if count(&|open| open.caller == new.caller) >= MAX_OF_CALLER {
            return Err(too_many("of this token or person", MAX_OF_CALLER));
        }
        // Privileged callers are counted separately, so that other streams from the same address do
        // not keep an administrator out.
        let is_alike = |open: &Listener| open.client == new.client && open.is_privileged == new.is_privileged;
        if new.client.is_some() && count(&is_alike) >= MAX_OF_CLIENT {
            return Err(too_many("from this client", MAX_OF_CLIENT));
        }
        let places = if new.is_privileged { MAX_STREAMS } else { MAX_STREAMS - KEPT };
        if self.streams.len() >= places { Err(full()) } else { Ok(()) }
    }
}

fn too_many(whose: &str, most: usize) -> Problem {
    let detail = format!("{most} event streams {whose} are open already: close one of them, or share one.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).header(header::RETRY_AFTER, HeaderValue::from_static("60"))
}

fn full() -> Problem {
    let detail = "As many event streams as there may be are open already: try again later.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).header(header::RETRY_AFTER, HeaderValue::from_static("60"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(client: u8, caller: &str, is_privileged: bool) -> Listener {
        Listener { client: Some(IpAddr::from([192, 0, 2, client])), caller: caller.to_owned(), is_privileged }
    }

    fn status(taken: Result<Place, Problem>) -> u16 {
        taken.map_or_else(|problem| problem.status().as_u16(), |_| 200)
    }

    #[test]
    fn a_client_and_a_caller_have_a_share_each() {
        let places = Places::default();
        let mut open: Vec<Place> =
            (0..MAX_OF_CLIENT).map(|n| places.take(listener(1, &format!("token {n}"), false)).unwrap()).collect();
        assert_eq!(status(places.take(listener(1, "token x", false))), 429);
        assert_eq!(status(places.take(listener(1, "root", true))), 200, "an administrator at the same address");
        assert_eq!(status(places.take(listener(2, "token x", false))), 200);
        open.pop();
        assert_eq!(status(places.take(listener(1, "token x", false))), 200, "a place is free again");
        let _of_one: Vec<Place> = (0..MAX_OF_CALLER)
            .map(|n| places.take(listener(u8::try_from(n).unwrap() + 9, "busy", false)).unwrap())
            .collect();
        assert_eq!(status(places.take(listener(99, "busy", false))), 429);
    }

    #[test]
    fn some_places_are_kept_for_administrators_and_an_uncounted_client_has_no_share() {
        let places = Places::default();
        let unknown = |caller: String, is_privileged| Listener { client: None, caller, is_privileged };
        let _open: Vec<Place> =
            (0..MAX_STREAMS - KEPT).map(|n| places.take(unknown(n.to_string(), false)).unwrap()).collect();
        assert_eq!(status(places.take(unknown("one more".into(), false))), 503);
        let _kept: Vec<Place> = (0..KEPT).map(|n| places.take(unknown(format!("admin {n}"), true)).unwrap()).collect();
        assert_eq!(status(places.take(unknown("admin x".into(), true))), 503);
    }
}
