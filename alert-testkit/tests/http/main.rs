//! The scripted server does to a client what its script says.

mod client;
mod faults;
mod requests;
mod script;
