//! The database moves: two real PostgreSQL clusters, two gateways and clients that never pause, by
//! the commands of `docs/failover.md`.
//!
//! Clients behave as an MTA and a forge do: they offer a mail or a notification, the same bytes
//! each time, until they hear yes or no for good. Then what was answered 250 or 202 is in the
//! promoted store once, and nothing else is, and it arrives once.
//!
//! Shown to fail by hand: with a standby that is not synchronous and whose receiver is stopped
//! before the primary is lost; with a primary stopped by `-m immediate`.
//!
//! About 30 s each on a busy machine, and up to 30 s more when a lease has to end.

mod arrived;
mod load;
mod lost;
mod page;
mod planned;
mod scene;
