//! The filters that the engine does not have, or not in a bounded form.

use alert_core::{Fingerprint, Text, cut_mark, fit, fit_counted};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, State};
use url::Url;

use crate::error::own;
use crate::{fields, texts};

/// The longest list that `range` makes.
const RANGE: i64 = 1_000;

/// Every filter that a template may use, in alphabetical order.
pub(crate) const FILTERS: [&str; 50] = [
    "abs",
    "attr",
    "bool",
    "capitalize",
    "clean",
    "count",
    "cut",
    "cut_bytes",
    "cut_json",
    "cut_key",
    "cut_utf16",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "indent",
    "int",
    "items",
    "join",
    "json_bytes",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pairs",
    "plus",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slack",
    "sort",
    "split",
    "string",
    "text",
    "times",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "url",
];

/// Filters of the engine that build structures, walk without a limit, or print raw text.
const REMOVED: [&str; 11] = [
    "batch", "chain", "e", "escape", "format", "groupby", "pprint", "safe", "slice", "sum", "zip",
];

pub(crate) fn add(environment: &mut Environment<'_>) {
    for name in REMOVED {
        environment.remove_filter(name);
    }
    // `debug` would show everything, `dict` and `namespace` build.
    for name in ["debug", "dict", "namespace"] {
        environment.remove_global(name);
    }
    texts::pay_for_all(environment);
    environment.add_filter("text", text);
    environment.add_filter("pairs", pairs);
    environment.add_filter("cut", |state: &State<'_, '_>, value: &Value, most| {
        cut(state, value, Text::chars(most))
    });
    environment.add_filter("cut_bytes", |state: &State<'_, '_>, value: &Value, most| {
        cut(state, value, Text::bytes(most))
    });
    environment.add_filter("cut_utf16", |state: &State<'_, '_>, value: &Value, most| {
        cut(state, value, Text::utf16(most))
    });
    environment.add_filter("cut_json", cut_json);
    environment.add_filter("cut_key", cut_key);
    environment.add_filter("json_bytes", |state: &State<'_, '_>, value: &Value| {
        json(state, value).map(|json| json.len())
    });
    environment.add_filter("clean", clean);
    environment.add_filter("slack", slack);
    environment.add_filter("url", url);
    environment.add_filter("tojson", tojson);
    environment.add_filter("map", map);
    fields::check_all(environment);
    environment.add_filter("plus", |a: Value, b: Value| {
        number(&a, &b, i64::checked_add, |a, b| a + b)
    });
    environment.add_filter("times", |a: Value, b: Value| {
        number(&a, &b, i64::checked_mul, |a, b| a * b)
    });
    environment.add_function("range", range);
}

/// A value as a person reads it: text as it is, nothing for none, lists and maps as JSON.
pub(crate) fn text(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::None => Ok(String::new()),
        ValueKind::String | ValueKind::Number => Ok(value.to_string()),
        ValueKind::Undefined => Err(own("what is to be text is undefined; give it a default")),
        _ => json(state, value),
    }
}

/// The engine charges for text that a filter is given, and not for lists and maps.
fn json(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let json = written(value)?;
    state.consume_fuel(1 + json.len() as u64 / 4)?;
    Ok(json)
}

fn written(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| own("it cannot be written as JSON"))
}

/// `key: value` for each entry of a map.
fn pairs(state: &State<'_, '_>, map: &Value) -> Result<Value, Error> {
    if map.kind() != ValueKind::Map {
        return Err(own("pairs wants a map, such as context"));
    }
    let mut lines = Vec::new();
    for key in map.try_iter()? {
        let value = map.get_item(&key)?;
        let line = format!("{}: {}", text(state, &key)?, text(state, &value)?);
        state.consume_fuel(1 + line.len() as u64 / 64)?;
        lines.push(line);
    }
    Ok(lines.into_iter().collect())
}

/// Cuts in the middle, with the count of what was cut as the mark, and where that has no room with the short one.
fn cut(state: &State<'_, '_>, value: &Value, limit: Text) -> Result<String, Error> {
    Ok(cut_text(text(state, value)?, limit))
}

fn cut_text(text: String, limit: Text) -> String {
    if limit.holds(&text) {
        return text;
    }
    let mark = cut_mark(text.chars().count());
    let roomy = limit.unit.count(&mark).saturating_mul(2) <= limit.max;
    match roomy {
        true => fit_counted(&text, limit).into_owned(),
        false => fit(&text, limit, "…").into_owned(),
    }
}

