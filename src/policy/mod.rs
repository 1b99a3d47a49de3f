//! The heart: what is asked × the mode → a verdict, with its reason.
//!
//! Pure, total and synchronous: no I/O, no clock, no store. Every question Postern ever asks about the mode is
//! answered here and nowhere else; `fixtures/policy/table.txt` prints every answer. There is no `_ =>` arm in
//! this room, so a new word in the domain does not compile until somebody has decided about it.

pub mod brake;
pub mod gate;
pub mod handover;
pub mod inbound;
pub mod outbound;
pub mod retry;
pub mod rules;
pub mod stumble;
pub mod turn;
pub mod window;
