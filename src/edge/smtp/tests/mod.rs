//! Tests the whole server over real connections: transcripts from `fixtures/smtp`, and cases that
//! no transcript can express.

mod crowd;
mod fake;
mod transcript;
mod whole;
