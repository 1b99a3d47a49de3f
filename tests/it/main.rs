//! Tests the gateway from outside: real processes, real peers, real files.
//!
//! Each test has its own folder and ports, and waits for events instead of sleeping. `tests/run.sh`
//! installs the peers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod harness;

mod behind_postfix;
mod browser;
mod console;
mod crash;
mod drain;
mod failover;
mod flag;
mod history;
mod jobs;
mod limits;
mod log;
mod mistake;
mod nodes;
mod openapi;
mod peer;
mod postfix_in_front;
mod relay;
mod reload;
mod secret;
mod space;
mod stopping;
mod store;
mod stumbling;
mod trace;
mod two_flags;
mod unit;
mod unknown;
mod window;
