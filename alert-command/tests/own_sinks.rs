//! A program that has sinks of its own and calls `run` is a full `alert` with them, however they behave.
//!
//! This file is that program, if `AS_ALERT` is set; otherwise it runs itself so and looks.

mod common;
#[path = "own_sinks/service.rs"]
mod service;

use std::io::Write as _;
use std::num::NonZeroU8;
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use alert::schemars::JsonSchema;
use alert::{
    Alert, Attempt, ConfigDuration, Delivered, Findings, JsonValue, OpenContext, Secret, Sink,
    SinkConfig, SinkError, Size,
};
use common::{Home, Ran, golden, lines, run};
use serde::Deserialize;

/// How a sink behaves.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(crate = "alert::schemars")]
enum Way {
    Hang,
    HangInOpen,
    Panic,
    PanicInCheck,
    Refuse,
    Fail,
}

/// Behaves as told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "alert::schemars")]
struct OddConfig {
    /// How it behaves.
    way: Way,
}

struct Odd(Way);

/// Nobody sends on it.
fn hang() {
    let (sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv();
    drop(sender);
}

impl SinkConfig for OddConfig {
    const KIND: &'static str = "odd";
    type Sink = Odd;

    fn open(&self, _: &OpenContext<'_>) -> Result<Odd, SinkError> {
        if matches!(self.way, Way::HangInOpen) {
            hang();
        }
        Ok(Odd(self.way))
    }

    fn check(&self, _: &mut Findings) {
        assert!(!matches!(self.way, Way::PanicInCheck), "in check");
    }

    fn schema() -> JsonValue {
        alert::schema_of::<Self>()
    }
}

impl Sink for Odd {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        match self.0 {
            Way::Hang => hang(),
            Way::Panic => panic!("in deliver"),
            Way::Refuse => return Err(SinkError::rejected("not\u{1b}this one")),
            Way::Fail => return Err(SinkError::transient("try again")),
            Way::HangInOpen | Way::PanicInCheck => {}
        }
        Ok(Delivered::new())
    }
}

alert::register_sink! {
    /// Behaves as told.
    pub(crate) ODD: OddConfig
}

/// Has keys of every sort.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "alert::schemars")]
#[allow(dead_code, reason = "only its config is looked at")]
struct RichConfig {
    /// Proves who we are.
    token: Secret,
    /// Who is told.
    who: Who,
    /// Where to.
    rooms: Vec<Who>,
    /// How long it rings.
    rings: ConfigDuration,
    /// How it tells.
    #[serde(default)]
    way: Option<Told>,
    #[serde(default)]
    size: Option<Size>,
}

/// Somebody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "alert::schemars")]
#[allow(dead_code, reason = "only its config is looked at")]
struct Who {
    /// The name.
    name: String,
    /// How often, at least once.
    times: NonZeroU8,
}

/// One of two tables.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase")]
#[schemars(crate = "alert::schemars")]
#[allow(dead_code, reason = "only its config is looked at")]
enum Told {
    /// By mail.
    Mail { to: String },
    /// By bell.
    Bell { loud: bool },
}

impl SinkConfig for RichConfig {
    const KIND: &'static str = "rich";
    type Sink = Odd;

    fn open(&self, _: &OpenContext<'_>) -> Result<Odd, SinkError> {
        Ok(Odd(Way::Refuse))
    }

    fn schema() -> JsonValue {
        alert::schema_of::<Self>()
    }
}

alert::register_sink! {
    /// Has keys of every sort.
    pub(crate) RICH: RichConfig
}

/// A kind whose own code fails.
#[derive(Debug, Deserialize)]
struct RudeConfig {}

impl SinkConfig for RudeConfig {
    const KIND: &'static str = "rude";
    type Sink = Odd;

    fn open(&self, _: &OpenContext<'_>) -> Result<Odd, SinkError> {
        Ok(Odd(Way::Refuse))
    }

    fn schema() -> JsonValue {
        panic!("in schema")
    }
}

alert::register_sink! {
    pub(crate) RUDE: RudeConfig
}

fn main() -> ExitCode {
    if std::env::var_os("AS_ALERT").is_some() {
        return alert_command::run();
    }
    let mut code = ExitCode::SUCCESS;
    for (name, test) in TESTS {
        let passed = catch_unwind(test).is_ok();
        let word = if passed { "ok" } else { "FAILED" };
        let _ = writeln!(std::io::stdout(), "test {name} ... {word}");
        if !passed {
            code = ExitCode::FAILURE;
        }
    }
    code
}

