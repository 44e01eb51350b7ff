//! The tags of a template and their tokens.

/// One `{{ … }}` or `{% … %}`.
pub(crate) struct Tag<'s> {
    /// The line on which it begins, from 1.
    pub(crate) line: usize,
    /// Whether it is `{% … %}`.
    pub(crate) block: bool,
    pub(crate) tokens: Vec<Token<'s>>,
    /// Whether its end is there.
    pub(crate) closed: bool,
}

impl<'s> Tag<'s> {
    /// The first word of a `{% … %}`, empty if it has none.
    pub(crate) fn statement(&self) -> &'s str {
        match self.tokens.first() {
            Some(Token::Name(name)) if self.block => name,
            _ => "",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A name or a keyword.
    Name(&'s str),
    Text,
    Number,
    /// An operator or a bracket, one character of it.
    Sign(char),
}

/// The tags of any text at all, also of one that is no template; comments and what `raw` encloses are none.
pub(crate) fn tags(source: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = source;
    // Counted up to here.
    let (mut line, mut counted) = (1, 0);
    while let Some(at) = rest.find('{') {
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("{#") {
            rest = inside.split_once("#}").map_or("", |(_, rest)| rest);
            continue;
        }
        let block = rest.starts_with("{%");
        if !block && !rest.starts_with("{{") {
            rest = &rest[1..];
            continue;
        }
        let at = source.len() - rest.len();
        line += source[counted..at].matches('\n').count();
        counted = at;
        let (tokens, after) = tokens(&rest[2..], if block { '%' } else { '}' });
        rest = after.unwrap_or("");
        if block && tokens == [Token::Name("raw")] {
            rest = after_raw(rest);
        }
        tags.push(Tag {
            line,
            block,
            tokens,
            closed: after.is_some(),
        });
    }
    tags
}

/// The tokens up to the end of a tag, and what comes after it, if it ends.
fn tokens(mut rest: &str, end: char) -> (Vec<Token<'_>>, Option<&str>) {
    let mut tokens = Vec::new();
    let mut braces = 0_usize;
    rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    while let Some(first) = rest.chars().next() {
        if braces == 0 {
            let closing = rest.strip_prefix(['-', '+']).unwrap_or(rest);
            if let Some(after) = closing.strip_prefix(end).and_then(|r| r.strip_prefix('}')) {
                return (tokens, Some(after));
            }
        }
        let length = match first {
            '"' | '\'' => {
                tokens.push(Token::Text);
                text(rest, first)
            }
            '0'..='9' => {
                tokens.push(Token::Number);
                while_in(rest, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '.' | '_')
                })
            }
            _ if is_name(first) => {
                let length = while_in(rest, is_name);
                tokens.push(Token::Name(&rest[..length]));
                length
            }
            _ => {
                match first {
                    '{' => braces += 1,
                    '}' => braces = braces.saturating_sub(1),
                    _ => {}
                }
                if !first.is_whitespace() {
                    tokens.push(Token::Sign(first));
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    (tokens, None)
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn while_in(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// The length of a text literal with its quotes.
fn text(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// What comes after the end of a `raw`.
fn after_raw(mut rest: &str) -> &str {
    while let Some((_, after)) = rest.split_once("{%") {
        let (tokens, end) = tokens(after, '%');
        if tokens.first() == Some(&Token::Name("endraw")) {
            return end.unwrap_or("");
        }
        rest = after;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<String> {
        let tags = tags(source).into_iter();
        tags.map(|tag| {
            format!(
                "{}{} {:?}",
                tag.line,
                if tag.block { "%" } else { "" },
                tag.tokens
            )
        })
        .collect()
    }

    #[test]
    fn text_and_comments_and_what_is_raw_hold_no_tags() {
        let source = "{ {a} {# {{ b }} #}{% raw %}{{ c }}{% if %}{%- endraw -%}\n{{ d }}";
        assert_eq!(shown(source), ["1% [Name(\"raw\")]", "2 [Name(\"d\")]"]);
    }

    #[test]
    fn a_tag_ends_behind_its_braces_and_texts() {
        assert_eq!(
            shown("{{- {'}}': {1: \"\\\"}}\"}} -}}{{ a }}"),
            [
                "1 [Sign('{'), Text, Sign(':'), Sign('{'), Number, Sign(':'), Text, Sign('}'), Sign('}')]",
                "1 [Name(\"a\")]"
            ]
        );
    }

    #[test]
    fn marks_about_whitespace_are_no_operators() {
        assert_eq!(shown("{%+ if a -%}"), ["1% [Name(\"if\"), Name(\"a\")]"]);
        assert_eq!(
            shown("{{ a + 1.5 +}}"),
            ["1 [Name(\"a\"), Sign('+'), Number]"]
        );
    }

    #[test]
    fn anything_at_all_is_read_to_its_end() {
        for source in [
            "{{",
            "{%",
            "{#",
            "{{ '",
            "{{ '\\",
            "{% raw %}",
            "{{ {",
            "{{ }",
            "{",
            "{{é",
        ] {
            tags(source);
        }
    }
}
