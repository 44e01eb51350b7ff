//! One embed, from its parts, within its limits.

use alert_core::{Severity, Status};
use serde::Serialize;

use crate::limits::{FIELDS, INLINE, Room};
use crate::text::{Shape, count, rendered};

const NO_TITLE: &str = "(no title)";
const NO_NAME: &str = "(no name)";
const EMPTY: &str = "(empty)";
/// What is kept free for the field that holds the entries without a field.
const MORE: usize = 300;
/// The longest remark.
const REMARK: usize = 300;

/// An embed as Discord reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Embed {
    pub(crate) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    pub(crate) color: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) footer: Option<Footer>,
    pub(crate) timestamp: String,
}

/// A pair of name and value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) inline: bool,
}

/// What stands below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Footer {
    pub(crate) text: String,
}

impl Embed {
    /// What it takes of the sum that a message may have.
    pub(crate) fn size(&self) -> usize {
        let fields = self.fields.iter().map(Field::size);
        let footer = self.footer.as_ref().map_or(0, |footer| count(&footer.text));
        count(&self.title) + count(&self.description) + fields.sum::<usize>() + footer
    }
}

impl Field {
    fn size(&self) -> usize {
        count(&self.name) + count(&self.value)
    }
}

/// The colour of its left edge.
pub(crate) fn color(severity: Severity, status: Status) -> u32 {
    match (status, severity) {
        (Status::Resolved, _) => 3_066_993,
        (_, Severity::Info) => 3_447_003,
        (_, Severity::Warning) => 15_844_367,
        (_, Severity::Critical) => 15_158_332,
    }
}

/// A text whose author is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Words {
    /// From an alert: shown literally.
    Alert(String),
    /// From a template: Markdown.
    Template(String),
}

impl Words {
    fn fitted(&self, shape: Shape, limit: usize) -> String {
        match self {
            Words::Alert(text) => shape.fitted(text, limit),
            Words::Template(text) => rendered(text, shape, limit),
        }
    }
}

/// What an embed tells, clean but neither escaped nor cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) title: Words,
    pub(crate) body: Words,
    /// Links, of which each is a line: what is shown, and where it leads.
    pub(crate) links: Vec<(String, String)>,
    /// What is told beside the alert, of which each is a small line. Escaped.
    pub(crate) remarks: Vec<String>,
    pub(crate) entries: Vec<(String, String)>,
    pub(crate) footer: String,
    pub(crate) color: u32,
    pub(crate) timestamp: String,
}

impl Parts {
    /// The embed, cut to the room that there is. Title and footer are served first; fields and
    /// description share the rest, each with at least a half of it if it needs that.
    pub(crate) fn fit(&self, room: Room) -> Embed {
        let mut title = self.title.fitted(Shape::Line, room.title.min(room.sum));
        if title.is_empty() {
            title = NO_TITLE.to_owned();
        }
        let left = room.sum.saturating_sub(count(&title));
        let footer = Shape::Plain.fitted(&self.footer, room.footer.min(left));
        let left = left.saturating_sub(count(&footer));
        let widest = room.description.min(left);
        let tail = self.tail(widest / 2);
        let wanted = self.body.fitted(Shape::Block, widest);
        let wanted = count(&joined(&wanted, &tail));
        let fields = self.fields(room, left.saturating_sub(wanted.min(left / 2)));
        let taken: usize = fields.iter().map(Field::size).sum();
        let left = widest.min(left.saturating_sub(taken));
        let between = if tail.is_empty() { 0 } else { count(&tail) + 2 };
        let body = self.body.fitted(Shape::Block, left.saturating_sub(between));
        Embed {
            title,
            description: joined(&body, &tail),
            color: self.color,
            fields,
            footer: (!footer.is_empty()).then_some(Footer { text: footer }),
            timestamp: self.timestamp.clone(),
        }
    }

