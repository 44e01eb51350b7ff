#![doc = include_str!("../README.md")]

mod answer;
mod batch;
mod body;
mod client;
mod code;
mod config;
mod decoded;
mod endpoint;
mod engine;
mod exchange;
mod mask;
mod memory;
mod message;
mod proxies;
mod queue;
mod request;
mod retry_after;
mod send;
mod tls;
mod trouble;
mod verdict;

pub use answer::Answer;
pub use client::Client;
pub use config::HttpConfig;
pub use endpoint::Endpoint;
pub use exchange::Exchange;
pub use message::Message;
pub use proxies::Proxies;
pub use request::{Method, Request};
