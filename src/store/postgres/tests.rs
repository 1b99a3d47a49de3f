//! What every store must do, asked of PostgreSQL; and what only PostgreSQL must.

mod cluster;
mod collision;
mod fence;
mod listen;
mod opening;
mod statements;

use crate::store::conformance::on_every_store;
use cluster::fresh;

on_every_store!(fresh);
