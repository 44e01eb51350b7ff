#![doc = include_str!("README.md")]

mod answer;
mod book;
mod certificate;
mod connections;
mod line;
mod listening;
mod port;
mod proxy;
mod received;
mod reply;
mod request;
mod script;
mod serve;
mod server;
mod step;
mod tls;

pub use certificate::{Certificate, ClientCertificate};
pub use port::{Unaccepting, refused_port, unaccepting};
pub use proxy::HttpProxy;
pub use received::Received;
pub use reply::Reply;
pub use server::HttpServer;
