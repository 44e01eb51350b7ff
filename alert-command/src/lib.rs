#![doc = include_str!("../README.md")]

mod account;
mod act;
mod ago;
mod arguments;
mod audit;
mod completions;
mod database;
mod emit;
mod explain;
mod failure;
mod fit;
mod history;
#[cfg(test)]
mod hostile;
mod init;
mod man;
mod new_sink;
mod opened;
mod options;
mod outcomes;
mod page;
mod parsed;
mod problems;
mod process;
mod schema;
mod screen;
mod since;
mod sinks;
mod state;
mod status;
mod stored;
mod table;
mod tree;
mod trial;
mod validate;
mod wrap;
mod written;

use std::process::ExitCode;

use crate::arguments::Command;
use crate::failure::Failure;
use crate::parsed::Parsed;
use crate::screen::Screen;

/// Runs the `alert` command with the arguments and the environment of this process and with the
/// sinks that are linked into it; the exit code is for `main` to return.
///
/// May block: on standard input where asked to read it, and on sinks for as long as `--timeout`
/// says. Does not panic: a sink that does is an outcome.
pub fn run() -> ExitCode {
    process::prepare();
    let screen = Screen::of_this_process();
    match parsed::parse(std::env::args_os(), screen.columns()) {
        Parsed::Command(command) => perform(command, &screen),
        Parsed::Help(text) => {
            screen.out(&text);
            ExitCode::SUCCESS
        }
        Parsed::Misuse { text, json } => Failure::misuse(&text, json, &screen),
    }
}

fn perform(command: Command, screen: &Screen) -> ExitCode {
    match command {
        Command::Emit(arguments) => emit::run(arguments, &screen.impatient()),
        Command::Explain(arguments) => explain::run(*arguments, screen),
        Command::Test(arguments) => trial::run(&arguments, screen),
        Command::Status(arguments) => status::run(&arguments, screen),
        Command::History(arguments) => history::run(&arguments, screen),
        Command::Ack(arguments) => act::ack::run(&arguments, screen),
        Command::Resolve(arguments) => act::resolve::run(&arguments, screen),
        Command::Silence(arguments) => act::silence::run(&arguments, screen),
        Command::Unsilence(arguments) => act::unsilence::run(&arguments, screen),
        Command::Audit(arguments) => audit::run(&arguments, screen),
        Command::State(arguments) => state::run(&arguments, screen),
        Command::Init(arguments) => init::run(&arguments, screen),
        Command::Validate(arguments) => validate::run(&arguments, screen),
        Command::Sinks(arguments) => sinks::run(&arguments, screen),
        Command::NewSink(arguments) => new_sink::run(&arguments, screen),
        Command::Schema(arguments) => schema::run(&arguments, screen),
        Command::Completions(arguments) => completions::run(&arguments, screen),
        Command::Man(arguments) => man::run(&arguments, screen),
    }
}