/// Cuts until what is left is at most so many bytes as JSON, quotes included.
fn cut_json(state: &State<'_, '_>, value: &Value, most: usize) -> Result<String, Error> {
    let whole = text(state, value)?;
    let bytes = |text: &str| written(&Value::from(text)).map(|json| json.len());
    let mut room = most.saturating_sub(2);
    loop {
        // Copied each time, so that the middle is cut once and not again and again.
        let cut = cut_text(whole.clone(), Text::bytes(room));
        state.consume_fuel(1 + whole.len() as u64 / 64)?;
        let bytes = bytes(&cut)?;
        if bytes <= most || room == 0 {
            return Ok(cut);
        }
        // The part that escapes can move with the cut, so it comes closer and does not jump to the end.
        room = (room * most / bytes).min(room - 1);
    }
}

/// A key of at most so many bytes; of two long ones that differ, both are cut to keys that differ.
fn cut_key(state: &State<'_, '_>, value: &Value, most: usize) -> Result<String, Error> {
    let key = text(state, value)?;
    let mark = format!("…{}…", Fingerprint::of_key(&key));
    if most < mark.len() {
        return Err(own(format!("cut_key wants at least {} bytes", mark.len())));
    }
    Ok(fit(&key, Text::bytes(most), &mark).into_owned())
}

/// An address of the web as every service takes it, or nothing: `http` or `https` with a host, and no character that RFC 3986
/// does not allow.
fn url(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let Ok(parsed) = Url::parse(text(state, value)?.trim()) else {
        return Ok(String::new());
    };
    if !matches!(parsed.scheme(), "http" | "https") {
        return Ok(String::new());
    }
    let text = parsed.as_str();
    let mut encoded = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let hex = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
        match byte {
            b'%' if !(hex(at + 1) && hex(at + 2)) => encoded.push_str("%25"),
            b'%' => encoded.push('%'),
            // The parser leaves nothing outside of ASCII.
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            byte => encoded.push(char::from(byte)),
        }
    }
    Ok(encoded)
}

/// Puts U+FFFD in the place of control characters, but for line feed and tab: some services refuse them.
fn clean(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let is_harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let text = text(state, value)?.replace("\r\n", "\n");
    let clean = text
        .chars()
        .map(|c| if is_harmless(c) { c } else { '\u{fffd}' });
    Ok(clean.collect())
}

/// Escapes what is markup for Slack, and nothing else: `&`, `<`, `>`.
fn slack(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    Ok(text(state, value)?
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;"))
}

/// One compact line: the engine's own takes any number as the depth of its indent.
fn tojson(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    json(state, value).map(Value::from_safe_string)
}

/// The attribute of each item: the engine's own can put one large default in the place of each.
fn map(state: &State<'_, '_>, value: &Value, options: Kwargs) -> Result<Value, Error> {
    let usage = || own("map wants the name of an attribute, as in map(attribute=\"title\")");
    let name: String = options.get("attribute").map_err(|_| usage())?;
    options.assert_all_used().map_err(|_| usage())?;
    let mut picked = Vec::new();
    for item in value.try_iter()? {
        state.consume_fuel(1)?;
        picked.push(item.get_attr(&name)?);
    }
    Ok(Value::from(picked))
}

fn number(
    a: &Value,
    b: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    broken: fn(f64, f64) -> f64,
) -> Result<Value, Error> {
    let is_number = |value: &Value| value.kind() == ValueKind::Number;
    if !is_number(a) || !is_number(b) {
        return Err(own("only numbers can be added or multiplied"));
    }
    if let (true, true) = (a.is_integer(), b.is_integer())
        && let (Ok(a), Ok(b)) = (i64::try_from(a.clone()), i64::try_from(b.clone()))
        && let Some(result) = whole(a, b)
    {
        return Ok(Value::from(result));
    }
    Ok(Value::from(broken(
        f64::try_from(a.clone())?,
        f64::try_from(b.clone())?,
    )))
}

/// The engine's own computes with whatever it is given and panics where that overflows.
fn range(from: i64, to: Option<i64>) -> Result<Value, Error> {
    let (from, to) = match to {
        Some(to) => (from, to),
        None => (0, from),
    };
    if to.saturating_sub(from) > RANGE {
        return Err(own(format!("a range has at most {RANGE} numbers")));
    }
    Ok((from..to).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Escape, engine};

    #[test]
    fn every_filter_is_there_and_in_the_readme() {
        let environment = engine::environment(Escape::None);
        let readme = include_str!("../README.md");
        for name in FILTERS {
            let there = environment.render_str(
                "{{ name is filter }}",
                [("name", name)]
                    .into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            );
            assert_eq!(there.unwrap(), "true", "{name}");
            let told =
                readme.contains(&format!("`{name}`")) || readme.contains(&format!("`{name}("));
            assert!(told, "{name}");
        }
        assert!(FILTERS.is_sorted());
        for name in REMOVED {
            assert!(!FILTERS.contains(&name), "{name}");
        }
    }
}
