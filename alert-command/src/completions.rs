//! `alert completions`: what a shell can complete.

use std::process::ExitCode;

use clap_complete::generate;

use crate::arguments::Completions;
use crate::parsed::definition;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Completions, screen: &Screen) -> ExitCode {
    let mut script = Vec::new();
    let mut command = definition(screen.columns());
    generate(arguments.shell, &mut command, "alert", &mut script);
    screen.out(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}
