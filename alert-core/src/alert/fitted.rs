//! An alert as a destination with limits can take it.

use std::borrow::Cow;

use super::{Alert, Context, Text, Value, fit};

impl Alert {
    /// The alert cut to a destination's limits; `None` if it fits as it is.
    /// Text is cut in the middle with a mark that names the alert, and entries
    /// beyond the limit are gathered into one that counts them.
    pub(crate) fn fitted(
        &self,
        title: Option<Text>,
        message: Option<Text>,
        entries: Option<usize>,
    ) -> Option<Alert> {
        let mark = format!(" [… cut, alert {} …] ", self.id);
        let cut = |text: &str, limit: Option<Text>| match fit(text, limit?, &mark) {
            Cow::Borrowed(whole) if whole.len() == text.len() => None,
            shorter => Some(Cow::Owned(shorter.into_owned())),
        };
        let title = cut(&self.title, title);
        let message = cut(&self.message, message);
        let context = entries
            .filter(|limit| self.context.len() > *limit)
            .map(|limit| first(&self.context, limit));
        if title.is_none() && message.is_none() && context.is_none() {
            return None;
        }
        let mut fitted = self.clone();
        fitted.title = title.unwrap_or(fitted.title);
        fitted.message = message.unwrap_or(fitted.message);
        fitted.context = context.unwrap_or(fitted.context);
        fitted.measure();
        Some(fitted)
    }
}

/// The first entries, the last of which counts those that are left out.
fn first(context: &Context, limit: usize) -> Context {
    let mut some = Context::new();
    let kept = limit.saturating_sub(1);
    for (key, value) in context.iter().take(kept) {
        some.insert_value(key.to_owned(), value.clone());
    }
    if limit > 0 {
        let more = context.len() - kept;
        some.insert_value("…", Value::Text(format!("{more} more entries").into()));
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Severity;

    fn alert() -> Alert {
        let mut builder = Alert::builder(Severity::Info, "t".repeat(100)).message("m".repeat(300));
        for n in 0..10 {
            builder = builder.context(format!("k{n}"), n);
        }
        builder.build()
    }

    #[test]
    fn an_alert_that_fits_is_not_copied() {
        let limits = (Some(Text::bytes(100)), Some(Text::chars(300)), Some(10));
        assert_eq!(alert().fitted(limits.0, limits.1, limits.2), None);
        assert_eq!(alert().fitted(None, None, None), None);
    }

    #[test]
    fn cut_text_names_the_alert() {
        let alert = alert();
        let fitted = alert.fitted(None, Some(Text::bytes(120)), None).unwrap();
        assert!(fitted.message().len() <= 120);
        assert!(fitted.message().contains(&alert.id().to_string()));
        assert_eq!(fitted.title(), alert.title());
    }

    #[test]
    fn entries_beyond_the_limit_become_one_that_counts_them() {
        let fitted = alert().fitted(None, None, Some(4)).unwrap();
        let keys: Vec<_> = fitted
            .context()
            .iter()
            .map(|(key, _)| key.to_owned())
            .collect();
        assert_eq!(keys, ["k0", "k1", "k2", "…"]);
        assert_eq!(
            fitted.context().get("…"),
            Some(&Value::Text("7 more entries".into()))
        );
    }
}
