#![doc = include_str!("../README.md")]

mod account;
mod arguments;
mod emit;
mod new_sink;
mod opened;
mod outcomes;
mod problems;
mod process;
mod screen;
mod sinks;
mod trial;
mod validate;

use std::process::ExitCode;

use crate::arguments::{Command, Parsed};
use crate::screen::Screen;

/// Runs the `alert` command with the arguments and the environment of this process and with the
/// sinks that are linked into it; the exit code is for `main` to return.
///
/// May block: on standard input where asked to read it, and on sinks for as long as `--timeout`
/// says. Does not panic: a sink that does is an outcome.
pub fn run() -> ExitCode {
    process::prepare();
    let screen = Screen::of_this_process();
    match arguments::parse(std::env::args_os()) {
        Parsed::Command(Command::Emit(arguments)) => emit::run(arguments, &screen.impatient()),
        Parsed::Command(Command::Test(arguments)) => trial::run(&arguments, &screen),
        Parsed::Command(Command::Validate(arguments)) => validate::run(&arguments, &screen),
        Parsed::Command(Command::Sinks(arguments)) => sinks::run(&arguments, &screen),
        Parsed::Command(Command::NewSink(arguments)) => new_sink::run(&arguments, &screen),
        Parsed::Help(text) => {
            screen.out(&text);
            ExitCode::SUCCESS
        }
        Parsed::Misuse(text) => {
            screen.err(&text);
            ExitCode::from(MISUSE)
        }
    }
}

/// What wrong usage exits with, always.
const MISUSE: u8 = 2;
