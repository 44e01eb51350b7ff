use alert::delivery::{Dedup, Delivery, DigestPolicy, Filter};
use alert::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Severity, Sink, SinkEntry, SinkError,
};

use super::expect::Difference;
use super::foresight::{Foresight, Verdict};
use super::told;
use crate::screen::Paint;

struct Never;

impl Sink for Never {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Err(SinkError::rejected("nothing is sent to see what would be"))
    }
}

fn open(_: &OpenContext<'_>) -> Result<Never, SinkError> {
    Err(SinkError::unusable(
        "nothing is opened to see what would be",
    ))
}

fn limited(name: &str, limits: Limits) -> SinkEntry {
    SinkEntry::new(name, Plan::opener("pager", limits, open))
}

fn sound(name: &str) -> SinkEntry {
    limited(name, Limits::none())
}

fn broken(name: &str) -> SinkEntry {
    SinkEntry::new(name, Plan::broken("pager", "its url is no url"))
}

fn fallback(to: &str) -> Delivery {
    let mut delivery = Delivery::default();
    delivery.fallback = Some(to.into());
    delivery
}

fn alert() -> Alert {
    let alert = Alert::warning("disk is filling").source("backup");
    alert.dedup_key("disk").context("host", "db-1").build()
}

fn verdicts(entries: &[SinkEntry]) -> Vec<(String, Verdict)> {
    let sinks = Foresight::of(entries, &alert()).sinks;
    sinks
        .into_iter()
        .map(|sink| (sink.name, sink.verdict))
        .collect()
}

fn drawn(entries: &[SinkEntry]) -> String {
    let foresight = Foresight::of(entries, &alert());
    told::tree(&alert(), &foresight, Paint::none()).draw(100)
}

#[test]
fn a_sink_that_cannot_be_opened_hands_over_to_its_fallback() {
    let last = sound("last").filter(Filter::all().only_as_fallback());
    let entries = [broken("ops").delivery(fallback("last")), last];
    assert_eq!(
        verdicts(&entries),
        [
            ("ops".to_owned(), Verdict::Broken),
            ("last".to_owned(), Verdict::DeliversAsFallback),
        ]
    );
    assert_eq!(
        drawn(&entries),
        "warning `disk is filling` from `backup`
|-- ops (pager): cannot be opened: its url is no url, so it goes to the fallback
|   |-- when: passes, takes every alert
|   `-- fallback: last
`-- last (pager): delivers as the fallback of ops
    `-- when: skipped by what another sink hands over
"
    );
}

#[test]
fn a_chain_of_fallbacks_ends_at_the_first_that_can_be_opened() {
    let entries = [
        broken("a").delivery(fallback("b")),
        broken("b").delivery(fallback("c")),
        sound("c")
            .filter(Filter::all().only_as_fallback())
            .delivery(fallback("d")),
        sound("d").filter(Filter::all().only_as_fallback()),
    ];
    let foresight = Foresight::of(&entries, &alert());
    assert_eq!(foresight.takers().collect::<Vec<_>>(), ["c"]);
    assert_eq!(foresight.sinks[0].fallbacks, ["b", "c", "d"]);
    assert_eq!(foresight.sinks[2].instead_of.as_deref(), Some("a"));
}

#[test]
fn no_sink_takes_an_alert_twice_and_a_ring_of_fallbacks_ends() {
    let entries = [
        broken("a").delivery(fallback("b")),
        sound("b").delivery(fallback("a")),
    ];
    let foresight = Foresight::of(&entries, &alert());
    assert_eq!(foresight.sinks[1].verdict, Verdict::Delivers);
    assert_eq!(foresight.sinks[1].instead_of, None);
    let ring = [
        broken("a").delivery(fallback("b")),
        broken("b").delivery(fallback("a")),
        broken("c").delivery(fallback("absent")),
    ];
    let foresight = Foresight::of(&ring, &alert());
    assert_eq!(foresight.takers().count(), 0);
    assert!(!foresight.is_usable());
}

#[test]
fn an_alert_that_a_filter_stops_goes_to_no_fallback() {
    let last = sound("last").filter(Filter::all().only_as_fallback());
    let strict = Filter::all().min_severity(Severity::Critical);
    let entries = [
        broken("ops").filter(strict).delivery(fallback("last")),
        last,
    ];
    let stops = ("ops".to_owned(), Verdict::Stops);
    assert_eq!(verdicts(&entries)[0], stops);
    assert_eq!(verdicts(&entries)[1].1, Verdict::Stops);
}

#[test]
fn every_gate_is_told_with_its_settings() {
    let mut delivery = fallback("nobody");
    delivery.dedup = Some(Dedup {
        within: std::time::Duration::from_secs(900),
    });
    delivery.digest = Some(DigestPolicy {
        after: 0,
        every: std::time::Duration::from_secs(60),
    });
    let limits = Limits::none().title(alert::Text::chars(4)).entries(0);
    let filter = Filter::all()
        .min_severity(Severity::Info)
        .context("host", "db-*");
    let entries = [limited("ops", limits).delivery(delivery).filter(filter)];
    assert_eq!(
        drawn(&entries),
        "warning `disk is filling` from `backup`
`-- ops (pager): delivers
    |-- when: passes
    |   |-- passes: min_severity wants `info` or higher, the alert has `warning`
    |   `-- passes: context.host wants `db-*`, the alert has `db-1`
    |-- dedup: passes, one alert of the key `disk` within 15m
    |-- digest: waits for the end of the window, 0 at once in 1m, the rest as one message at its end
    |-- title is cut: 15 characters, the sink takes 4
    `-- context is cut: 1 entries, the sink takes 0
"
    );
}

#[test]
fn whether_a_sink_takes_what_is_silenced_is_told_and_stops_nothing() {
    let silenced = |name, takes| sound(name).filter(Filter::all().silenced(takes));
    let entries = [silenced("all", true), silenced("log", false)];
    assert_eq!(
        drawn(&entries),
        "warning `disk is filling` from `backup`
|-- all (pager): delivers
|   `-- when: passes
|       `-- passes: silenced takes what a silence matches
`-- log (pager): delivers
    `-- when: passes
        `-- passes: silenced does not take what a silence matches
"
    );
}

#[test]
fn an_expectation_is_exact() {
    let strict = Filter::all().source("shop");
    let entries = [sound("log"), sound("ops").filter(strict)];
    let foresight = Foresight::of(&entries, &alert());
    let expect = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        Difference::of(&names, &foresight).map(|difference| difference.lines(&foresight))
    };
    assert_eq!(expect(&["log"]), None);
    assert_eq!(
        expect(&["ops"]).as_deref(),
        Some(
            "expected to take it: ops; would take it: log
  + log delivers
  - ops stops at `when`, because source wants `shop`, the alert has `backup`
"
        )
    );
    assert!(expect(&[]).is_some());
}
