//! Postern: an email and notification gateway for self-hosted forges, with Maintenance Mode at its
//! heart.
//!
//! Postern stands between a forge and the world and shares one flag with everything that passes:
//! the **mode**. While it is on, mail that would write is refused in the SMTP dialogue,
//! notifications whose use is a write are suppressed and listed, and writes over HTTP answer 403.
//! When a change of the mode returns, nothing decided under the old one can appear any more.
//!
//! # The cast
//! - **mode** ([`domain::mode`]): off or on, with a version that grows at every change and never
//!   goes back.
//! - **mail**, **recipient**, **intent** ([`domain::mail`]): what comes in; the envelope's address
//!   says what it asks for.
//! - **notification**, **delivery**, **kind**, **class** ([`domain::notification`]): what goes out;
//!   the class says what maintenance means for it.
//! - **verdict** ([`policy`]): the answer to "what is asked × the mode"; pure, total, on one page
//!   in `fixtures/policy/table.txt`.
//! - **receipt** ([`store::receipt`]) and **claim** ([`store::claim`]): witnesses. Only a receipt
//!   says 250 or 202, only a claim sends or hands over; neither can be made outside a store's
//!   committed transaction.
//!
//! # The floors
//! A room imports only from strictly lower floors, and rooms on one floor are strangers;
//! `tests/floors.rs` holds the house to it.
//!
//! | floor | rooms |
//! | --- | --- |
//! | 7 | [`run`]: configuration, command line, wiring, starting and stopping |
//! | 6 | [`edge`]: SMTP, HTTP, the relay, the application: each speaks one protocol and decides nothing |
//! | 5 | [`shown`]: the JSON contract: what HTTP and the command line show programs |
//! | 4 | [`inbound`]: accepting and handing over · [`outbound`]: enqueueing and delivering · [`concern`]: what needs an operator |
//! | 3 | [`flag`]: changing and following the mode, telling the application of it · [`pace`]: leases and standstills |
//! | 2 | [`store`]: what is remembered; its traits, scripts that judge inside the transaction, SQLite and PostgreSQL |
//! | 1 | [`policy`]: the heart · [`message`]: bytes ↔ types |
//! | 0 | [`domain`]: nouns · [`clock`]: the time · [`disk`]: files that are there or not · [`listen`]: taking connections · [`tls`]: why a certificate is refused |
//!
//! # Flows
//! **A mail.** [`edge::smtp`] frames and orders the dialogue; at RCPT [`message::key`] reads the
//! address and [`inbound::accept`] asks policy, recording refusals before they are answered; after
//! the dot one offer to the store is judged again inside its transaction, for each recipient →
//! receipts, which SMTP folds to its one answer → 250. [`inbound::handover`] claims what was
//! accepted, offers it to the application with the recipient's id as idempotency key, and settles.
//!
//! **A notification.** [`outbound::enqueue`] composes it and keeps one delivery per recipient,
//! queued or suppressed → receipt →
//! 202. Workers ([`outbound::worker`]) claim what may go now, send each in an SMTP transaction of
//!      its own outside any database transaction, and settle by the lease. Right before a message
//!      of a blocked class is written, the store is asked once more under the fence
//!      ([`store::notification::NotificationStore::pass_dot`]): a change of the mode comes before
//!      that or waits for it, so a revoked reset never leaves.
//!
//! **The flag.** Page, API or console → [`flag::switch`] → one transaction that also suppresses
//! what is queued and blocked, revokes what is claimed and not past its dot, and releases what was
//! held → the watches of all processes.
//!
//! **A secret.** Some messages hold a token whose use is a write; [`policy::outbound`] says which
//! classes do. Such a message is on disk only while a delivery needs it. Whatever ends a delivery
//! (it was sent, it is suppressed, it expired, an operator took it out) reports the notification
//! and its class; the scripts in [`store`] ask policy, and the ledger wipes all of them as one set
//! right before the commit, except where another delivery of the same notification still needs the
//! message. SQLite overwrites the bytes at once and scrubs its log soon after; on PostgreSQL a
//! VACUUM and fillers follow.
//!
//! **A concern.** Readiness, the overview and `maintenance status` show the same concerns, since
//! [`concern::judge`] alone judges. What only one process can see, each reports with its row
//! ([`domain::report`]). Its room is above [`flag`] and [`store`], whose rows it reads, and below
//! [`edge`] and [`run`], which both show what it finds.
//!
//! # Where it differs from a textbook
//! - The writer of SQLite is one task that groups whatever waits into one `BEGIN IMMEDIATE`: fence
//!   and throughput come from the same place. On PostgreSQL scripts run side by side behind an
//!   advisory lock that a change takes alone ([`store::postgres`]); a script that lost against
//!   another runs again alone.
//! - A process never believes less than it has seen ([`store::known`]): when a store was restored,
//!   or lost a change in a failover, every transaction that asks for its mode fails until a person
//!   says on or off again, under a version above all that were seen.
//! - A look at the mode is a read of its row; looks asked for at the same time share one
//!   ([`flag::watch`]). What is remembered may refuse early and take back, never let through.
//! - How many there are is counted by triggers of the database ([`store::summary`]): no statement
//!   of any client can change a row and forget the count. SQLite counts on the spot,
//!   PostgreSQL appends deltas that a job folds.

pub mod clock;
pub mod concern;
pub mod disk;
pub mod domain;
pub mod edge;
pub mod flag;
pub mod inbound;
pub mod listen;
pub mod message;
pub mod outbound;
pub mod pace;
pub mod policy;
pub mod run;
pub mod shown;
pub mod store;
pub mod tls;
