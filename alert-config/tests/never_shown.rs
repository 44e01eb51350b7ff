//! A secret is in no message, wherever it stands and whatever is wrong around it.

mod common;

use std::fmt::Write;

use alert_config::{Colour, Environment, render};
use proptest::prelude::*;

const MARKER: &str = "zq7marker9";

/// Lines that put the marker in a place where a secret may stand, in the table of a sink.
fn planted() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(format!("\"{MARKER}\"")),
        Just(format!("'{MARKER}'")),
        Just(format!("\"\"\"\n{MARKER}\n\"\"\"")),
        Just(format!("\"${{UNSET:-{MARKER}}}\"")),
        Just(format!("\"${{UNSET}}{MARKER}\"")),
        Just(format!("\"http://{MARKER}${{LEAK}}\"")),
        Just("\"${LEAK}\"".to_owned()),
        Just("\"x${LEAK}y\"".to_owned()),
        Just("\"${file:LEAKFILE}\"".to_owned()),
        // Without quotes, or with too few or too many of them.
        Just(MARKER.to_owned()),
        Just(format!("\"{MARKER}")),
        Just(format!("{MARKER}\"")),
        Just(format!("\"a\"{MARKER}\"")),
        Just(format!("{MARKER}==")),
        Just(format!("[\n{MARKER}=,\n]")),
        Just(format!("[\"{MARKER}\", 1]")),
        Just(format!("\"{MARKER}\" # {MARKER}")),
        Just(format!("5 # {MARKER}")),
        Just(format!("{{ a = \"{MARKER}\", a = \"{MARKER}\" }}")),
    ];
    // Keys of secrets, misspelt ones, and ones that want something else than text. At a public
    // key that wants text the marker would be no secret.
    let key = prop_oneof![
        Just("token"),
        Just("tokn"),
        Just("to ken"),
        Just("\"token\""),
        Just("auth.token"),
        Just("headers.x"),
        Just("pasword"),
    ];
    (key, value).prop_map(|(key, value)| format!("{key} = {value}"))
}

/// The marker only ever comes out of a variable at keys that want something public.
fn public() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("url"),
        Just("tone"),
        Just("beep"),
        Just("mode"),
        Just("people"),
        Just("headers"),
        Just("type"),
        Just("enabled"),
        Just("when"),
        Just("when.min_severity"),
        Just("when.source"),
        Just("delivery.attempt_timeout"),
        Just("delivery.throttle.same"),
        Just("delivery.dedup"),
        Just("delivery.nonsense"),
    ];
    let value = prop_oneof![
        Just("\"${LEAK}\""),
        Just("\"x${LEAK}\""),
        Just("[\"${LEAK}\"]"),
        Just("{ name = \"${LEAK}\" }"),
        Just("\"${file:LEAKFILE}\""),
    ];
    (key, value).prop_map(|(key, value)| format!("{key} = {value}"))
}

fn noise() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("type = \"pager\"".to_owned()),
        Just("type = \"pagr\"".to_owned()),
        Just("type = \"file\"".to_owned()),
        Just("url = \"https://x\"".to_owned()),
        Just("tone = -1".to_owned()),
        Just("[sinks.other]".to_owned()),
        Just("[sinks.other".to_owned()),
        Just("[delivery]".to_owned()),
        Just("[alert.context]".to_owned()),
        Just("x = [".to_owned()),
        Just("x = \"\"\"".to_owned()),
        Just("]".to_owned()),
        Just("# \"\"\" '".to_owned()),
        "[a-z\"'#=\\[\\]{},. \\\\$]{0,12}".prop_map(|text| text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_problem_shows_a_secret(
        lines in prop::collection::vec(prop_oneof![planted(), public(), noise()], 1..12),
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("leak");
        std::fs::write(&file, MARKER).expect("it can be written");
        let mut text = String::from("[sinks.ops]\n");
        for line in &lines {
            let line = line.replace("LEAKFILE", file.to_str().expect("its path is text"));
            writeln!(text, "{line}").expect("a string takes everything");
        }
        let environment = Environment::empty().with("LEAK", MARKER);
        let config = common::config_with(&text, &environment);
        let registry = common::registry();
        let strict = config.check(&registry);
        let (_, lenient) = config.pipeline(&registry);
        for shown in [
            render(&strict, Colour::Never),
            render(&lenient, Colour::Always),
            format!("{strict} {lenient} {strict:?} {config:?}"),
        ] {
            prop_assert!(!shown.contains(MARKER), "{text}\n----\n{shown}");
        }
    }
}
