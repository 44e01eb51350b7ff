//! A sink is given every alert within the limits that it declared, and the others their own whole.

use std::sync::mpsc;
use std::time::Duration;

use alert_core::{
    Alert, Attempt, Delivered, Limits, Pipeline, Plan, Sink, SinkEntry, SinkError, Text,
};

const LONG: Duration = Duration::from_secs(30);

struct Titles(mpsc::Sender<String>);

impl Sink for Titles {
    fn deliver(&mut self, alert: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        // The test may have seen enough.
        let _ = self.0.send(alert.title().to_owned());
        Ok(Delivered::new())
    }
}

fn entry(name: &str, limits: Limits) -> (SinkEntry, mpsc::Receiver<String>) {
    let (sender, titles) = mpsc::channel();
    let plan = Plan::opener("titles", limits, move |_| Ok(Titles(sender.clone())));
    (SinkEntry::new(name, plan), titles)
}

#[test]
fn each_alert_is_cut_for_itself_and_for_one_sink_alone() {
    let narrow = Limits::none().batch(10).title(Text::utf16(120));
    let (narrow, cut) = entry("narrow", narrow);
    let (wide, whole) = entry("wide", Limits::none().batch(10));
    let pipeline = Pipeline::builder().entry(narrow).entry(wide).build();
    let titles = ["short".to_owned(), "💾".repeat(200), "over".to_owned()];
    let mut ids = Vec::new();
    for title in &titles {
        let alert = Alert::warning(title.clone()).build();
        ids.push(alert.id().to_string());
        pipeline.emit(alert);
    }
    assert!(pipeline.close(LONG));
    assert!(whole.try_iter().eq(titles));
    let cut: Vec<_> = cut.try_iter().collect();
    assert_eq!((&*cut[0], &*cut[2], cut.len()), ("short", "over", 3));
    assert!(cut[1].encode_utf16().count() <= 120);
    assert!(cut[1].starts_with('💾') && cut[1].ends_with('💾'));
    assert!(cut[1].contains(&ids[1]), "{}", cut[1]);
}
