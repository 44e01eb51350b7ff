//! An alert as a destination with limits can take it.

use std::borrow::Cow;

use super::text::{cut_mark, fit, fit_counted, head};
use super::{Alert, AlertId, Text};
use crate::sink::Limits;

impl Alert {
    /// The alert cut to a destination's limits, as [`Limits::fit`] says;
    /// `None` if it fits as it is, which costs no allocation.
    pub(crate) fn fitted(&self, limits: &Limits) -> Option<Alert> {
        let id = (!limits.shows_id).then_some(self.id);
        let cut = |text: &str, limit: Option<Text>| {
            let limit = limit.filter(|limit| !limit.holds(text))?;
            Some(Cow::Owned(cut(text, limit, id)))
        };
        let title = cut(&self.title, limits.title);
        let message = cut(&self.message, limits.message);
        let entries = limits.entries.filter(|most| self.context.len() > *most);
        if title.is_none() && message.is_none() && entries.is_none() {
            return None;
        }
        let mut fitted = self.clone();
        fitted.title = title.unwrap_or(fitted.title);
        fitted.message = message.unwrap_or(fitted.message);
        if let Some(most) = entries {
            fitted.context.keep_first(most);
        }
        fitted.measure();
        Some(fitted)
    }
}

/// What has to stay of a text for the short mark with an id to be worth its room.
const LEAST: usize = 16;

/// A text that is over the limit, with the longest mark that leaves enough of it.
fn cut(text: &str, limit: Text, id: Option<AlertId>) -> String {
    let leaves = |mark: &str, least: usize| {
        let left = limit.max.checked_sub(limit.unit.count(mark));
        left.is_some_and(|left| left >= least)
    };
    let half = |mark: &str| leaves(mark, limit.unit.count(mark));
    match id {
        None if half(&cut_mark(text.chars().count())) => {
            return fit_counted(text, limit).into_owned();
        }
        None => {}
        Some(id) => {
            let long = format!(" [… cut, alert {id} …] ");
            if half(&long) {
                return fit(text, limit, &long).into_owned();
            }
            let short = format!("…{id}…");
            if leaves(&short, LEAST) {
                return fit(text, limit, &short).into_owned();
            }
        }
    }
    if leaves("…", 2) {
        fit(text, limit, "…").into_owned()
    } else {
        // A mark between nothing and nothing would say less than a beginning.
        head(text, limit).to_owned()
    }
}
