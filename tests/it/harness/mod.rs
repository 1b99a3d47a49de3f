//! The test harness: the gateway as a process, its peers, and waiting with limits.

pub mod app;
pub mod files;
pub mod gateway;
pub mod http;
pub mod mailin;
pub mod page;
pub mod pair;
pub mod port;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod reader;
pub mod scripted;
pub mod shared;
pub mod smtp;
pub mod wait;
