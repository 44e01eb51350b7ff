//! What must not leave the program in an alert.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::searched::{MARK, Searched};
use super::{Alert, Context, Value};
use crate::policy::Pattern;

/// What is taken out of alerts before anything is stored or sent: the values of some context
/// keys, and known secrets wherever they stand.
///
/// `[redacted]` stands in their place. A key is compared as a whole and in any case, also inside
/// maps and lists; its value is replaced whatever it is. A secret is looked for as it is in
/// title, message, context (keys, texts and numbers), source, dedup key and links; one of
/// several lines also line by line. Secrets and lines of fewer than eight characters are not
/// looked for: they are in ordinary words too. At most 64 KiB of them are kept, the oldest are
/// forgotten first. A text may grow by a quarter, since a mark is longer than the shortest
/// secret.
///
/// Clones share their secrets, so that one that is learnt later (a token that was rotated) is
/// known to all. `Debug` shows none.
///
/// ```
/// use alert_core::{Alert, Redaction};
///
/// let redaction = Redaction::none().with_keys(["password", "*_token"]);
/// redaction.learn(["hunter2hunter2"]);
/// let mut alert = Alert::warning("login with hunter2hunter2 failed")
///     .context("Password", 1234)
///     .build();
/// redaction.apply(&mut alert);
/// assert_eq!(alert.title(), "login with [redacted] failed");
/// assert_eq!(alert.context().get("Password").unwrap().as_str(), Some("[redacted]"));
/// ```
#[derive(Clone, Default)]
pub struct Redaction {
    /// In lower case.
    keys: Arc<[Pattern]>,
    secrets: Arc<ArcSwap<Searched>>,
}

impl Redaction {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// With these context keys instead of those before; `*` stands for any run of characters.
    /// The secrets stay shared with what it was made from.
    #[must_use = "the redaction is moved"]
    pub fn with_keys<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter();
        self.keys = keys
            .map(|key| Pattern::new(key.as_ref().to_lowercase()))
            .collect();
        self
    }

    /// Looks for these secrets too from now on, but for those that are too short or known. Linear
    /// in all secrets if one is new.
    pub fn learn<S: AsRef<str>>(&self, secrets: impl IntoIterator<Item = S>) {
        let known = self.secrets.load();
        let new = secrets.into_iter();
        let new: Vec<S> = new.filter(|new| !known.knows(new.as_ref())).collect();
        if !new.is_empty() {
            self.secrets.rcu(|known| known.with(&new));
        }
    }

    /// Whether there is nothing to take out.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.secrets.load().is_empty()
    }

    /// A text without the known secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.secrets.load().masked(text) {
            Some(masked) => Cow::Owned(masked),
            None => Cow::Borrowed(text),
        }
    }

    /// The same for an owned text, which is not copied if nothing is in it.
    pub(crate) fn owned(&self, text: String) -> String {
        self.secrets.load().masked(&text).unwrap_or(text)
    }

    /// Takes it out of an alert. The fingerprint is that of what remains: alerts that differ only
    /// in a secret are about the same thing. Linear in the alert's size.
    pub fn apply(&self, alert: &mut Alert) {
        if self.is_empty() {
            return;
        }
        let work = Work {
            keys: &self.keys,
            secrets: &self.secrets.load(),
        };
        alert.redact(|text| work.text(text), |context| work.context(context));
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction(…)")
    }
}

struct Work<'r> {
    keys: &'r [Pattern],
    secrets: &'r Searched,
}

