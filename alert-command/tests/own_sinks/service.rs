//! A sink that speaks to a service, as far as the command can tell: it has something to show of
//! what it would send, and of what it was answered.

use std::sync::mpsc;

use alert::schemars::JsonSchema;
use alert::{
    Alert, Attempt, Delivered, JsonValue, OpenContext, Preview, Secret, Sink, SinkConfig, SinkError,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::{Home, golden};
use crate::own;

/// How the service behaves.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(crate = "alert::schemars")]
enum Service {
    Takes,
    Refuses,
    Overloaded,
    Hangs,
}

/// What there is to see of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(crate = "alert::schemars")]
enum Body {
    #[default]
    Plain,
    Long,
    Nothing,
    Panics,
}

/// Speaks to a service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "alert::schemars")]
pub(crate) struct TalkConfig {
    /// How the service behaves.
    service: Service,
    /// Proves who we are.
    token: Secret,
    #[serde(default)]
    body: Body,
}

pub(crate) struct Talk(Service, Secret);

impl SinkConfig for TalkConfig {
    const KIND: &'static str = "talk";
    type Sink = Talk;

    fn open(&self, _: &OpenContext<'_>) -> Result<Talk, SinkError> {
        Ok(Talk(self.service, self.token.clone()))
    }

    fn preview(&self, alert: &Alert, _: &Attempt<'_>) -> Option<Preview> {
        let headline = format!("POST text/plain, token {}", self.token.expose());
        let title = alert.title();
        let body = match self.body {
            Body::Plain => format!("{title}\n\tby {}\u{1b}[2J\n", self.token.expose()),
            Body::Long => (0..100).map(|line| format!("{line} {title}\n")).collect(),
            Body::Nothing => return None,
            Body::Panics => panic!("in preview"),
        };
        Some(Preview::new(headline, body))
    }

    fn schema() -> JsonValue {
        alert::schema_of::<Self>()
    }
}

impl Sink for Talk {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let words = format!("12 ms: hello\u{1b}[2J {}", self.1.expose());
        match self.0 {
            Service::Takes => Ok(Delivered::new().answered(format!("204 in {words}"))),
            Service::Refuses => {
                Err(SinkError::rejected("no such room").answered(format!("404 in {words}")))
            }
            Service::Overloaded => {
                Err(SinkError::transient("overloaded").answered(format!("503 in {words}")))
            }
            Service::Hangs => {
                let (sender, receiver) = mpsc::channel::<()>();
                // Nobody sends on it.
                let _ = receiver.recv();
                drop(sender);
                Ok(Delivered::new())
            }
        }
    }
}

alert::register_sink! {
    /// Speaks to a service.
    pub(crate) TALK: TalkConfig
}

const TOKEN: &str = "s3cret-token";

/// A sink with such a service, which takes no alert that has no reason.
fn home(service: &str, body: &str) -> Home {
    let home = Home::new();
    let talk = format!(
        "[sinks.ops]\ntype = \"talk\"\nservice = \"{service}\"\ntoken = \"{TOKEN}\"\nbody = \"{body}\"\n"
    );
    let when = "when = { source = [\"billing-*\"] }\n";
    let good = "[sinks.good]\ntype = \"file\"\npath = \"good.log\"\n";
    home.write("alert.toml", talk + when + good);
    home
}

const TEST: [&str; 6] = [
    "test",
    "ops",
    "--config",
    "alert.toml",
    "--timeout",
    "900ms",
];

