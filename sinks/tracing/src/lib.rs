//! The tracing sink of the alert fan-out framework.
