//! The text of a value, split at its `${…}`.

/// One part of a value.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'t> {
    Literal(&'t str),
    /// `${NAME}` or `${NAME:-default}`.
    Variable {
        name: &'t str,
        default: Option<&'t str>,
    },
    /// `${file:/path}`.
    File(&'t str),
}

/// Splits a value. `$${` is a literal `${`; any other `$` stands for itself. The error is a line
/// that shows nothing of the value.
pub(crate) fn split(text: &str) -> Result<Vec<Piece<'_>>, &'static str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            pieces.push(Piece::Literal(&rest[..at - 1]));
            pieces.push(Piece::Literal("${"));
            rest = &rest[at + 2..];
            continue;
        }
        pieces.push(Piece::Literal(&rest[..at]));
        let inner = &rest[at + 2..];
        let end = inner.find('}').ok_or("a `${` has no `}`")?;
        pieces.push(piece(&inner[..end])?);
        rest = &inner[end + 1..];
    }
    pieces.push(Piece::Literal(rest));
    pieces.retain(|piece| *piece != Piece::Literal(""));
    Ok(pieces)
}

fn piece(inner: &str) -> Result<Piece<'_>, &'static str> {
    if let Some(path) = inner.strip_prefix("file:") {
        return match path {
            "" => Err("`${file:}` names no file"),
            path => Ok(Piece::File(path)),
        };
    }
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if good {
        Ok(Piece::Variable { name, default })
    } else {
        Err("`${…}` names no variable")
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, split};

    #[test]
    fn a_value_is_split_at_its_placeholders() {
        let variable = |name, default| Piece::Variable { name, default };
        let literal = Piece::Literal;
        assert_eq!(split(""), Ok(vec![]));
        assert_eq!(split("a$b"), Ok(vec![literal("a$b")]));
        assert_eq!(split("${A}"), Ok(vec![variable("A", None)]));
        assert_eq!(
            split("x${A_1:-y:-z}${file:/run/a b}"),
            Ok(vec![
                literal("x"),
                variable("A_1", Some("y:-z")),
                Piece::File("/run/a b")
            ])
        );
        assert_eq!(split("$${A}"), Ok(vec![literal("${"), literal("A}")]));
        assert_eq!(
            split("$$${A}"),
            Ok(vec![literal("$"), literal("${"), literal("A}")])
        );
        assert_eq!(split("${A:-}"), Ok(vec![variable("A", Some(""))]));
        for wrong in [
            "${", "${}", "${A", "${1}", "${A B}", "${A-b}", "${file:}", "${é}", "${:-x}",
        ] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
