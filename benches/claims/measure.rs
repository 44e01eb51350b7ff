//! How it is measured: contenders take turns in one loop, so that whatever else the machine does falls on all of them,
//! and each is compared with another within the same turn.

use std::io::Write;
use std::time::{Duration, Instant};

/// Waits without giving up the core, as a thread does that has other work between two calls.
pub(crate) fn spin(pause: Duration) {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// How long it takes, in nanoseconds, the clock's own cost included.
pub(crate) fn nanoseconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as f64
}

/// The value below which that part of the samples lies.
pub(crate) fn quantile(samples: &[f64], part: f64) -> f64 {
    assert!(!samples.is_empty(), "nothing was measured");
    let mut samples = samples.to_vec();
    samples.sort_unstable_by(f64::total_cmp);
    samples[((samples.len() - 1) as f64 * part) as usize]
}

/// All samples of each contender, and the median of each of its turns.
pub(crate) struct Turns {
    names: Vec<&'static str>,
    samples: Vec<Vec<f64>>,
    medians: Vec<Vec<f64>>,
}

impl Turns {
    pub(crate) fn new(names: Vec<&'static str>) -> Self {
        let none = vec![Vec::new(); names.len()];
        Self {
            names,
            samples: none.clone(),
            medians: none,
        }
    }

    pub(crate) fn record(&mut self, contender: usize, turn: Vec<f64>) {
        self.medians[contender].push(quantile(&turn, 0.5));
        self.samples[contender].extend(turn);
    }

    pub(crate) fn quantile(&self, contender: usize, part: f64) -> f64 {
        quantile(&self.samples[contender], part)
    }

    /// The median, over the turns, of this contender's median divided by the best (by `better`) of those.
    pub(crate) fn ratio(
        &self,
        contender: usize,
        to: &[&str],
        better: fn(f64, f64) -> f64,
    ) -> String {
        let those = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| to.contains(name));
        let those: Vec<&Vec<f64>> = those.map(|(index, _)| &self.medians[index]).collect();
        let best = |turn| those.iter().map(|medians| medians[turn]).reduce(better);
        let turns = self.medians[contender].iter().enumerate();
        let ratios: Vec<f64> = turns
            .filter_map(|(turn, this)| Some(this / best(turn)?))
            .collect();
        format!("{:.2}", quantile(&ratios, 0.5))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.names.iter().copied().enumerate()
    }
}

/// Prints a table, its first column to the left and the others to the right.
pub(crate) fn print_table(title: &str, head: &[&str], rows: &[Vec<String>]) {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let all = || std::iter::once(&head).chain(rows);
    let widths = (0..head.len()).map(|column| all().map(|row| row[column].chars().count()).max());
    let widths: Vec<usize> = widths.map(Option::unwrap_or_default).collect();
    let mut text = format!("\n{title}\n");
    for row in all() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text += &if column == 0 {
                format!("  {cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            };
        }
        text += "\n";
    }
    // A reader that has gone away is not this program's trouble.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
