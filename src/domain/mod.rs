//! The nouns of Postern: plain data with their invariants, no I/O, no async, no clock.
//!
//! Every other room uses these words; SQL, JSON and pages spell them the same way. Nothing here
//! fails except parsing, and a parse error is a sentence for the person who wrote the text.

pub mod address;
pub mod cell;
pub mod failure;
pub mod id;
pub mod job;
pub mod mail;
pub mod mode;
pub mod notification;
pub mod password;
pub mod person;
pub mod renewable;
pub mod report;
pub mod secret;
pub mod six_digits;
pub mod spelling;
pub mod steering;
pub mod window;
pub mod wording;
pub mod zeroed;
