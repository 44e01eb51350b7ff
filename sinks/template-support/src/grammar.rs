//! What a template may say, which is less than the engine can.
//!
//! A template picks, filters and prints. It does not build: with lists of variables, `*` and `+` a few words make a structure
//! that shares its parts and is larger than any memory once it is compared or turned into text, and the engine's budget
//! counts parts and not what they add up to. Without them everything that a template can hold is as large as what it was
//! given or has paid for.

use crate::TemplateError;
use crate::filters::FILTERS;
use crate::tags::{Tag, Token, tags};

/// The longest template in bytes (64 KiB).
pub(crate) const LONGEST: usize = 64 * 1024;

const STATEMENTS: [&str; 10] = [
    "if", "elif", "else", "endif", "for", "endfor", "set", "endset", "raw", "endraw",
];
const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];
const KEYWORDS: [&str; 10] = [
    "in", "is", "and", "or", "not", "if", "else", "elif", "for", "set",
];

/// What the engine needs stack for: how many tokens one tag may have, how many branches one template, and how many
/// brackets, loops and conditions may be inside each other.
const TOKENS: usize = 400;
const BRANCHES: usize = 100;
const LEVELS: usize = 20;
/// How many slices a template may have: each of a list is a view of what it was taken from, so that a slice of a slice needs
/// stack for both.
const SLICES: usize = 32;

/// Refuses what may not be said; what is no template at all is for the engine to tell.
pub(crate) fn check(source: &str) -> Result<(), TemplateError> {
    let (mut branches, mut levels, mut slices) = (0, 0_usize, 0);
    for tag in tags(source) {
        match tag.statement() {
            "elif" => branches += 1,
            "if" | "for" => levels += 1,
            "set" if !tag.tokens.contains(&Token::Sign('=')) => levels += 1,
            "endif" | "endfor" | "endset" => levels = levels.saturating_sub(1),
            _ => {}
        }
        let checked = if !tag.closed {
            Err("this tag is not closed".to_owned())
        } else if tag.tokens.len() > TOKENS {
            Err(format!("a tag has at most {TOKENS} words and signs"))
        } else if branches > BRANCHES {
            Err(format!("there are at most {BRANCHES} `elif` in a template"))
        } else if levels > LEVELS {
            Err(format!("loops and conditions may be {LEVELS} levels deep"))
        } else {
            check_tag(&tag, &mut slices)
        };
        checked.map_err(|text| TemplateError::at(tag.line, text))?;
    }
    Ok(())
}

/// The line of the first tag that says this name.
pub(crate) fn line_of(source: &str, name: &str) -> Option<usize> {
    let mut tags = tags(source).into_iter();
    let tag = tags.find(|tag| tag.tokens.contains(&Token::Name(name)))?;
    Some(tag.line)
}

/// What an opened bracket is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Call,
    Group,
    Subscript,
    Literal,
}

fn check_tag(tag: &Tag<'_>, slices: &mut usize) -> Result<(), String> {
    let statement = tag.statement();
    if tag.block && !STATEMENTS.contains(&statement) {
        return Err(format!(
            "`{statement}` is not available; there are if, for, set and raw"
        ));
    }
    if statement == "for" && tag.tokens.last() == Some(&Token::Name("recursive")) {
        return Err("`recursive` is not available".to_owned());
    }
    // Names to be bound may be several.
    let mut binds = matches!(statement, "for" | "set");
    let mut open = Vec::new();
    let mut before = None;
    for token in &tag.tokens {
        if open.last() == Some(&Bracket::Literal) && !is_constant(*token) {
            return Err(literal());
        }
        match token {
            Token::Name(name) if before == Some(Token::Sign('|')) && !FILTERS.contains(name) => {
                let list = FILTERS.join(", ");
                return Err(format!("there is no filter `{name}`; there are {list}"));
            }
            Token::Sign('+') => {
                return Err(
                    "`+` is not available; join text with `~`, add with the filter `plus`"
                        .to_owned(),
                );
            }
            Token::Sign('*') => {
                return Err("`*` is not available; multiply with the filter `times`".to_owned());
            }
            Token::Sign('(' | '[' | '{') if open.len() >= LEVELS => {
                return Err(format!("brackets may be {LEVELS} levels deep"));
            }
            Token::Sign('(') if ends_value(before) => open.push(Bracket::Call),
            Token::Sign('(') => open.push(Bracket::Group),
            Token::Sign('[') if ends_value(before) => open.push(Bracket::Subscript),
            Token::Sign('[' | '{') => open.push(Bracket::Literal),
            Token::Sign(')' | ']' | '}') => {
                open.pop();
            }
            Token::Sign(',') => match open.last() {
                Some(Bracket::Call | Bracket::Literal) => {}
                None | Some(Bracket::Group) if binds => {}
                _ => return Err(literal()),
            },
            Token::Sign(':') if open.last() == Some(&Bracket::Subscript) => {
                *slices += 1;
                if *slices > SLICES {
                    return Err(format!("there are at most {SLICES} slices in a template"));
                }
            }
            Token::Sign('=') if open.is_empty() && statement == "set" => binds = false,
            Token::Name("in") if statement == "for" => binds = false,
            _ => {}
        }
        before = Some(*token);
    }
    Ok(())
}

