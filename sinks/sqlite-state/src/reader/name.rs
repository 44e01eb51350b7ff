use std::error::Error;
use std::fmt;
use std::str::FromStr;

use alert_core::AlertId;

/// How somebody names an alert: by its number (`17` or `#17`) or by its id (a UUID).
///
/// ```
/// use alert_sink_sqlite_state::AlertName;
///
/// assert_eq!("#17".parse(), Ok(AlertName::Number(17)));
/// assert_eq!(AlertName::Number(17).to_string(), "#17");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlertName {
    /// Its number in this database.
    Number(i64),
    /// Its id.
    Id(AlertId),
}

impl FromStr for AlertName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if !digits.is_empty() && digits.len() < 20 && digits.bytes().all(|b| b.is_ascii_digit()) {
            return digits
                .parse()
                .map(AlertName::Number)
                .map_err(|_| InvalidName(()));
        }
        text.parse().map(AlertName::Id).map_err(|_| InvalidName(()))
    }
}

impl fmt::Display for AlertName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertName::Number(number) => write!(f, "#{number}"),
            AlertName::Id(id) => write!(f, "{id}"),
        }
    }
}

impl From<AlertId> for AlertName {
    fn from(id: AlertId) -> Self {
        AlertName::Id(id)
    }
}

/// A text that names no alert. It does not repeat the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName(());

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an alert is named by its number, such as 17 or #17, or by its id, a UUID")
    }
}

impl Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_number_or_an_id() {
        let id = AlertId::next();
        for (text, name) in [
            ("17".to_owned(), AlertName::Number(17)),
            ("#17".to_owned(), AlertName::Number(17)),
            (i64::MAX.to_string(), AlertName::Number(i64::MAX)),
            (id.to_string(), AlertName::Id(id)),
        ] {
            assert_eq!(text.parse(), Ok(name));
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn what_is_neither_is_refused_without_being_repeated() {
        for text in [
            "",
            "#",
            "-1",
            "1.5",
            "hunter2",
            "9223372036854775808",
            "# 7",
        ] {
            let error = text.parse::<AlertName>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
