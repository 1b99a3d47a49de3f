//! Policy: a request and the mode → a verdict with its reason.
//!
//! Pure, total and synchronous: no I/O, no clock, no store. Every decision that depends on the mode
//! is made here and nowhere else; `fixtures/policy/table.txt` prints every answer. This room has no
//! `_ =>` arm, so that a new variant in the domain does not compile until policy covers it.

pub mod brake;
pub mod gate;
pub mod handover;
pub mod inbound;
pub mod outbound;
pub mod reply_code;
pub mod retry;
pub mod rules;
pub mod stumble;
pub mod turn;
pub mod window;
