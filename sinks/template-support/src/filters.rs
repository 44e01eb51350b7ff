//! The filters that the engine does not have, or not in a bounded form.

use alert_core::{Text, cut_mark, fit, fit_counted};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, State};

use crate::error::own;

/// The longest list that `range` makes.
const RANGE: i64 = 1_000;

/// Every filter that a template may use, in alphabetical order.
pub(crate) const FILTERS: [&str; 43] = [
    "abs",
    "attr",
    "bool",
    "capitalize",
    "count",
    "cut",
    "cut_bytes",
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
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
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
    "times",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
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
    environment.add_filter("cut", |value: &Value, most| cut(value, Text::chars(most)));
    environment.add_filter("cut_bytes", |value: &Value, most| {
        cut(value, Text::bytes(most))
    });
    environment.add_filter("cut_utf16", |value: &Value, most| {
        cut(value, Text::utf16(most))
    });
    environment.add_filter("slack", slack);
    environment.add_filter("tojson", tojson);
    environment.add_filter("map", map);
    environment.add_filter("plus", |a: Value, b: Value| {
        number(&a, &b, i64::checked_add, |a, b| a + b)
    });
    environment.add_filter("times", |a: Value, b: Value| {
        number(&a, &b, i64::checked_mul, |a, b| a * b)
    });
    environment.add_function("range", range);
}

/// The text of a value that is one, or that has a plain one.
fn text(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::None => Ok(String::new()),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        ValueKind::Undefined => Err(own(
            "what is cut or escaped is undefined; give it a default",
        )),
        _ => Err(own(
            "only text can be cut or escaped; make it text with `tojson` first",
        )),
    }
}

/// Cuts in the middle, with the count of what was cut as the mark, and where that has no room with the short one.
fn cut(value: &Value, limit: Text) -> Result<String, Error> {
    let text = text(value)?;
    if limit.holds(&text) {
        return Ok(text);
    }
    let mark = cut_mark(text.chars().count());
    let roomy = limit.unit.count(&mark).saturating_mul(2) <= limit.max;
    Ok(match roomy {
        true => fit_counted(&text, limit).into_owned(),
        false => fit(&text, limit, "…").into_owned(),
    })
}

/// Escapes what is markup for Slack, and nothing else: `&`, `<`, `>`.
fn slack(value: &Value) -> Result<String, Error> {
    Ok(text(value)?
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;"))
}

/// One compact line: the engine's own takes any number as the depth of its indent.
fn tojson(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let json = serde_json::to_string(value).map_err(|_| own("it cannot be written as JSON"))?;
    state.consume_fuel(json.len() as u64 / 4)?;
    Ok(Value::from_safe_string(json))
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
