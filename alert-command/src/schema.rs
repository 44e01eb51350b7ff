//! `alert schema`: what a config may hold, for editors.

use std::path::Path;
use std::process::ExitCode;

use alert::Registry;

use crate::arguments::Schema;
use crate::screen::Screen;
use crate::written::{self, Existing, Readers};

pub(crate) fn run(arguments: &Schema, screen: &Screen) -> ExitCode {
    let text = text(&Registry::linked());
    let path = arguments.output.as_deref();
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        screen.out(&text);
        return ExitCode::SUCCESS;
    };
    match written::write(path, &text, Readers::Others, Existing::Replace) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(false, screen),
    }
}

/// The schema over several lines, so that it can be read and compared.
fn text(registry: &Registry) -> String {
    let schema = alert::config::schema(registry);
    // A value of JSON can always be written.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    let lines = text.lines().map(alert::json_line);
    lines.flat_map(|line| [line, "\n".into()]).collect()
}
