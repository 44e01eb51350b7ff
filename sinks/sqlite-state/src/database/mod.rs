//! The database file: how it is opened, what is in it, how it is written and read, and what can go
//! wrong with it. What the rows mean is not known here.

mod identity;
mod migrate;
mod open;
mod transact;
mod trouble;

#[cfg(test)]
pub(crate) use migrate::SCHEMA;
pub(crate) use open::{Database, Synchronous};
pub(crate) use trouble::Trouble;
