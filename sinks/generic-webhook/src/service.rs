//! Which service a config means, and how that service's answers are read.

use alert_core::{Delivered, ErrorClass, Findings, Problem, SinkError};
use alert_http_support::{Answer, Endpoint};

use crate::WebhookConfig;
use crate::preset::{self, Answered, Class, Preset, Reading};

/// The word for: by the URL.
pub(crate) const AUTO: &str = "auto";

/// The preset that the config means, if any.
pub(crate) fn chosen(config: &WebhookConfig, found: &mut Findings) -> Option<&'static Preset> {
    let name = config.preset.as_deref()?;
    if name == AUTO {
        // A URL that is none is told elsewhere.
        let endpoint = Endpoint::parse(&config.url).ok()?;
        let path = format!("/{}", endpoint.segments().join("/"));
        return preset::for_host(endpoint.host(), &path);
    }
    let preset = preset::preset(name);
    if preset.is_none() {
        let names: Vec<&str> = preset::names().chain([AUTO]).collect();
        let nearest = Problem::error("").did_you_mean(name, names.iter().copied());
        let text = match nearest.helps().first() {
            Some(help) => format!("there is no preset of this name; {help}"),
            None => format!(
                "there is no preset of this name; there are {}",
                names.join(", ")
            ),
        };
        found.error("preset", text);
    }
    preset
}

/// Notes what the config says and the service does not let it say.
pub(crate) fn check(config: &WebhookConfig, preset: &Preset, found: &mut Findings) {
    for mistake in preset.mistakes(&config.params) {
        found.error("params", mistake);
    }
    if let Some(batch) = config.batch
        && batch.get() > preset.batch
    {
        let text = format!("a request of this preset holds at most {}", preset.batch);
        found.error("batch", text);
    }
}

/// What the service's answer means.
pub(crate) fn judge(preset: &Preset, answer: &Answer) -> Result<Delivered, SinkError> {
    match preset.reading(answer.status(), answer.body()) {
        Reading::Taken => Ok(Delivered::new().answered(answer.told())),
        Reading::Means(meant) => Err(fault(meant, answer)),
        Reading::Odd => {
            let name = preset.name;
            let error = answer.fault(ErrorClass::Transient).caused_by(format!(
                "{name} answers otherwise, perhaps it was something in between"
            ));
            // What is missing of the answer may have said that it was taken.
            Err(if answer.is_whole() {
                error
            } else {
                error.ambiguous()
            })
        }
        Reading::Common => answer.verdict(),
    }
}

fn fault(meant: &Answered, answer: &Answer) -> SinkError {
    let class = match meant.class {
        Class::Transient => ErrorClass::Transient,
        Class::Rejected => ErrorClass::Rejected,
        Class::Unusable => ErrorClass::Unusable,
    };
    let mut error = answer.fault(class);
    if let Some(advice) = &meant.advice {
        error = error.caused_by(advice.as_str());
    }
    if meant.until_changed {
        error = error.until_changed();
    }
    if let Some(wait) = meant.wait
        && class == ErrorClass::Transient
        && error.pause().is_none()
    {
        error = error.retry_after(wait.get());
    }
    error
}
