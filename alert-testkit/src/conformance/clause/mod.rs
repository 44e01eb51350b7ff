//! The clauses of the contract, each a function over a [`Rig`].
//!
//! A clause returns `Ok` if the sink keeps it, a `Skip` if it
//! does not apply, and panics with what went wrong if the sink breaks it.

mod asynchronous;
mod deadline;
mod deliver;
mod edit;
mod hostile;
mod kind;
mod outage;
mod sample;
mod schema;
mod secret;

pub use asynchronous::it_works_inside_an_async_program;
pub use deadline::{it_is_dropped_promptly, it_returns_by_its_deadline};
pub use deliver::{
    a_batch_is_taken_whole, a_flush_makes_everything_visible, it_opens_again,
    once_delivered_is_once_seen, order_is_kept,
};
pub use edit::{an_edit_replaces_its_message, an_id_sent_twice_is_seen_once};
pub use hostile::{hostile_text_does_no_harm, the_largest_alert_is_taken};
pub use kind::it_is_linked_under_its_kind;
pub use outage::{an_outage_heals, an_outage_is_told_as_one};
pub use sample::{an_unknown_key_is_refused_by_name, the_documented_sample_parses};
pub use schema::{every_key_is_described, no_key_is_a_reserved_word};
pub use secret::no_secret_shows;

use alert_core::Alert;

use crate::Rig;

/// A plain title that is no part of another.
fn title(n: usize) -> String {
    format!("conformance-{n:04}-title")
}

fn alerts<R: Rig>(rig: &R, from: usize, many: usize) -> Vec<Alert> {
    (from..from + many)
        .map(|n| rig.alert(title(n)).build())
        .collect()
}

/// How many records hold this title.
fn seen(records: &[String], title: &str) -> usize {
    records
        .iter()
        .filter(|record| record.contains(title))
        .count()
}

/// Each of these is there once.
#[track_caller]
fn assert_each_once(records: &[String], alerts: &[Alert]) {
    for alert in alerts {
        let times = seen(records, alert.title());
        assert!(
            times == 1,
            "{:?} was delivered once and is there {times} times: {records:#?}",
            alert.title()
        );
    }
}