fn literal() -> String {
    "a list or map in a template holds constants alone; JSON's own brackets belong outside of {{ }}"
        .to_owned()
}

/// Whether this may stand in a literal list or map.
fn is_constant(token: Token<'_>) -> bool {
    match token {
        Token::Text | Token::Number => true,
        Token::Name(name) => CONSTANTS.contains(&name),
        Token::Sign(sign) => matches!(sign, ',' | ':' | '-' | '[' | ']' | '{' | '}'),
    }
}

/// Whether a bracket behind this token belongs to what is before it.
fn ends_value(token: Option<Token<'_>>) -> bool {
    match token {
        Some(Token::Name(name)) => !KEYWORDS.contains(&name),
        Some(Token::Sign(sign)) => matches!(sign, ')' | ']' | '}'),
        Some(Token::Text) => true,
        Some(Token::Number) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_picks_and_prints_may_be_said() {
        for source in [
            "{% for key, value in context|items %}{{ key ~ '=' ~ value }}{% endfor %}",
            "{% for (a, b) in context|items %}{{ a }}{% endfor %}",
            "{{ {'info': 3, 'warning': [4, -1, {}], 'none': none}[severity] }}",
            "{{ title[1:3] ~ (title if title else id) ~ context['a, b + c * d'] }}",
            "{% set a, b = links|first %}{% set c %}{{ a }} + *{% endset %}",
            "{% if severity in ['info', 'warning'] and not (title == 'x') %}{% endif %}",
            "{{ title|replace('a', 'b')|cut(3) }}{{ [1, 2][0] }}{# [a] + * #}",
            &"{% set a = title %}".repeat(100),
            "{% if 3 is divisibleby(3) %}{% else %}{% endif %}{% raw %}{{ [a] * 3 }}{% endraw %}",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn what_builds_may_not_be_said() {
        for source in [
            "{{ title * 9 }}",
            "{{ title + title }}",
            "{{ [title] }}",
            "{{ {'a': title} }}",
            "{{ [[title]] }}",
            "{{ ['a' ~ title] }}",
            "{{ [range(3)] }}",
            "{{ (title, title) }}",
            "{{ title, title }}",
            "{% set a = title, title %}",
            "{% set a, b = (title, title) %}",
            "{% for a in title, title %}{% endfor %}",
            "{{ f((title, title)) }}",
            "{{ context[title, title] }}",
            "{% for a in alerts recursive %}{% endfor %}",
            "{% with a = title %}{% endwith %}",
            "{% macro a() %}{% endmacro %}",
            "{% include 'a' %}",
            "{% autoescape false %}{% endautoescape %}",
            "{{ 'a' if [title] else 'b' }}",
            "{{ title in [title] }}",
        ] {
            assert!(check(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let error = check("{\n{{ title }},\n{{ 2\n* 3 }}").unwrap_err();
        assert_eq!(error.line(), Some(3));
    }
}
