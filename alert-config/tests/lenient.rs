//! What can be used runs, the rest is halted, counted and told.

mod common;

use std::time::Duration;

use alert_config::Environment;
use alert_core::{Alert, LaneState, Problems, Stats, Verdict};
use common::{config_with, registry};

/// Sends a warning through the pipeline of a config.
fn run(text: &str) -> (Problems, Stats) {
    let config = config_with(text, &Environment::empty());
    let (builder, problems) = config.pipeline(&registry());
    let pipeline = builder.build();
    pipeline.emit(Alert::warning("disk full").source("shop"));
    assert!(pipeline.close(Duration::from_secs(10)), "it closes in time");
    (problems, pipeline.stats())
}

fn delivered(stats: &Stats, sink: &str) -> u64 {
    stats
        .sink(sink)
        .expect("the sink is there")
        .ledger
        .delivered()
}

/// Why the sink is halted.
fn halted(stats: &Stats, sink: &str) -> String {
    match &stats.sink(sink).expect("the sink is there").state {
        LaneState::Halted(reason) => reason.to_string(),
        other => panic!("{sink} is {other:?}"),
    }
}

const GOOD: &str = "[sinks.good]\ntype = 'file'\npath = '/x'\n";

#[test]
fn one_bad_sink_of_five_leaves_four() {
    let bad = "[sinks.bad]\ntype = 'pager'\nurl = 'u'\ntoken = '${UNSET}'\n";
    let others = ["b", "c", "d"].map(|n| format!("[sinks.{n}]\ntype = 'file'\npath = '/{n}'\n"));
    let (problems, stats) = run(&format!("{GOOD}{bad}{}", others.concat()));
    assert_eq!(
        problems.to_string(),
        "alert.toml:7:9: variable `UNSET` is not set"
    );
    for sink in ["good", "b", "c", "d"] {
        assert_eq!(delivered(&stats, sink), 1, "{sink}");
    }
    assert_eq!(delivered(&stats, "bad"), 0);
    assert_eq!(
        halted(&stats, "bad"),
        "alert.toml:7:9: variable `UNSET` is not set"
    );
}

#[test]
fn every_sort_of_bad_entry_is_halted_for_its_reason() {
    for (bad, reason) in [
        ("type = 'pagr'", "alert.toml:5:8: unknown sink type `pagr`"),
        ("path = '/y'", "alert.toml:4:8: missing key `type`"),
        ("type = 'file'", "alert.toml:4:8: missing key `path`"),
        (
            "type = 'file'\npath = 1",
            "alert.toml:6:8: expected a string, found integer `1`",
        ),
        (
            "type = 'pager'\nurl = 1",
            "alert.toml:4:8: missing key `token` (and 1 more)",
        ),
        (
            "type = 'file'\npath = '/y",
            "alert.toml:6:11: invalid literal string, expected `'`",
        ),
        (
            "type = 'pager'\nurl = 'panic'\ntoken = 't'",
            "alert.toml:4:8: the sink's own code panicked over its config",
        ),
        (
            "type = 'pager'\nurl = 'http://x'\ntoken = 't'",
            "alert.toml:6:7: a token over plain http",
        ),
    ] {
        let (problems, stats) = run(&format!("{GOOD}[sinks.bad]\n{bad}\n"));
        assert_eq!(halted(&stats, "bad"), reason);
        assert_eq!(delivered(&stats, "good"), 1, "{bad}");
        assert!(problems.has_errors(), "{bad}");
    }
}

#[test]
fn a_broken_header_or_string_costs_only_its_own_sink() {
    for broken in [
        "[sinks.bad\ntype = 'file'\n",
        "[[sinks.bad]\ntype = 'file'\n",
        "[sinks.bad]\ntype = 'file'\npath = \"\"\"\n",
        "[sinks.bad]\npath = [\n",
        "[sinks.bad]\nx = {\n",
        "[sinks.bad]\nx\n",
        "[sinks.bad]\ntype = 'file'\ntype = 'file'\n",
        "[sinks.bad]\n[sinks.bad]\n",
    ] {
        let after = GOOD.replace("good", "after").replace("/x", "/y");
        let (problems, stats) = run(&format!("{GOOD}{broken}{after}"));
        assert_eq!(delivered(&stats, "good"), 1, "{broken}");
        assert_eq!(delivered(&stats, "after"), 1, "{broken}");
        assert!(halted(&stats, "bad").starts_with("alert.toml:"), "{broken}");
        assert!(problems.has_errors(), "{broken}");
    }
}

#[test]
fn what_looks_like_a_header_within_a_string_is_none() {
    let text = "[sinks.bad]\nx = '''\n[sinks.evil]\ntype = 'file'\npath = '/e'\n'''\ny =\n";
    let (_, stats) = run(&format!("{GOOD}{text}"));
    assert!(stats.sink("evil").is_none());
    assert_eq!(delivered(&stats, "good"), 1);
}

