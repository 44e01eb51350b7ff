//! The `alert` command with the built-in sinks.

fn main() -> std::process::ExitCode {
    alert_command::run()
}
