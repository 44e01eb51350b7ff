//! A program that has sinks of its own and calls `run` is a full `alert` with them, however they behave.
//!
//! This file is that program, if `AS_ALERT` is set; otherwise it runs itself so and looks.

mod common;

use std::io::Write as _;
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use alert::schemars::JsonSchema;
use alert::{
    Alert, Attempt, Delivered, Findings, JsonValue, OpenContext, Sink, SinkConfig, SinkError,
};
use common::{Home, Ran, lines, run};
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

const TESTS: [(&str, fn()); 5] = [
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
