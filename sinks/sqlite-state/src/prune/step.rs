use std::time::{Duration, Instant};

/// How many rows one transaction removes at most, and how long it does so.
const ROWS: usize = 500;
const TIME: Duration = Duration::from_millis(5);

/// What is left of one transaction's work.
#[derive(Debug)]
pub(crate) struct Step {
    rows: usize,
    began: Instant,
    time: Duration,
}

impl Step {
    pub(crate) fn new() -> Self {
        Self {
            rows: ROWS,
            began: Instant::now(),
            time: TIME,
        }
    }

    /// How many rows may still be removed.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether one more may be removed; one always may, or a slow disk would never come to an end.
    pub(super) fn takes(&mut self) -> bool {
        if self.rows == 0 || self.rows < ROWS && self.began.elapsed() > self.time {
            self.rows = 0;
            return false;
        }
        self.rows -= 1;
        true
    }

    /// So many were removed at once.
    pub(super) fn took(&mut self, rows: usize) {
        self.rows = self.rows.saturating_sub(rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_has_no_time_takes_one_row_all_the_same() {
        let mut step = Step::new();
        step.time = Duration::ZERO;
        while step.began.elapsed().is_zero() {}
        assert!(step.takes());
        assert!(!step.takes());
        assert_eq!(step.rows(), 0);
    }
}
