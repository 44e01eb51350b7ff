//! The database file: how it is opened, what is in it, how it is written and read, and what can go
//! wrong with it. What the rows mean is not known here, but for what is recovered of a damaged one.

mod aside;
mod connect;
mod identity;
mod journal;
mod link;
mod lock;
mod migrate;
mod open;
mod patience;
mod place;
mod recover;
mod reopen;
mod tables;
mod transact;
mod trouble;
mod verdict;

#[cfg(test)]
mod tests;

pub(crate) use aside::SetAside;
pub(crate) use connect::Synchronous;
#[cfg(test)]
pub(crate) use migrate::SCHEMA;
pub(crate) use open::{Database, log_length};
pub(crate) use transact::Mark;
pub(crate) use trouble::Trouble;