impl Work<'_> {
    fn text(&self, text: &mut Cow<'static, str>) -> bool {
        match self.secrets.masked(text) {
            Some(masked) => {
                *text = masked.into();
                true
            }
            None => false,
        }
    }

    fn context(&self, context: &mut Context) -> bool {
        context.change(|entries| self.entries(entries))
    }

    fn entries(&self, entries: &mut [(Cow<'static, str>, Value)]) -> bool {
        let mut changed = false;
        let mut new_keys = Vec::new();
        for (at, (key, value)) in entries.iter_mut().enumerate() {
            changed |= if self.is_redacted(key) {
                *value = Value::Text(Cow::Borrowed(MARK));
                true
            } else {
                self.value(value)
            };
            if self.text(key) {
                new_keys.push(at);
            }
        }
        keep_apart(entries, &new_keys);
        changed || !new_keys.is_empty()
    }

    fn is_redacted(&self, key: &str) -> bool {
        if self.keys.is_empty() {
            return false;
        }
        let key = key.to_lowercase();
        self.keys.iter().any(|pattern| pattern.matches(&key))
    }

    fn value(&self, value: &mut Value) -> bool {
        match value {
            Value::Text(text) => self.text(text),
            Value::List(items) => items
                .iter_mut()
                .fold(false, |changed, item| self.value(item) | changed),
            Value::Map(entries) => self.entries(entries),
            Value::Int(_) | Value::UInt(_) | Value::Float(_) if self.secrets.in_numbers() => {
                match self.secrets.masked(&value.to_string()) {
                    Some(masked) => {
                        *value = Value::Text(masked.into());
                        true
                    }
                    None => false,
                }
            }
            _ => false,
        }
    }
}

/// Keys that became one by their marks are numbered.
fn keep_apart(entries: &mut [(Cow<'static, str>, Value)], new: &[usize]) {
    if new.is_empty() {
        return;
    }
    let mut fresh = new.iter().copied().peekable();
    let old = entries.iter().enumerate().filter_map(|(at, (key, _))| {
        let is_new = fresh.next_if_eq(&at).is_some();
        (!is_new).then(|| key.clone().into_owned())
    });
    let mut taken: HashSet<String> = old.collect();
    // Never begun anew, so that a thousand of them take a thousand steps.
    let mut number = 1;
    for &at in new {
        let key = &mut entries[at].0;
        let mut name = key.clone().into_owned();
        while !taken.insert(name.clone()) {
            number += 1;
            name = format!("{key} {number}");
        }
        *key = name.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MARK, Redaction};
    use crate::alert::searched::Searched;
    use crate::alert::{Alert, AlertBuilder};

    fn redacted(redaction: &Redaction, alert: AlertBuilder) -> Alert {
        let mut alert = alert.build();
        redaction.apply(&mut alert);
        alert
    }

    fn secrets<const N: usize>(secrets: [&str; N]) -> Redaction {
        let redaction = Redaction::none();
        redaction.learn(secrets);
        redaction
    }

    #[test]
    fn keys_are_compared_whole_in_any_case_and_at_every_depth() {
        let redaction = Redaction::none().with_keys(["password", "*_Token"]);
        let alert = Alert::info("t").context(
            "request",
            json!([{ "PASSWORD": { "a": 1 }, "api_token": null, "passwords": 2, "token": "t" }]),
        );
        let alert = redacted(&redaction, alert);
        assert_eq!(
            serde_json::to_value(alert.context()).unwrap(),
            json!({ "request": [
                { "PASSWORD": MARK, "api_token": MARK, "passwords": 2, "token": "t" }
            ] })
        );
    }

    #[test]
    fn a_secret_is_found_wherever_text_stands() {
        let redaction = secrets(["hunter2hunter2"]);
        let text = || "a hunter2hunter2 b";
        let alert = Alert::info(text())
            .message(text())
            .source(text())
            .dedup_key(text())
            .link(text(), text())
            .context(text(), json!({ text(): [text()] }));
        let alert = redacted(&redaction, alert);
        let shown = serde_json::to_string(&alert).unwrap();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(shown.matches("a [redacted] b").count(), 9, "{shown}");
    }

    #[test]
    fn a_number_may_be_a_secret() {
        let redaction = secrets(["12345678", "0.1234567"]);
        let alert =
            Alert::info("t").context("n", json!([12_345_678, -912_345_678, 0.123_456_7, 5]));
        let alert = redacted(&redaction, alert);
        assert_eq!(
            serde_json::to_value(alert.context()).unwrap(),
            json!({ "n": [MARK, "-9[redacted]", MARK, 5] })
        );
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_between() {
        let redaction = secrets(["abcdefgh", "efghijkl", "aaaaaaaa"]);
        assert_eq!(redaction.text("x abcdefghijkl y"), "x [redacted] y");
        assert_eq!(redaction.text(&"a".repeat(99)), MARK);
        assert_eq!(redaction.text("abcdefg"), "abcdefg");
    }

    #[test]
    fn a_secret_of_several_lines_is_found_line_by_line() {
        let redaction = secrets(["-----BEGIN-----\n  MIIEvQIBADAN\nxy\n"]);
        assert_eq!(
            redaction.text("line MIIEvQIBADAN, xy"),
            "line [redacted], xy"
        );
        assert_eq!(secrets(["ab\ncd\nef\n"]).text("ab\ncd\nef"), MARK);
    }

    #[test]
    fn what_is_short_or_part_of_the_mark_is_not_looked_for() {
        assert!(secrets(["hunter2", "", "redacted", " 1234567 "]).is_empty());
    }

    #[test]
    fn the_oldest_secrets_are_forgotten_first() {
        let redaction = Redaction::none();
        let secret = |n: usize| format!("{n:04}{}", "x".repeat(1_020));
        redaction.learn((0..60).map(secret));
        redaction.learn((60..100).map(secret));
        redaction.learn(["y".repeat(Searched::MOST + 1)]);
        assert_eq!(redaction.text(&secret(35)), secret(35));
        for kept in [36, 60, 99] {
            assert_eq!(redaction.text(&secret(kept)), MARK, "{kept}");
        }
    }

    #[test]
    fn a_clone_learns_too() {
        let redaction = Redaction::none();
        let with_keys = redaction.clone().with_keys(["k"]);
        redaction.learn(["hunter2hunter2"]);
        assert_eq!(with_keys.text("hunter2hunter2"), MARK);
    }

    #[test]
    fn keys_that_become_one_are_kept_apart() {
        let redaction = secrets(["aaaaaaaa", "bbbbbbbb"]);
        let alert = Alert::info("t")
            .context("aaaaaaaa", 1)
            .context("[redacted]", 2)
            .context("bbbbbbbb", 3);
        let alert = redacted(&redaction, alert);
        assert_eq!(
            serde_json::to_string(alert.context()).unwrap(),
            r#"{"[redacted] 2":1,"[redacted]":2,"[redacted] 3":3}"#
        );
    }

    #[test]
    fn a_full_context_keeps_its_note_and_finds_its_keys() {
        let redaction = secrets(["aaaaaaaa"]);
        let alert = (0..1_500).fold(Alert::info("t"), |alert, n| {
            alert.context(format!("aaaaaaaa{n}"), n)
        });
        let alert = alert.build();
        let before = alert.context().size();
        let mut alert = alert;
        redaction.apply(&mut alert);
        let context = alert.context();
        assert_eq!(
            context.get("…").unwrap().as_str(),
            Some("500 more entries cut")
        );
        assert_eq!(context.get("[redacted]999").unwrap().as_i64(), Some(999));
        assert_eq!(context.get("aaaaaaaa999"), None);
        assert_eq!(context.size(), before + 2 * 1_000);
    }

    #[test]
    fn alerts_that_differ_in_a_secret_alone_belong_together() {
        let redaction = secrets(["aaaaaaaa", "bbbbbbbb"]);
        let one = redacted(&redaction, Alert::info("t").dedup_key("login aaaaaaaa"));
        let two = redacted(&redaction, Alert::info("t").dedup_key("login bbbbbbbb"));
        assert_eq!(one.fingerprint(), two.fingerprint());
    }

    #[test]
    fn debug_shows_nothing() {
        let redaction = secrets(["hunter2hunter2"]).with_keys(["password"]);
        assert_eq!(format!("{redaction:?}"), "Redaction(…)");
    }
}
