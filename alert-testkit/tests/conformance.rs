//! A sink that keeps every promise passes every clause; none is skipped.

mod memory;

use memory::{MemoryConfig, MemoryRig, NONE};

alert_core::register_sink! {
    /// Keeps alerts in memory.
    pub(crate) MEMORY: MemoryConfig<NONE>
}

mod with_everything {
    alert_testkit::conformance!(super::MemoryRig<{ super::NONE }>);
}
