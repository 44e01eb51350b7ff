//! A type of sinks, told to a person.

use alert::{SinkKind, terminal};

use super::field::Field;
use super::sample::{Sample, toml};
use crate::screen::Paint;
use crate::wrap::wrap_under;

/// What it does, its keys, and a sample, laid out for so many columns.
pub(super) fn kind(kind: &SinkKind, fields: &[Field], paint: Paint, columns: usize) -> String {
    let mut text = format!("{} (from {})\n", paint.bold(kind.name()), kind.package());
    if !kind.docs().is_empty() {
        text.push('\n');
        paragraph(&mut text, kind.docs(), "", columns);
    }
    let heading = |text: &mut String, words: &str| {
        text.push_str(&format!("\n{}\n", paint.bold(words)));
    };
    heading(&mut text, "Keys");
    keys(&mut text, fields, "  ", paint, columns);
    text.push_str("  and, as in every sink's table, enabled, when and delivery\n");
    heading(&mut text, "Sample");
    for line in Sample::with(kind.name(), fields).text().lines() {
        text.push_str(&format!("  {}\n", terminal(line)));
    }
    text
}

fn keys(text: &mut String, fields: &[Field], indent: &str, paint: Paint, columns: usize) {
    for field in fields {
        let name = paint.bold(&terminal(&field.name));
        let below = format!("{indent}    ");
        let line = format!("{name} ({})", nature(field));
        text.push_str(&wrap_under(&line, columns, indent, &below));
        paragraph(text, &field.docs, &below, columns);
        keys(text, &field.keys, &below, paint, columns);
    }
}

/// `duration with a unit, default "30s"`
fn nature(field: &Field) -> String {
    let rest = match &field.default {
        _ if field.of_a_form => ", in one form".to_owned(),
        _ if field.required => ", required".to_owned(),
        Some(default) => format!(", default {}", toml(default)),
        None => String::new(),
    };
    terminal(&format!("{}{rest}", field.kind)).into_owned()
}

/// Paragraphs and lists stay apart; the lines of a paragraph are laid out anew.
fn paragraph(text: &mut String, docs: &str, indent: &str, columns: usize) {
    let mut lines: Vec<String> = Vec::new();
    for line in docs.lines() {
        // Of each line as the macro or the derive gives it.
        let line = terminal(line.trim());
        let goes_on = !line.is_empty() && !line.starts_with(['-', '*', '|', '`', '#']);
        match lines.last_mut() {
            Some(last) if goes_on && !last.is_empty() => {
                last.push(' ');
                last.push_str(&line);
            }
            _ => lines.push(line.into_owned()),
        }
    }
    for line in lines {
        text.push_str(&wrap_under(&line, columns, indent, indent));
    }
}
