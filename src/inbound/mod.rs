//! Mail coming in: deciding at the door, keeping what was taken, handing it over to the application.

pub mod accept;
pub mod handover;
pub mod port;
