//! An alert that fits costs no allocation. Alone in its program: allocations are counted for all of it, also those of the
//! thread that waits for the test.

use std::alloc::System;
use std::borrow::Cow;
use std::hint::black_box;

use alert_core::{Alert, Limits, Text, fit, fit_counted};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn an_alert_within_the_limits_is_not_allocated_for() {
    let mut builder = Alert::warning("über 💾".repeat(20)).message("é".repeat(500));
    for n in 0..10 {
        builder = builder.context(format!("k{n}"), n);
    }
    let alert = builder.build();
    // Longer in bytes than the limits say, so that it is counted.
    let limits = Limits::none()
        .title(Text::utf16(160))
        .message(Text::chars(500))
        .entries(10);
    let allocations = || {
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            let fitted = black_box(limits.fit(black_box(&alert)));
            assert!(matches!(fitted, Cow::Borrowed(_)));
            black_box(fit(alert.message(), Text::utf16(500), "…"));
            black_box(fit_counted(alert.message(), Text::bytes(1_000)));
        }
        region.change().allocations
    };
    assert!((0..100).any(|_| allocations() == 0));
    // The count does see one.
    let region = Region::new(ALLOCATOR);
    black_box(Limits::none().entries(9).fit(&alert));
    assert!(region.change().allocations > 0);
}
