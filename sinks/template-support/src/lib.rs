#![doc = include_str!("../README.md")]

mod body;
mod engine;
mod error;
mod fields;
mod filters;
mod grammar;
mod print;
mod samples;
mod tags;
mod template;
mod texts;
mod values;
mod view;

pub use error::TemplateError;
pub use template::{Escape, Template};
pub use values::Values;
