//! The shared flag. [`switch`] changes the mode, [`watch`] and [`follow`] follow it, [`tell`]
//! notifies the application; [`plan`] schedules windows, and [`keeper`] opens and ends them.
//!
//! All of these are thin: the row in the store is authoritative. A remembered mode may only be used
//! to refuse early or to revoke, never to let something through.

pub mod follow;
pub mod keeper;
pub mod moment;
pub mod node;
pub mod plan;
pub mod steadiness;
pub mod switch;
pub mod tell;
pub mod watch;
