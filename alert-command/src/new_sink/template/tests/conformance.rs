//! Everything that a sink promises, for this one.

mod service;

use __crate__::__Kind__Config;
use alert_testkit::{Outage, Rig, Skip};

use service::{Service, TOKEN};

impl Rig for Service {
    type Config = __Kind__Config;
    const README: &'static str = include_str!("../README.md");

    fn fresh() -> Self {
        Service::start()
    }

    fn config(&self) -> Self::Config {
        Self::Config::new(self.address(), TOKEN)
    }

    fn read_back(&self) -> Vec<String> {
        self.alerts()
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    fn outage(&self) -> Result<impl Outage, Skip> {
        self.stop();
        Ok(Away(self))
    }

    fn silence(&self) -> Result<impl Outage, Skip> {
        self.silent(true);
        Ok(Silent(self))
    }

    fn knows_ids(&self) -> Result<(), Skip> {
        Ok(())
    }
}

struct Away<'a>(&'a Service);

impl Outage for Away<'_> {
    fn end(self) {
        self.0.resume();
    }
}

struct Silent<'a>(&'a Service);

impl Outage for Silent<'_> {
    fn end(self) {
        self.0.silent(false);
    }
}

alert_testkit::conformance!(Service);
