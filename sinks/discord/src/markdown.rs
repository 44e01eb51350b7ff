//! Text from elsewhere as Discord's Markdown shows it literally.
//!
//! What is escaped follows Discord's own "Markdown Text 101" and "Message Formatting": a backslash
//! before a mark shows the mark. Marks at the beginning of a line (headings, lists, quotes) are marks
//! only there. URLs cannot be escaped, they become links as they are. Mentions are defused in looks
//! here; that nobody is notified is the task of `allowed_mentions`.

use crate::text::is_invisible;

/// Escapes text for a description or a field's value, where all of Markdown is read.
pub(crate) fn block(text: &str, out: &mut String) {
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        // What does not show does not keep a mark from being the first on its line.
        let rest = line.trim_start_matches(is_invisible);
        out.push_str(&line[..line.len() - rest.len()]);
        let rest = mark(rest, out);
        inline(rest, Urls::Links, out);
    }
}

/// Escapes text for a title or a field's name, where only the styles of characters are read.
pub(crate) fn line(text: &str, out: &mut String) {
    inline(text, Urls::Text, out);
}

/// Writes what makes a line more than a line, escaped, and returns the rest of the line.
fn mark<'a>(line: &'a str, out: &mut String) -> &'a str {
    let is_apart = |rest: &str| rest.starts_with(is_invisible);
    for mark in ["#", "##", "###", "-#", "-", ">", ">>>"] {
        if let Some(rest) = line.strip_prefix(mark).filter(|rest| is_apart(rest)) {
            out.push('\\');
            out.push_str(mark);
            return rest;
        }
    }
    // The asterisk of a list is escaped wherever it stands.
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line[digits..].strip_prefix('.');
    if let Some(rest) = rest.filter(|rest| digits > 0 && is_apart(rest)) {
        out.push_str(&line[..digits]);
        out.push_str("\\.");
        return rest;
    }
    line
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Urls {
    Links,
    Text,
}

fn inline(text: &str, urls: Urls, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if urls == Urls::Links
            && let Some(length) = link(rest)
        {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let is_mark = matches!(c, '\\' | '*' | '_' | '~' | '|' | '`' | '[' | '<');
        if is_mark || c == ':' && begins_emoji(&rest[1..]) {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
}

/// Whether this, behind a colon, may be the name of an emoji: `fire:`, `+1:`, `100:`. Others between
/// colons, as in times and addresses, are none.
fn begins_emoji(text: &str) -> bool {
    let in_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-');
    let length = text.bytes().take_while(in_name).count();
    let name = &text[..length];
    text[length..].starts_with(':')
        && (name.starts_with(|c: char| c.is_ascii_alphabetic())
            || matches!(name, "+1" | "-1" | "100" | "1234" | "8ball"))
}

/// The length of the link that begins here.
fn link(text: &str) -> Option<usize> {
    let after = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    // With anything else there Discord sees no link, and would read marks.
    if !after.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let end = after
        .find(|c: char| c.is_whitespace() || c == '<')
        .unwrap_or(after.len());
    Some(text.len() - after.len() + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_block(text: &str) -> String {
        let mut out = String::new();
        block(text, &mut out);
        out
    }

    #[test]
    fn marks_mentions_and_backslashes_show_as_themselves() {
        assert_eq!(
            in_block("*a* @everyone <@1> [x](y)\n# b\nC:\\t"),
            "\\*a\\* @everyone \\<@1> \\[x](y)\n\\# b\nC:\\\\t"
        );
        assert_eq!(
            in_block("||s|| ~~d~~ __u__ `c` <t:1:R>"),
            "\\|\\|s\\|\\| \\~\\~d\\~\\~ \\_\\_u\\_\\_ \\`c\\` \\<t:1:R>"
        );
    }

    #[test]
    fn marks_of_lines_are_escaped_where_they_are_marks() {
        for (text, escaped) in [
            ("# a", "\\# a"),
            ("  ## a", "  \\## a"),
            ("### a", "\\### a"),
            ("-# a", "\\-# a"),
            ("- a", "\\- a"),
            ("* a", "\\* a"),
            ("> a", "\\> a"),
            (">>> a", "\\>>> a"),
            ("12. a", "12\\. a"),
            ("a # b - c > d 1. e", "a # b - c > d 1. e"),
            ("#a -a >a 1.5", "#a -a >a 1.5"),
            ("- # a", "\\- # a"),
            ("\u{200b}# a", "\u{200b}\\# a"),
            ("\u{2060} \u{a0}1. a", "\u{2060} \u{a0}1\\. a"),
            ("#\u{a0}a", "\\#\u{a0}a"),
            ("-#\u{3000}a", "\\-#\u{3000}a"),
            ("é- a", "é- a"),
        ] {
            assert_eq!(in_block(text), escaped);
        }
    }

    #[test]
    fn names_between_colons_are_no_emoji_and_times_keep_their_colons() {
        for (text, escaped) in [
            ("disk :fire: hot", "disk \\:fire: hot"),
            (":a:b:", "\\:a\\:b:"),
            (
                ":+1: :100: :white_check_mark:",
                "\\:+1: \\:100: \\:white\\_check\\_mark:",
            ),
            (
                "12:34:56 fe80::1:2:3 a: b :c",
                "12:34:56 fe80::1:2:3 a: b :c",
            ),
            ("x:", "x:"),
            (":", ":"),
            (":é:", ":é:"),
        ] {
            assert_eq!(in_block(text), escaped);
        }
        let mut title = String::new();
        line(":x: down", &mut title);
        assert_eq!(title, "\\:x: down");
    }

    #[test]
    fn links_stay_as_they_are_up_to_an_angle_bracket() {
        assert_eq!(
            in_block("see_ https://a.example/b_c*d*<@1> _x_"),
            "see\\_ https://a.example/b_c*d*\\<@1> \\_x\\_"
        );
        assert_eq!(
            in_block("https://*b* http:// ftp://a_b"),
            "https://\\*b\\* http:// ftp://a\\_b"
        );
    }

    #[test]
    fn a_title_has_no_lines_and_no_links() {
        let mut out = String::new();
        line("# 1. https://a/_b_", &mut out);
        assert_eq!(out, "# 1. https://a/\\_b\\_");
    }
}