    /// Links and remarks, as many lines as have room; the others are counted.
    fn tail(&self, room: usize) -> String {
        let links = self.links.iter().map(|(text, url)| match text.is_empty() {
            true => url.clone(),
            false => format!("{}: {url}", Shape::Row.fitted(text, REMARK)),
        });
        let remarks = self.remarks.iter().map(|remark| format!("-# {remark}"));
        let mut tail = String::new();
        let mut left_out = 0;
        // What the lane tells is worth more than a link.
        let lines: Vec<String> = remarks.chain(links).collect();
        for line in lines {
            // With room for the line that counts the others.
            if count(&tail) + count(&line) + 30 > room {
                left_out += 1;
                continue;
            }
            if !tail.is_empty() {
                tail.push('\n');
            }
            tail.push_str(&line);
        }
        if left_out > 0 && room > 30 {
            if !tail.is_empty() {
                tail.push('\n');
            }
            tail.push_str(&format!("-# {left_out} more left out"));
        }
        tail
    }

    fn field(&self, (name, value): &(String, String), room: Room) -> Field {
        let inline = count(name) + count(value) <= INLINE && !value.contains('\n');
        Field {
            name: or(Shape::Line.fitted(name, room.name), NO_NAME),
            value: or(Shape::Block.fitted(value, room.value), EMPTY),
            inline,
        }
    }

    /// A field for each entry while there is room; the last one holds the others.
    fn fields(&self, room: Room, sum: usize) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut sizes = Vec::new();
        let mut taken = 0;
        for entry in self.entries.iter().take(FIELDS) {
            let field = self.field(entry, room);
            taken += field.size();
            sizes.push(taken);
            fields.push(field);
            if taken > sum {
                break;
            }
        }
        if fields.len() == self.entries.len() && taken <= sum {
            return fields;
        }
        let own = sizes
            .iter()
            .take(FIELDS - 1)
            .take_while(|size| **size + MORE <= sum)
            .count();
        fields.truncate(own);
        let rest = &self.entries[own..];
        let taken = own.checked_sub(1).map_or(0, |last| sizes[last]);
        let name = format!("{} more", rest.len());
        let left = sum.saturating_sub(taken + count(&name)).min(room.value);
        if left == 0 {
            return fields;
        }
        let lines: Vec<String> = rest.iter().map(line).collect();
        fields.push(Field {
            name,
            value: Shape::Block.fitted(&lines.join("\n"), left),
            inline: false,
        });
        fields
    }
}

fn line((name, value): &(String, String)) -> String {
    let name = if name.is_empty() { NO_NAME } else { name };
    let value = if value.is_empty() { EMPTY } else { value };
    format!("{name}: {value}")
}

fn or(text: String, instead: &str) -> String {
    match text.is_empty() {
        true => instead.to_owned(),
        false => text,
    }
}

fn joined(body: &str, tail: &str) -> String {
    match (body.is_empty(), tail.is_empty()) {
        (_, true) => body.to_owned(),
        (true, false) => tail.to_owned(),
        (false, false) => format!("{body}\n\n{tail}"),
    }
}

