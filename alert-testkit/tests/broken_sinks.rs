//! Each clause finds the sink that breaks it.

mod memory;

use std::panic::{AssertUnwindSafe, catch_unwind};

use alert_testkit::Skip;
use alert_testkit::conformance::clause;
use memory::*;

/// The clause panics, and says this.
#[track_caller]
fn finds(clause: impl FnOnce() -> Result<(), Skip>, expected: &str) {
    let payload = match catch_unwind(AssertUnwindSafe(clause)) {
        Err(payload) => payload,
        Ok(ended) => panic!("the clause did not find it: {ended:?}"),
    };
    let literal = payload.downcast_ref::<&str>().copied();
    let text = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.expect("every clause panics with a text");
    assert!(
        text.contains(expected),
        "it says {text:?}, not {expected:?}"
    );
}

macro_rules! broken {
    ($($name:ident: $clause:ident, $fault:ident, $expected:literal;)+) => {$(
        #[test]
        fn $name() {
            finds(clause::$clause::<MemoryRig<{ $fault }>>, $expected);
        }
    )+};
}

broken! {
    a_kind_that_is_not_registered: it_is_linked_under_its_kind, UNREGISTERED, "`register_sink!` is missing";
    a_sample_with_a_misspelt_key: the_documented_sample_parses, BAD_SAMPLE, "unknown key `tokn`";
    a_secret_in_an_error: no_secret_shows, SHOWS_SECRET_IN_ERROR, "a secret shows: transient error: the memory is away: [SECRET]";
    a_secret_in_debug_output: no_secret_shows, SHOWS_SECRET_IN_DEBUG, "a secret shows: [SECRET]";
    an_open_that_empties_the_destination: it_opens_again, EMPTIES_AT_OPEN, "is there 0 times";
    a_sink_that_writes_twice: once_delivered_is_once_seen, DOUBLES, "is there 2 times";
    an_ok_that_is_not_true: once_delivered_is_once_seen, LOSES, "is there 0 times";
    a_sink_that_reorders: order_is_kept, REORDERS, "the order is not kept";
    a_record_that_can_be_forged: hostile_text_does_no_harm, BREAKS_LINES, "hostile text made or broke some";
    a_panic: once_delivered_is_once_seen, PANICS, "the sink panicked in `deliver`: it always does";
    a_panic_at_a_nul: hostile_text_does_no_harm, PANICS_AT_NUL, "panicked: a NUL";
    limits_that_promise_too_much: the_largest_alert_is_taken, REFUSES_LARGE, "its limits are missing";
    a_batch_that_loses_its_last_member: a_batch_is_taken_whole, LOSES_LAST_OF_BATCH, "is there 0 times";
    a_flush_that_does_nothing: a_flush_makes_everything_visible, KEEPS_UNTIL_DROP, "is there 0 times";
    an_id_that_is_not_known_again: an_id_sent_twice_is_seen_once, KNOWS_NO_ID, "is there 2 times";
    an_edit_that_adds: an_edit_replaces_its_message, ADDS_EDITS, "an edit did not take its message's place";
    a_message_without_a_handle: an_edit_replaces_its_message, GIVES_NO_HANDLE, "gives no handle";
    an_outage_called_a_refusal: an_outage_is_told_as_one, REJECTS_IN_OUTAGE, "an outage is answered with `rejected`";
    an_outage_called_success: an_outage_is_told_as_one, LIES_IN_OUTAGE, "was answered with `Ok` and is there 0 times";
    a_sink_that_stays_down: an_outage_is_told_as_one, STAYS_DOWN, "does not work after the outage";
    an_outage_that_is_none: an_outage_is_told_as_one, FEELS_NO_OUTAGE, "the rig's outage was not felt";
    an_outage_that_halts_the_lane: an_outage_heals, HALTS_IN_OUTAGE, "sink halted";
    an_outage_that_loses_an_alert: an_outage_heals, REJECTS_IN_OUTAGE, "rejected: refused";
    a_sink_that_ignores_its_deadline: it_returns_by_its_deadline, IGNORES_DEADLINE, "did not return from `deliver` within 2.3s";
    a_sink_that_hangs_in_drop: it_is_dropped_promptly, HANGS_IN_DROP, "did not return from its own drop";
    a_config_that_panics_in_a_runtime: it_works_inside_an_async_program, PANICS_IN_RUNTIME, "cannot block inside a runtime";
}