#[test]
fn a_mistake_in_when_or_delivery_leaves_out_only_its_key() {
    let (problems, stats) = run(&format!(
        "{GOOD}when = {{ min_severity = 'critcal', source = ['shop'] }}\n\
         delivery = {{ dedup = {{ withn = '1m' }} }}\n\
         [sinks.other]\ntype = 'file'\npath = '/o'\nwhen = {{ source = ['bar'], x = 1 }}\n"
    ));
    assert_eq!(problems.len(), 3, "{problems}");
    assert_eq!(delivered(&stats, "good"), 1);
    assert_eq!(delivered(&stats, "other"), 0);
    assert_eq!(
        stats
            .sink("other")
            .expect("it is there")
            .ledger
            .count(Verdict::Filtered),
        1
    );
}

#[test]
fn a_mistake_at_the_top_halts_nothing() {
    let (problems, stats) = run(&format!(
        "alrt = 1\ndelivery = {{ retry = 5, notice_after = 'x' }}\n{GOOD}"
    ));
    assert_eq!(problems.len(), 3, "{problems}");
    assert_eq!(delivered(&stats, "good"), 1);
}

#[test]
fn a_sink_that_is_switched_off_is_not_there_and_not_checked() {
    let off = "[sinks.off]\nenabled = false\ntype = 'nonsense'\ntoken = '${UNSET}'\n";
    let (problems, stats) = run(&format!("{GOOD}{off}"));
    assert!(problems.is_empty(), "{problems}");
    assert!(stats.sink("off").is_none());
}

#[test]
fn the_second_sink_on_one_file_is_halted() {
    let (problems, stats) = run(&format!("{GOOD}{}", GOOD.replace("good", "twin")));
    assert!(
        problems
            .to_string()
            .contains("sinks `good` and `twin` have the same file")
    );
    assert_eq!(delivered(&stats, "good"), 1);
    assert!(halted(&stats, "twin").contains("good"));
}

#[test]
fn a_file_is_read_again_whenever_its_sink_is_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    let file = token.to_str().expect("its path is text");
    let text = format!("[sinks.a]\ntype = 'pager'\nurl = 'u'\ntoken = '${{file:{file}}}'\n");
    let config = config_with(&text, &Environment::empty());
    std::fs::write(&token, "t").expect("it can be written");
    let (builder, problems) = config.pipeline(&registry());
    assert!(!problems.has_errors(), "{problems}");
    std::fs::remove_file(&token).expect("it is ours");
    let pipeline = builder.build();
    pipeline.emit(Alert::warning("it waits for its sink"));
    assert!(pipeline.close(Duration::from_secs(10)), "it closes in time");
    let told = format!("alert.toml:4:9: cannot read `{file}`: there is no such file");
    assert!(
        format!("{:?}", pipeline.stats()).contains(&told),
        "{:?}",
        pipeline.stats()
    );
    let (builder, problems) = config.pipeline(&registry());
    assert!(problems.to_string().ends_with(&told), "{problems}");
    std::fs::write(&token, "t").expect("it can be written");
    let pipeline = builder.build();
    pipeline.emit(Alert::warning("disk full"));
    assert!(pipeline.close(Duration::from_secs(10)), "it closes in time");
    assert_eq!(
        delivered(&pipeline.stats(), "a"),
        1,
        "the file came in time"
    );
}

mod notes {
    use alert_config::{Config, Environment};
    use alert_core::{
        Alert, Attempt, Delivered, Findings, OpenContext, Registry, Sink, SinkConfig, SinkError,
    };

    #[derive(Debug, serde::Deserialize)]
    struct Remarkable {}

    struct Nowhere;

    impl Sink for Nowhere {
        fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
            Ok(Delivered::new())
        }
    }

    impl SinkConfig for Remarkable {
        const KIND: &'static str = "remarkable";
        type Sink = Nowhere;

        fn open(&self, _: &OpenContext<'_>) -> Result<Nowhere, SinkError> {
            Ok(Nowhere)
        }

        fn check(&self, found: &mut Findings) {
            found.note("", "it is worth knowing");
            found.warning("", "it is worth a look");
        }
    }

    alert_core::register_sink! {
        /// Has something to say of itself.
        REMARKABLE: Remarkable
    }

    #[test]
    fn a_note_is_for_whoever_looks_the_config_over_and_not_for_every_start() {
        let registry = Registry::empty().with(REMARKABLE);
        let text = "[sinks.a]\ntype = \"remarkable\"\n";
        let config = Config::parse(text, "alert.toml", &Environment::empty());
        let texts = |problems: &alert_core::Problems| -> Vec<String> {
            let texts = problems.iter().map(|problem| problem.text().to_owned());
            texts.collect()
        };
        let checked = config.check(&registry);
        assert_eq!(
            texts(&checked),
            ["it is worth knowing", "it is worth a look"]
        );
        assert!(alert_config::render(&checked, alert_config::Colour::Never).starts_with("note: "));
        let (_, told) = config.pipeline(&registry);
        assert_eq!(texts(&told), ["it is worth a look"]);
    }
}
