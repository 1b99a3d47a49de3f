//! The whole server over real connections: transcripts from `fixtures/smtp`, and what a transcript cannot say.

mod crowd;
mod fake;
mod transcript;
mod whole;
