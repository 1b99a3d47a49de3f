//! Postern: an email and notification gateway for self-hosted forges, with Maintenance Mode at its heart.

pub mod clock;
pub mod disk;
pub mod domain;
pub mod edge;
pub mod flag;
pub mod inbound;
pub mod message;
pub mod outbound;
pub mod pace;
pub mod policy;
pub mod store;