pub(crate) fn a_test_tells_what_the_service_answered_also_of_a_failure() {
    for (service, code, told, answer) in [
        ("takes", 0, "ops: delivered in ", "204 in 12 ms"),
        (
            "refuses",
            1,
            "ops: rejected: refused: no such room\n",
            "404 in 12 ms",
        ),
        ("overloaded", 1, "ops: abandoned after ", "503 in 12 ms"),
    ] {
        let home = home(service, "plain");
        let ran = own(&home, &TEST);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{ran:?}");
        assert!(ran.out.starts_with(told), "{ran:?}");
        let under = format!("\n  the service answered {answer}: hello\\u001b[2J [redacted]\n");
        assert!(ran.out.ends_with(&under), "{ran:?}");
        let json = own(&home, &[&TEST[..], &["--json"]].concat()).json();
        let answered = format!("{answer}: hello\\u001b[2J [redacted]");
        assert_eq!(json["outcomes"]["ops"]["answer"], answered, "{json}");
        let quiet = own(&home, &[&TEST[..], &["--quiet"]].concat());
        assert_eq!(quiet.out, "", "{quiet:?}");
        assert_eq!(quiet.err.contains(&under), code == 1, "{quiet:?}");
    }
}

pub(crate) fn a_test_of_a_service_that_hangs_ends_in_time_and_says_so() {
    let ran = own(&home("hangs", "plain"), &TEST);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{ran:?}");
    // Whichever comes first: the end of the attempt with its grace, or that of the test.
    let under = "\n  it did not say within 900ms that it has the alert\n";
    let why = ran.out.strip_suffix(under);
    let told = [
        "ops: abandoned: sink did not return in time",
        "ops: abandoned: not delivered in time",
    ];
    assert!(why.is_some_and(|why| told.contains(&why)), "{ran:?}");
    assert!(ran.took.as_secs() < 5, "{ran:?}");
}

fn explain(home: &Home, more: &[&str]) -> crate::common::Ran {
    let explain = ["explain", "info", "disk full", "--config", "alert.toml"];
    own(
        home,
        &[&explain[..], &["--source", "billing-eu"], more].concat(),
    )
}

pub(crate) fn what_a_sink_would_send_is_shown_without_its_secrets() {
    let home = home("hangs", "plain");
    let ran = explain(&home, &["--body"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    golden("explain-body.txt", &ran.out);
    assert!(!explain(&home, &[]).out.contains("sends"));
    let json = explain(&home, &["--json"]).json();
    let preview = json!({
        "headline": "POST text/plain, token [redacted]",
        "body": "disk full\n\tby [redacted]\u{1b}[2J\n",
    });
    assert_eq!(json["sinks"]["ops"]["preview"], preview);
    assert_eq!(json["sinks"]["good"]["preview"], Value::Null);
    let stopped = own(
        &home,
        &["explain", "info", "t", "--config", "alert.toml", "--json"],
    );
    assert_eq!(stopped.json()["sinks"]["ops"]["preview"], Value::Null);
}

pub(crate) fn a_long_body_is_whole_for_programs_alone() {
    let home = home("takes", "long");
    let ran = explain(&home, &["--body"]);
    assert!(ran.out.contains("39 disk full\n"), "{ran:?}");
    let mark = "[cut: 510 of 1290 bytes, --json has them all]\n";
    assert!(ran.out.contains(mark), "{ran:?}");
    assert!(!ran.out.contains("40 disk full"), "{ran:?}");
    let json = explain(&home, &["--json"]).json();
    let body = json["sinks"]["ops"]["preview"]["body"].as_str();
    assert_eq!(body.map(|body| body.lines().count()), Some(100), "{json}");
}

pub(crate) fn a_preview_that_panics_costs_no_other_line() {
    let home = home("takes", "panics");
    let ran = explain(&home, &["--body", "--expect", "ops,good"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(
        ran.out
            .contains("-- what it sends cannot be shown: the sink panicked over it\n"),
        "{ran:?}"
    );
    let json = explain(&home, &["--json"]).json();
    let failed = json!({ "error": "the sink panicked over it" });
    assert_eq!(json["sinks"]["ops"]["preview"], failed);
    assert_eq!(json["taken_by"], json!(["ops", "good"]));
    let nothing = explain(&self::home("takes", "nothing"), &["--json"]).json();
    assert_eq!(nothing["sinks"]["ops"]["preview"], Value::Null);
}
