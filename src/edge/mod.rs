//! Everything that touches the outside. Edges never know each other; each speaks one protocol and decides nothing.

pub mod app;
pub mod http;
pub mod relay;
pub mod smtp;
