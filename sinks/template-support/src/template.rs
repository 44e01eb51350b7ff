//! A template.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use alert_core::{Alert, Attempt};
use minijinja::Environment;
use serde::de::IgnoredAny;

use crate::body::Body;
use crate::{TemplateError, Values, engine, grammar, samples, view};

/// How values are written into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Escape {
    /// As JSON: `{{ title }}` prints a string literal with its quotes, none is `null`. What is rendered is JSON, or an error.
    Json,
    /// As they are: text without quotes, nothing for none.
    None,
}

/// A template for a body. What it sees, what it can do and its limits: [the crate's page](crate).
///
/// ```
/// use alert_core::{Alert, Attempt};
/// use alert_template_support::{Escape, Template, Values};
/// use std::time::Duration;
///
/// let template = Template::new(r#"{"text": {{ title }}}"#, Escape::Json)?;
/// template.try_samples(&Values::new())?;
/// let alert = Alert::warning("a \"b\"").build();
/// let attempt = Attempt::first(Duration::from_secs(1));
/// let body = template.render(&[(&alert, &attempt)], &Values::new(), 1_000)?;
/// assert_eq!(body, r#"{"text": "a \"b\""}"#);
/// # Ok::<(), alert_template_support::TemplateError>(())
/// ```
pub struct Template {
    environment: Environment<'static>,
    source: String,
    escape: Escape,
}

/// What the one template of an engine is called there.
const NAME: &str = "body";

/// The largest body that samples may make (16 MiB).
const SAMPLE: usize = 16 * 1024 * 1024;

impl Template {
    /// Reads a template of at most 64 KiB.
    ///
    /// # Errors
    ///
    /// What is no template, names something that a template does not see, or could build structures without a limit. A
    /// filter that does not exist is found too. What depends on the alert is found by [`Template::try_samples`].
    pub fn new(source: impl Into<String>, escape: Escape) -> Result<Template, TemplateError> {
        let source = source.into();
        if source.len() > grammar::LONGEST {
            let most = grammar::LONGEST / 1024;
            return Err(TemplateError::new(format!(
                "the template is longer than {most} KiB"
            )));
        }
        // First, since it also keeps from the engine what would overflow its stack.
        grammar::check(&source)?;
        let mut environment = engine::environment(escape);
        environment
            .add_template_owned(NAME, source.clone())
            .map_err(|error| TemplateError::of_engine(&error, &source))?;
        let template = Template {
            environment,
            source,
            escape,
        };
        template.check_names()?;
        Ok(template)
    }

    /// Renders these alerts, the first of which is at the top level too, into at most so many bytes.
    ///
    /// Takes bounded time and memory whatever the template says, and does not block.
    ///
    /// # Errors
    ///
    /// No alert, a name that is not defined for this one, too much work, too many bytes; with [`Escape::Json`] also a result
    /// that is not JSON.
    pub fn render(
        &self,
        items: &[(&Alert, &Attempt<'_>)],
        values: &Values,
        most_bytes: usize,
    ) -> Result<String, TemplateError> {
        let root = view::root(items, values)
            .ok_or_else(|| TemplateError::new("there is no alert to render"))?;
        let mut body = Body::within(most_bytes);
        // The engine is guarded, because a panic would cost the sink and not only this one body.
        let rendered = catch_unwind(AssertUnwindSafe(|| {
            let template = self.environment.get_template(NAME)?;
            template.render_captured_to(root, &mut body).map(drop)
        }));
        if body.is_over() {
            return Err(TemplateError::new(format!(
                "what it makes is larger than {most_bytes} bytes; cut long texts with the filter `cut`"
            )));
        }
        match rendered {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(TemplateError::of_engine(&error, &self.source)),
            Err(panic) => {
                // Dropping a payload may panic too.
                std::mem::forget(panic);
                return Err(TemplateError::new("the template engine panicked"));
            }
        }
        let text = String::from_utf8(body.into_bytes())
            .map_err(|_| TemplateError::new("what it makes is not UTF-8"))?;
        match self.escape {
            Escape::Json => checked(text, &self.source),
            Escape::None => Ok(text),
        }
    }

    /// Renders a sample alert of each shape that an alert can have; a sink does so when its config is checked.
    ///
    /// # Errors
    ///
    /// Those of [`Template::render`], with the shape of the sample.
    pub fn try_samples(&self, values: &Values) -> Result<(), TemplateError> {
        samples::each(|shape, items| match self.render(items, values, SAMPLE) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.of_sample(shape)),
        })
    }

    /// Refuses names that no alert has, also where no sample comes.
    fn check_names(&self) -> Result<(), TemplateError> {
        let Ok(template) = self.environment.get_template(NAME) else {
            return Ok(());
        };
        let known = |name: &String| name == "range" || view::names().any(|known| known == name);
        let asked = template.undeclared_variables(false);
        let Some(unknown) = asked.into_iter().filter(|name| !known(name)).min() else {
            return Ok(());
        };
        let names: Vec<&str> = view::names().collect();
        let text = format!("there is no `{unknown}`; there are {}", names.join(", "));
        Err(match grammar::line_of(&self.source, &unknown) {
            Some(line) => TemplateError::at(line, text),
            None => TemplateError::new(text),
        })
    }
}

impl fmt::Debug for Template {
    /// The template itself is not shown: a secret may have been expanded into it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("escape", &self.escape)
            .finish_non_exhaustive()
    }
}

/// The text, if it is JSON.
fn checked(text: String, source: &str) -> Result<String, TemplateError> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(&text) else {
        return Ok(text);
    };
    const ADVICE: &str = "a text printed with {{ }} brings its own quotes";
    let lines = |text: &str| text.trim_end().matches('\n').count();
    // What is printed as JSON has no line break, so without statements line is line.
    if !source.contains("{%") && lines(source) == lines(&text) {
        let text = format!("what it makes is not JSON there; {ADVICE}");
        return Err(TemplateError::at(error.line(), text));
    }
    let (line, column) = (error.line(), error.column());
    Err(TemplateError::new(format!(
        "what it makes is not JSON at its line {line}, column {column}; {ADVICE}"
    )))
}
