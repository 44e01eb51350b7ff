//! The scripted server does to a client what its script says.

mod client;
mod faults;
mod port;
mod proxy;
mod requests;
mod script;
mod tls;
