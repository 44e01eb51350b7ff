use alert_core::Secret;
use alert_testkit::{Outage, Rig, Skip};

use super::*;

const README: &str = "The sink's page.\n```toml\n[sinks.here]\ntype = \"memory\"\ntoken = \"${TOKEN}\"\nwhen = { min_severity = \"warning\" }\n\n[sinks.there]\ntype = \"broken-memory\"\ntoken = \"abc\"\n```\n";

pub(crate) struct MemoryRig<const F: u8>(World);

impl<const F: u8> Rig for MemoryRig<F> {
    type Config = MemoryConfig<F>;
    const README: &'static str = if F == BAD_SAMPLE {
        "```toml\n[sinks.there]\ntype = \"broken-memory\"\ntokn = \"abc\"\n```\n"
    } else {
        README
    };

    fn fresh() -> Self {
        Self(World::default())
    }

    fn config(&self) -> MemoryConfig<F> {
        MemoryConfig {
            token: Secret::new("hunter2"),
            world: self.0.clone(),
        }
    }

    fn read_back(&self) -> Vec<String> {
        self.0
            .lock()
            .records
            .iter()
            .map(|(_, text)| text.clone())
            .collect()
    }

    fn secrets(&self) -> Vec<String> {
        vec!["hunter2".to_owned()]
    }

    fn outage(&self) -> Result<impl Outage, Skip> {
        Ok(self.0.go_down())
    }

    fn silence(&self) -> Result<impl Outage, Skip> {
        Ok(self.0.fall_silent())
    }

    fn knows_ids(&self) -> Result<(), Skip> {
        Ok(())
    }
}

impl<const F: u8> Drop for MemoryRig<F> {
    fn drop(&mut self) {
        self.0.change(|state| state.over = true);
    }
}
