//! The `alert` command with the `statuspage` kind in it.

use custom_sink as _;

fn main() -> std::process::ExitCode {
    alert_command::run()
}
