//! Mentioning the facade links the built-in sinks.

use alert as _;

alert::expect_linked!(
    "discord",
    "file",
    "generic-webhook",
    "sqlite-state",
    "tracing"
);
