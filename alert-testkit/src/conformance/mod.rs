//! What every sink promises, as tests. A sink's author describes the sink's
//! world as a [`Rig`], and [`conformance!`](crate::conformance!) makes one test
//! of each clause.

pub mod clause;
mod hand;
mod rig;
mod road;
mod sample;
mod skip;

pub use rig::{NoOutage, Outage, Rig};
pub use skip::{Skip, run};

/// One `#[test]` for each clause of the sink contract, for the sink of this
/// [`Rig`](crate::Rig). Two rigs in one file go into a module each.
///
/// A clause that does not apply says why on standard error.
#[macro_export]
macro_rules! conformance {
    ($rig:ty) => {
        $crate::__conformance! { $rig:
            it_is_linked_under_its_kind
            the_documented_sample_parses
            an_unknown_key_is_refused_by_name
            no_key_is_a_reserved_word
            every_key_is_described
            no_secret_shows
            it_opens_again
            once_delivered_is_once_seen
            order_is_kept
            hostile_text_does_no_harm
            the_largest_alert_is_taken
            a_batch_is_taken_whole
            a_flush_makes_everything_visible
            an_id_sent_twice_is_seen_once
            an_edit_replaces_its_message
            an_outage_is_told_as_one
            an_outage_heals
            it_returns_by_its_deadline
            it_is_dropped_promptly
            it_works_inside_an_async_program
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance {
    ($rig:ty: $($clause:ident)+) => {$(
        #[test]
        fn $clause() {
            $crate::conformance::run::<$rig>(
                ::core::stringify!($clause),
                $crate::conformance::clause::$clause::<$rig>,
            );
        }
    )+};
}
