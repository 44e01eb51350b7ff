//! Tables that fit a terminal: what gives way first, and what becomes of a row that fits no line.

use std::borrow::Cow;

use crate::fit::{cut, fold, width, width_to};
use crate::screen::Paint;

/// What becomes of a column where there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// It stays as it is.
    Whole,
    /// The same, with its texts on the right.
    Number,
    /// The column is left out; another says about the same.
    Spare,
    /// Its texts are cut; they can be had whole elsewhere.
    Cut,
    /// Its texts go on in the next line.
    Fold,
}

/// How a text is told apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Hue {
    #[default]
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
}

/// A text in a table; nothing in it makes a terminal act or breaks its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    hue: Hue,
}

/// Rows under the heads of their columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Room)>,
    rows: Vec<Vec<Cell>>,
    heads: bool,
}

const GAP: &str = "  ";
/// No text is cut or folded to less.
const LEAST: usize = 8;
/// With less than this for a text, spare columns are left out.
const ENOUGH: usize = 36;
/// Where lines may be as long as they are, columns are aligned up to this width.
const ALIGNED: usize = 40;
/// No column is wider, so of a text no more is measured.
const WIDEST: usize = 1_000;

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self::hued(Hue::Plain, text)
    }

    pub(crate) fn hued(hue: Hue, text: impl AsRef<str>) -> Self {
        let text = alert::terminal(text.as_ref()).into_owned();
        Self { text, hue }
    }
}

impl Hue {
    pub(crate) fn paint(self, text: &str, paint: Paint) -> String {
        match self {
            Hue::Plain => text.to_owned(),
            Hue::Bold => paint.bold(text),
            Hue::Dim => paint.dim(text),
            Hue::Green => paint.green(text),
            Hue::Yellow => paint.yellow(text),
            Hue::Red => paint.red(text),
        }
    }
}