#[test]
fn a_clause_that_does_not_apply_says_why() {
    let skip = clause::an_edit_replaces_its_message::<sloppy::SloppyRig>().unwrap_err();
    assert_eq!(skip.reason(), "the sink does not edit");
    let skip = clause::a_batch_is_taken_whole::<sloppy::SloppyRig>().unwrap_err();
    assert_eq!(skip.reason(), "the sink takes alerts one by one");
    let skip = clause::an_outage_heals::<sloppy::SloppyRig>().unwrap_err();
    assert_eq!(skip.reason(), "the rig has no `outage`");
    let skip = clause::it_returns_by_its_deadline::<sloppy::SloppyRig>().unwrap_err();
    assert_eq!(skip.reason(), "the rig has no `silence`");
}

#[test]
fn a_key_that_is_ignored() {
    finds(
        clause::an_unknown_key_is_refused_by_name::<sloppy::SloppyRig>,
        "`deny_unknown_fields`",
    );
}

#[test]
fn a_reserved_key() {
    finds(
        clause::no_key_is_a_reserved_word::<sloppy::SloppyRig>,
        "the key `when` is reserved",
    );
}

#[test]
fn a_key_without_words() {
    finds(
        clause::every_key_is_described::<sloppy::SloppyRig>,
        "the key `nested.depth` has no description",
    );
}

#[test]
fn a_config_without_a_schema() {
    finds(
        clause::every_key_is_described::<bare::BareRig>,
        "the schema names no key",
    );
}

#[test]
fn a_page_without_a_sample() {
    finds(
        clause::the_documented_sample_parses::<bare::BareRig>,
        "shows no configuration",
    );
}

#[test]
fn a_secret_that_the_rig_does_not_name() {
    finds(
        clause::no_secret_shows::<sloppy::SloppyRig>,
        "the rig must name its text",
    );
}

/// A sink that takes everything and keeps nothing.
pub(crate) struct Nowhere;

impl alert_core::Sink for Nowhere {
    fn deliver(
        &mut self,
        _: &alert_core::Alert,
        _: &alert_core::Attempt<'_>,
    ) -> Result<alert_core::Delivered, alert_core::SinkError> {
        Ok(alert_core::Delivered::new())
    }
}

mod sloppy {
    use alert_core::{OpenContext, Secret, SinkConfig, SinkError};
    use alert_testkit::Rig;
    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::Nowhere;

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default)]
    #[allow(dead_code, reason = "only its schema is asked for")]
    pub(crate) struct Sloppy {
        /// A word that is the pipeline's.
        when: String,
        /// A table.
        nested: Nested,
        /// A secret.
        token: Option<Secret>,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(default)]
    #[allow(dead_code, reason = "only its schema is asked for")]
    struct Nested {
        depth: u32,
    }

    impl SinkConfig for Sloppy {
        const KIND: &'static str = "sloppy";
        type Sink = Nowhere;

        fn open(&self, _: &OpenContext<'_>) -> Result<Nowhere, SinkError> {
            Ok(Nowhere)
        }

        fn schema() -> serde_json::Value {
            alert_core::schema_of::<Self>()
        }
    }

    pub(crate) struct SloppyRig;

    impl Rig for SloppyRig {
        type Config = Sloppy;
        const README: &'static str = "```toml\n[sinks.a]\ntype = \"sloppy\"\n```\n";

        fn fresh() -> Self {
            Self
        }

        fn config(&self) -> Sloppy {
            Sloppy::default()
        }

        fn read_back(&self) -> Vec<String> {
            Vec::new()
        }
    }
}

mod bare {
    use alert_core::{OpenContext, SinkConfig, SinkError};
    use alert_testkit::Rig;

    use super::Nowhere;

    #[derive(Debug, serde::Deserialize)]
    pub(crate) struct Bare {}

    impl SinkConfig for Bare {
        const KIND: &'static str = "bare";
        type Sink = Nowhere;

        fn open(&self, _: &OpenContext<'_>) -> Result<Nowhere, SinkError> {
            Ok(Nowhere)
        }
    }

    pub(crate) struct BareRig;

    impl Rig for BareRig {
        type Config = Bare;
        const README: &'static str = "Nothing to see.";

        fn fresh() -> Self {
            Self
        }

        fn config(&self) -> Bare {
            Bare {}
        }

        fn read_back(&self) -> Vec<String> {
            Vec::new()
        }
    }
}
