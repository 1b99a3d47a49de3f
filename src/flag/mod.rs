//! The shared flag: [`switch`] changes the mode, [`watch`] and [`follow`] follow it, [`tell`] tells the application; [`plan`]
//! schedules windows, [`keeper`] keeps their time.
//!
//! All are thin: what counts is the row in the store. What is remembered here may only be used to refuse early or to take
//! something back, never to let something through.

pub mod follow;
pub mod keeper;
pub mod moment;
pub mod node;
pub mod plan;
pub mod steadiness;
pub mod switch;
pub mod tell;
pub mod watch;