impl Table {
    /// Without rows yet.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Room)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            heads: true,
        }
    }

    /// Whose columns need no heads.
    pub(crate) fn headless(self) -> Self {
        let heads = false;
        Self { heads, ..self }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        cells.resize(self.columns.len(), Cell::new(""));
        self.rows.push(cells);
    }

    /// Its lines, none wider than `columns`, each behind `indent`. Without a width each row is one
    /// line and whole.
    pub(crate) fn draw(&self, columns: Option<usize>, indent: &str, paint: Paint) -> String {
        let natural: Vec<usize> = (0..self.columns.len()).map(|at| self.widest(at)).collect();
        let mut drawn = String::new();
        match columns.map(|columns| self.fitted(&natural, columns.saturating_sub(indent.len()))) {
            None => self.lines(
                &natural.iter().map(|&n| n.min(ALIGNED)).collect::<Vec<_>>(),
                false,
                indent,
                paint,
                &mut drawn,
            ),
            Some(Some(widths)) => self.lines(&widths, true, indent, paint, &mut drawn),
            Some(None) => self.cards(columns.unwrap_or_default(), indent, paint, &mut drawn),
        }
        drawn
    }

    /// How wide a column would like to be; 0 if it has nothing to show.
    fn widest(&self, at: usize) -> usize {
        let texts = self.rows.iter().map(|row| width_to(&row[at].text, WIDEST));
        match texts.max() {
            None | Some(0) => 0,
            Some(widest) if self.heads => widest.max(width(self.columns[at].0)),
            Some(widest) => widest,
        }
    }

    /// How wide each column becomes, 0 for one that is left out; none if even the least is too much.
    fn fitted(&self, natural: &[usize], room: usize) -> Option<Vec<usize>> {
        let mut wanted = natural.to_vec();
        if let Some(widths) = self.shared(&wanted, room, ENOUGH) {
            return Some(widths);
        }
        for (wanted, (_, kind)) in wanted.iter_mut().zip(&self.columns) {
            if *kind == Room::Spare {
                *wanted = 0;
            }
        }
        self.shared(&wanted, room, LEAST)
    }

    /// Shares out what the columns that stay as they are leave to the others, each at least so much.
    fn shared(&self, wanted: &[usize], room: usize, least: usize) -> Option<Vec<usize>> {
        let shown = wanted.iter().filter(|&&wanted| wanted > 0).count();
        let gaps = GAP.len() * shown.saturating_sub(1);
        let gives = |at: usize| matches!(self.columns[at].1, Room::Cut | Room::Fold);
        let mut widths: Vec<usize> = wanted.to_vec();
        for (at, width) in widths.iter_mut().enumerate() {
            if gives(at) {
                *width = (*width).min(least);
            }
        }
        let mut left = room.checked_sub(gaps + widths.iter().sum::<usize>())?;
        // One column after the other, so that what one does not need is there for the rest.
        while left > 0 {
            let before = left;
            for (at, width) in widths.iter_mut().enumerate() {
                if gives(at) && *width < wanted[at] && left > 0 {
                    *width += 1;
                    left -= 1;
                }
            }
            if left == before {
                break;
            }
        }
        Some(widths)
    }

    fn lines(
        &self,
        widths: &[usize],
        bounded: bool,
        indent: &str,
        paint: Paint,
        drawn: &mut String,
    ) {
        if self.heads && !self.rows.is_empty() {
            let heads = self
                .columns
                .iter()
                .map(|(head, _)| Cell::hued(Hue::Dim, head));
            self.line(
                &heads.collect::<Vec<_>>(),
                widths,
                bounded,
                indent,
                paint,
                drawn,
            );
        }
        for row in &self.rows {
            self.line(row, widths, bounded, indent, paint, drawn);
        }
    }

    fn line(
        &self,
        row: &[Cell],
        widths: &[usize],
        bounded: bool,
        indent: &str,
        paint: Paint,
        drawn: &mut String,
    ) {
        let texts: Vec<Vec<Cow<'_, str>>> = row
            .iter()
            .zip(widths)
            .zip(&self.columns)
            .map(|((cell, &most), (_, kind))| match kind {
                // A column without texts.
                _ if most == 0 => Vec::new(),
                _ if !bounded => vec![Cow::Borrowed(cell.text.as_str())],
                Room::Fold => fold(&cell.text, most).into_iter().map(Cow::Owned).collect(),
                _ => vec![cut(&cell.text, most)],
            })
            .collect();
        let height = texts.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..height {
            let mut line = indent.to_owned();
            // Spaces are owed until a text follows, so that no line ends with some.
            let mut owed = 0;
            for (column, &wide) in widths.iter().enumerate().filter(|&(_, &wide)| wide > 0) {
                let text = texts[column].get(at).map(Cow::as_ref).unwrap_or_default();
                let spare = wide - width_to(text, wide);
                if !text.is_empty() {
                    let before = if self.columns[column].1 == Room::Number {
                        spare
                    } else {
                        0
                    };
                    line.extend(std::iter::repeat_n(' ', owed + before));
                    line.push_str(&row[column].hue.paint(text, paint));
                    owed = spare - before;
                } else {
                    owed += spare;
                }
                owed += GAP.len();
            }
            drawn.push_str(line.trim_end());
            drawn.push('\n');
        }
    }

    /// Each row as lines of its own, one for each cell that says something.
    fn cards(&self, columns: usize, indent: &str, paint: Paint, drawn: &mut String) {
        let indent = if columns > indent.len() + LEAST {
            indent
        } else {
            ""
        };
        for row in &self.rows {
            let mut inner = indent.to_owned();
            for (cell, (head, kind)) in row.iter().zip(&self.columns) {
                if cell.text.is_empty() || *kind == Room::Spare {
                    continue;
                }
                let first = inner.len() == indent.len();
                let label = if first || head.is_empty() {
                    String::new()
                } else {
                    format!("{head}: ")
                };
                let text = format!("{label}{}", cell.text);
                for line in fold(&text, columns.saturating_sub(inner.len()).max(2)) {
                    drawn.push_str(&inner);
                    drawn.push_str(&cell.hue.paint(&line, paint));
                    drawn.push('\n');
                }
                if first {
                    inner.push_str("  ");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alert_testkit::strategy;
    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[[&str; 4]]) -> Table {
        let mut table = Table::new([
            ("", Room::Number),
            ("when", Room::Spare),
            ("title", Room::Cut),
            ("note", Room::Fold),
        ]);
        for row in rows {
            table.row(row.iter().map(Cell::new));
        }
        table
    }

    const ROWS: &[[&str; 4]] = &[
        [
            "7",
            "2026-11-24",
            "disk full on the third machine",
            "ask ann and bob",
        ],
        ["12", "2026-11-25", "x", ""],
    ];

    #[test]
    fn columns_are_aligned_and_no_line_ends_with_spaces() {
        assert_eq!(
            table(ROWS).draw(Some(80), " ", Paint::none()),
            "     when        title                           note
  7  2026-11-24  disk full on the third machine  ask ann and bob
 12  2026-11-25  x
"
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_cut_or_folded() {
        assert_eq!(
            table(ROWS).draw(Some(26), "", Paint::none()),
            "    title       note
 7  disk full…  ask ann
                and bob
12  x
"
        );
    }

    #[test]
    fn a_row_that_fits_no_line_has_several() {
        assert_eq!(
            table(ROWS).draw(Some(16), "", Paint::none()),
            "7
  title: disk
  full on the
  third machine
  note: ask ann
  and bob
12
  title: x
"
        );
    }

    #[test]
    fn without_a_width_each_row_is_one_whole_line() {
        let long = "w".repeat(300);
        let drawn = table(&[["1", "t", &long, "note"]]).draw(None, "", Paint::none());
        let row = drawn.lines().last().unwrap();
        assert_eq!(row, format!("1  t     {long}  note"));
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert_eq!(table(&[]).draw(Some(80), "", Paint::none()), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_text_breaks_a_line_or_makes_it_wider(
            rows in prop::collection::vec(prop::array::uniform4(strategy::hostile_text()), 1..4),
            columns in 12..120_usize,
        ) {
            let rows: Vec<[&str; 4]> =
                rows.iter().map(|row| std::array::from_fn(|at| row[at].as_str())).collect();
            let drawn = table(&rows).draw(Some(columns), "  ", Paint::none());
            for line in drawn.lines() {
                prop_assert!(width(line) <= columns, "{line:?}");
            }
            prop_assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'));
            let whole = table(&rows).draw(None, "", Paint::none());
            prop_assert_eq!(whole.lines().count(), rows.len() + 1);
        }
    }
}
