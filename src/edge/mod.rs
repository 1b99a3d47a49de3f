//! The edges to the outside. Each speaks one protocol, decides nothing and knows no other edge.

pub mod app;
pub mod http;
pub mod relay;
pub mod smtp;
