use crate::policy::{Delivery, Filter};
use crate::sink::{Limits, OpenContext, Plan, Sink, SinkConfig, SinkError};

/// One sink of a pipeline: its name, how it is opened, how it is served.
#[derive(Debug, Clone)]
#[must_use = "give it to a pipeline's builder"]
pub struct SinkEntry {
    pub(crate) name: String,
    pub(crate) plan: Plan,
    pub(crate) delivery: Delivery,
    pub(crate) filter: Filter,
}

impl SinkEntry {
    /// A sink of this name, opened by this plan.
    pub fn new(name: impl Into<String>, plan: Plan) -> Self {
        Self {
            name: name.into(),
            plan,
            delivery: Delivery::default(),
            filter: Filter::all(),
        }
    }

    /// A sink from its configuration.
    pub fn config(name: impl Into<String>, config: impl SinkConfig) -> Self {
        Self::new(name, Plan::config(config))
    }

    /// A sink from a function that opens it, on the worker's thread.
    pub fn opener<S: Sink>(
        name: impl Into<String>,
        open: impl Fn(&OpenContext<'_>) -> Result<S, SinkError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, Plan::opener("opener", Limits::none(), open))
    }

    /// How it is served.
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Which alerts it takes.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is served, as set by [`delivery`](Self::delivery).
    pub fn delivery_policy(&self) -> &Delivery {
        &self.delivery
    }

    /// Which alerts it takes, as set by [`filter`](Self::filter).
    pub fn takes(&self) -> &Filter {
        &self.filter
    }

    /// How it is opened.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}
