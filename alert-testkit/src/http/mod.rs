//! An HTTP server in the test's hand: scripted answers, and everything that
//! can go wrong with a connection. All of it stays on the loopback.

mod answer;
mod book;
mod connections;
mod line;
mod listening;
mod received;
mod reply;
mod request;
mod script;
mod serve;
mod server;
mod step;

pub use received::Received;
pub use reply::Reply;
pub use server::HttpServer;
