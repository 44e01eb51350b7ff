//! The bound of what a process keeps, in a process of its own.

mod common;

use alert_core::ErrorClass;
use alert_sink_tracing::TracingConfig;
use common::open;

#[test]
fn a_process_keeps_64_sorts_of_events_and_uses_them_again() {
    let config = |n: usize| TracingConfig::new().target("many").fields([n.to_string()]);
    for n in 0..64 {
        assert!(open(&config(n)).is_ok(), "{n}");
    }
    let error = open(&config(64)).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Unusable);
    assert!(error.to_string().contains("64 pairs"), "{error}");
    for n in 0..64 {
        assert!(open(&config(n)).is_ok(), "{n}");
    }
}
