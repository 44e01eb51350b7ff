//! What a mistake found in place of what it expected, as owned data.

use serde::de::Unexpected;

use super::words::quoted;

/// An owned [`Unexpected`]. The value inside may be a secret: only
/// [`describe`](Found::describe) with `show` puts it into a text.
#[derive(Clone, PartialEq)]
pub(super) enum Found {
    Bool(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    List,
    Table,
    Other(&'static str),
}

impl Found {
    pub(super) fn of(unexpected: &Unexpected<'_>) -> Self {
        match *unexpected {
            Unexpected::Bool(value) => Self::Bool(value),
            Unexpected::Unsigned(value) => Self::Integer(value.into()),
            Unexpected::Signed(value) => Self::Integer(value.into()),
            Unexpected::Float(value) => Self::Number(value),
            Unexpected::Char(value) => Self::Text(value.into()),
            Unexpected::Str(value) => Self::Text(value.to_owned()),
            Unexpected::Seq | Unexpected::TupleVariant => Self::List,
            Unexpected::Map | Unexpected::StructVariant => Self::Table,
            Unexpected::Bytes(_) => Self::Other("bytes"),
            Unexpected::Unit | Unexpected::Option => Self::Other("nothing"),
            Unexpected::UnitVariant => Self::Other("a name without a value"),
            // The text of `Other` may be made from the value.
            _ => Self::Other("something else"),
        }
    }

    /// `integer `7``, or `integer` where the value may not be shown.
    pub(super) fn describe(&self, show: bool) -> String {
        let (name, value) = match self {
            Self::Bool(value) => ("boolean", value.to_string()),
            Self::Integer(value) => ("integer", value.to_string()),
            Self::Number(value) => ("number", value.to_string()),
            Self::Text(value) => ("string", value.clone()),
            Self::List => return "a list".into(),
            Self::Table => return "a table".into(),
            Self::Other(name) => return (*name).into(),
        };
        if show {
            format!("{name} {}", quoted(&value))
        } else {
            name.into()
        }
    }
}