const TESTS: [(&str, fn()); 13] = [
    ("the_command_has_the_kind", the_command_has_the_kind),
    (
        "a_sink_that_misbehaves_is_one_line_and_costs_the_other_nothing",
        a_sink_that_misbehaves_is_one_line_and_costs_the_other_nothing,
    ),
    (
        "a_panic_in_a_check_does_not_lose_the_alert",
        a_panic_in_a_check_does_not_lose_the_alert,
    ),
    ("what_a_sink_says_is_escaped", what_a_sink_says_is_escaped),
    ("a_panic_is_shown_on_request", a_panic_is_shown_on_request),
    (
        "a_type_is_described_with_all_that_is_in_its_tables",
        a_type_is_described_with_all_that_is_in_its_tables,
    ),
    (
        "samples_of_own_types_are_valid",
        samples_of_own_types_are_valid,
    ),
    (
        "a_type_whose_schema_panics_is_told_without_keys",
        a_type_whose_schema_panics_is_told_without_keys,
    ),
    (
        "a_test_tells_what_the_service_answered_also_of_a_failure",
        service::a_test_tells_what_the_service_answered_also_of_a_failure,
    ),
    (
        "a_test_of_a_service_that_hangs_ends_in_time_and_says_so",
        service::a_test_of_a_service_that_hangs_ends_in_time_and_says_so,
    ),
    (
        "what_a_sink_would_send_is_shown_without_its_secrets",
        service::what_a_sink_would_send_is_shown_without_its_secrets,
    ),
    (
        "a_long_body_is_whole_for_programs_alone",
        service::a_long_body_is_whole_for_programs_alone,
    ),
    (
        "a_preview_that_panics_costs_no_other_line",
        service::a_preview_that_panics_costs_no_other_line,
    ),
];

fn own(home: &Home, arguments: &[&str]) -> Ran {
    let program = std::env::current_exe().expect("this program has a path");
    run(home.with(program).args(arguments).env("AS_ALERT", "1"))
}

/// One odd sink and one good one.
fn odd(way: &str) -> Home {
    let home = Home::new();
    let odd = format!("[sinks.odd]\ntype = \"odd\"\nway = \"{way}\"\n");
    let good = "[sinks.good]\ntype = \"file\"\npath = \"good.log\"\n";
    home.write("alert.toml", odd + good);
    home
}

const EMIT: [&str; 7] = [
    "emit",
    "critical",
    "t",
    "--config",
    "alert.toml",
    "--timeout",
    "500ms",
];

fn the_command_has_the_kind() {
    let ran = own(&Home::new(), &["sinks"]);
    assert!(
        ran.out.contains("\nodd ") && ran.out.contains("  Behaves as told.\n"),
        "{ran:?}"
    );
}

fn a_sink_that_misbehaves_is_one_line_and_costs_the_other_nothing() {
    for (way, told) in [
        ("hang", "odd: abandoned: "),
        ("hang-in-open", "odd: abandoned: "),
        ("panic", "odd: "),
        ("refuse", "odd: rejected: refused: "),
        ("fail", "odd: "),
    ] {
        let home = odd(way);
        let ran = own(&home, &EMIT);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{way}: {ran:?}");
        assert!(ran.err.starts_with(told), "{way}: {ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{way}: {ran:?}");
        assert_eq!(lines(&home.at("good.log")).len(), 1, "{way}");
        assert!(ran.took < Duration::from_secs(5), "{way}: {ran:?}");
        assert_eq!(
            own(&home, &[&EMIT[..], &["--strict"]].concat()).code,
            1,
            "{way}"
        );
    }
}

fn a_panic_in_a_check_does_not_lose_the_alert() {
    let home = odd("panic-in-check");
    let ran = own(&home, &EMIT);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert!(ran.err.contains("panicked"), "{ran:?}");
    let got = lines(&home.at("good.log")).len() + home.log().len();
    assert_eq!(got, 1, "{ran:?}");
    assert_eq!(own(&home, &["validate", "--config", "alert.toml"]).code, 1);
    let explain = [
        "explain",
        "info",
        "t",
        "--config",
        "alert.toml",
        "--expect",
        "good",
    ];
    let ran = own(&home, &explain);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("|-- odd (odd): cannot be opened: "),
        "{ran:?}"
    );
}

fn what_a_sink_says_is_escaped() {
    let ran = own(&odd("refuse"), &EMIT);
    assert_eq!(ran.err, "odd: rejected: refused: not\\u001bthis one\n");
}

fn a_panic_is_shown_on_request() {
    let home = odd("panic");
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = home.with(program);
    command
        .args(EMIT)
        .env("AS_ALERT", "1")
        .env("RUST_BACKTRACE", "0");
    let ran = run(&mut command);
    assert!(ran.err.contains("own_sinks.rs"), "{ran:?}");
}

fn a_type_is_described_with_all_that_is_in_its_tables() {
    let ran = own(&Home::new(), &["sinks", "rich"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    golden("sinks-rich.txt", &ran.out);
}

fn samples_of_own_types_are_valid() {
    let home = Home::new();
    let sample = own(&home, &["sinks", "rich", "--json"]).json();
    let sample = sample["sample"].as_str().expect("it is a text").to_owned();
    let switched_on = sample.replace("# ", "");
    assert_ne!(sample, switched_on);
    for text in [sample, switched_on] {
        home.write("alert.toml", &text);
        let ran = own(&home, &["validate", "--config", "alert.toml"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{text}");
    }
    let starter = own(&home, &["init", "--print"]).out;
    assert!(starter.contains("#[sinks.my-rich]\n"), "{starter}");
}

fn a_type_whose_schema_panics_is_told_without_keys() {
    for arguments in [
        &["sinks", "rude"][..],
        &["sinks", "rude", "--json"],
        &["init", "-"],
    ] {
        let ran = own(&Home::new(), arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        assert!(ran.out.contains("my-rude"), "{ran:?}");
    }
    assert_eq!(own(&Home::new(), &["schema"]).code, 0);
}
