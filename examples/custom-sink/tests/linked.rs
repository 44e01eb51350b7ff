//! A program that mentions the crate once knows its kind.

use custom_sink as _;

alert_core::expect_linked!("statuspage");
