//! The reports: SQL.

mod incoming;
mod queue;
mod queue_group;
mod summary;
mod suppressed;
