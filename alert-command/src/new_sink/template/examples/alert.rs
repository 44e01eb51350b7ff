//! The `alert` command with the `__kind__` sink in it.

use __crate__ as _;

fn main() -> std::process::ExitCode {
    alert_command::run()
}