/// A remark of the lane, as it stands in [`Parts::remarks`].
pub(crate) fn remark(text: &str) -> String {
    Shape::Row.fitted(&Shape::Row.clean(text), REMARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            title: Words::Alert("Down".to_owned()),
            body: Words::Alert(String::new()),
            links: Vec::new(),
            remarks: Vec::new(),
            entries: Vec::new(),
            footer: String::new(),
            color: 0,
            timestamp: String::new(),
        }
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn blank_names_and_values_get_a_visible_word() {
        let mut parts = parts();
        parts.title = Words::Alert(String::new());
        parts.entries = vec![pair("a", ""), pair("", "x")];
        let embed = parts.fit(Room::WHOLE);
        assert_eq!(embed.title, "(no title)");
        let shown: Vec<_> = embed
            .fields
            .iter()
            .map(|f| (f.name.as_str(), f.value.as_str(), f.inline))
            .collect();
        assert_eq!(shown, [("a", "(empty)", true), ("(no name)", "x", true)]);
    }

    #[test]
    fn what_has_no_field_of_its_own_is_in_the_last_one() {
        let mut parts = parts();
        parts.entries = (1..=30)
            .map(|n| pair(&format!("k{n}"), &n.to_string()))
            .collect();
        let embed = parts.fit(Room::WHOLE);
        assert_eq!(embed.fields.len(), 25);
        assert_eq!(
            (
                embed.fields[23].name.as_str(),
                embed.fields[23].value.as_str()
            ),
            ("k24", "24")
        );
        let more = Field {
            name: "6 more".to_owned(),
            value: "k25: 25\nk26: 26\nk27: 27\nk28: 28\nk29: 29\nk30: 30".to_owned(),
            inline: false,
        };
        assert_eq!(embed.fields[24], more);
        parts.entries.truncate(25);
        assert_eq!(parts.fit(Room::WHOLE).fields[24].name, "k25");
    }

    #[test]
    fn short_fields_stand_side_by_side() {
        let mut parts = parts();
        parts.entries = vec![
            pair("0123456789", &"v".repeat(30)),
            pair("0123456789", &"v".repeat(31)),
            pair("a", "b\nc"),
        ];
        let inline: Vec<bool> = parts
            .fit(Room::WHOLE)
            .fields
            .iter()
            .map(|f| f.inline)
            .collect();
        assert_eq!(inline, [true, false, false]);
    }

    #[test]
    fn an_embed_over_the_sum_has_its_description_cut_to_fit() {
        let mut parts = parts();
        parts.title = Words::Alert("t".repeat(256));
        parts.body = Words::Alert("d".repeat(4_096));
        parts.footer = "f".repeat(2_048);
        let embed = parts.fit(Room::WHOLE);
        assert_eq!(count(&embed.title), 256);
        assert_eq!(count(&embed.description), 3_696);
        assert!(
            embed
                .description
                .contains("\n… 429 characters left out …\n")
        );
        assert_eq!(embed.size(), 6_000);
        assert_eq!(parts.fit(Room::HALF).size(), 3_000);
    }

    #[test]
    fn large_fields_leave_half_of_the_room_to_the_message() {
        let mut parts = parts();
        parts.body = Words::Alert("d".repeat(10_000));
        parts.entries = (0..40)
            .map(|n| pair(&format!("k{n}"), &"v".repeat(2_000)))
            .collect();
        let embed = parts.fit(Room::WHOLE);
        assert!(embed.size() <= 6_000);
        assert!(
            count(&embed.description) >= 2_990,
            "{}",
            count(&embed.description)
        );
        let last = embed.fields.last().unwrap();
        assert!(last.name.ends_with(" more") && last.value.contains("left out"));
    }

    #[test]
    fn remarks_and_links_stand_below_the_message_and_survive_its_cut() {
        let mut parts = parts();
        parts.body = Words::Alert("d".repeat(10_000));
        parts.remarks = vec![remark("late_by: *3m*")];
        parts.links = vec![pair("run_book", "https://a.example/b_c")];
        let text = parts.fit(Room::WHOLE).description;
        assert!(
            text.ends_with("d\n\n-# late\\_by: \\*3m\\*\nrun\\_book: https://a.example/b_c"),
            "{text}"
        );
        assert_eq!(count(&text), 4_096);
        parts.links = vec![pair("# big", "https://a/b"), pair("", &remark("> q"))];
        parts.body = Words::Alert(String::new());
        let text = parts.fit(Room::WHOLE).description;
        assert!(text.ends_with("\n\\# big: https://a/b\n\\> q"), "{text}");
        parts.links = (0..16)
            .map(|n| pair("x", &format!("https://a/{}", "y".repeat(500 + n))))
            .collect();
        let text = parts.fit(Room::WHOLE).description;
        assert!(count(&text) <= 4_096 && text.contains("more left out"));
    }
}
