//! The engine, made harmless.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::{Escape, filters, print};

/// How much work one rendering may be. A step of the engine costs 1; so do 64 bytes of text that it makes, and 4 bytes of
/// JSON that it makes of a list or a map. So one rendering ends within some 100 ms, of the largest alerts within two seconds
/// (what compares long texts is the slowest), and takes no more than 64 MB.
const FUEL: u64 = 1_000_000;

/// How deep loops and conditions may be inside each other.
const DEPTH: usize = 64;

/// An engine with one template to come, that reads no file, no environment and no clock.
pub(crate) fn environment(escape: Escape) -> Environment<'static> {
    let mut environment = Environment::new();
    // The debug mode only makes errors name what is undefined; what else it knows is not shown.
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
    // Lenient in `if` alone, so that `{% if context.host %}` reads as it is meant.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    match escape {
        Escape::Json => environment.set_auto_escape_callback(|_| AutoEscape::Json),
        Escape::None => {
            environment.set_auto_escape_callback(|_| AutoEscape::None);
            environment.set_formatter(print::plain);
        }
    }
    filters::add(&mut environment);
    environment
}
