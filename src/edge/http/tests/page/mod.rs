//! The pages as a browser meets them.

mod browser;
mod general;
mod person;
mod queues;
mod report;
mod session;
mod shape;
mod sign_in;

use super::{Answer, Door};
/// The password of every test user.
const PASSWORD: &str = "correct horse battery";
