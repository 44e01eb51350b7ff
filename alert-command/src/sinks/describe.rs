//! A type of sinks, told to a person.

use alert::{SinkKind, terminal};

use super::field::Field;
use super::sample::{self, toml};
use crate::screen::Paint;

/// What it does, its keys, and a sample.
pub(super) fn kind(kind: &SinkKind, fields: &[Field], paint: Paint) -> String {
    let mut text = format!("{} (from {})\n", paint.bold(kind.name()), kind.package());
    if !kind.docs().is_empty() {
        text.push('\n');
        paragraph(&mut text, kind.docs(), "");
    }
    let heading = |text: &mut String, words: &str| {
        text.push_str(&format!("\n{}\n", paint.bold(words)));
    };
    heading(&mut text, "Keys");
    for field in fields {
        text.push_str(&format!(
            "  {} ({})\n",
            paint.bold(&terminal(&field.name)),
            nature(field)
        ));
        paragraph(&mut text, &field.docs, "      ");
    }
    text.push_str("  and, as in every sink's table, enabled, when and delivery\n");
    heading(&mut text, "Sample");
    for line in sample::of(kind.name(), fields).lines() {
        text.push_str(&format!("  {}\n", terminal(line)));
    }
    text
}

/// `duration, default "30s"`
fn nature(field: &Field) -> String {
    let rest = match &field.default {
        _ if field.required => ", required".to_owned(),
        Some(default) => format!(", default {}", toml(default)),
        None => String::new(),
    };
    terminal(&format!("{}{rest}", field.kind)).into_owned()
}

fn paragraph(text: &mut String, docs: &str, indent: &str) {
    for line in docs.lines() {
        // Of each line as the macro or the derive gives it.
        let line = format!("{indent}{}", terminal(line.trim()));
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
