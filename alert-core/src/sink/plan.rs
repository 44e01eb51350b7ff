use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::Alert;
use crate::config::{Claim, Findings, Node, Problem, Problems};
use crate::observe::Observer;
use crate::policy::Silence;
use crate::sink::{
    AnyConfig, Attempt, Limits, OpenContext, Preview, Sink, SinkConfig, SinkError, SinkKind,
};

/// The recipe of a sink: everything that is needed to open it, each time anew.
#[derive(Clone)]
pub struct Plan {
    kind: Arc<str>,
    recipe: Recipe,
}

type Resolve = dyn Fn() -> Result<Node, Problems> + Send + Sync;
type Open = dyn Fn(&OpenContext<'_>) -> Result<Box<dyn Sink>, SinkError> + Send + Sync;

#[derive(Clone)]
enum Recipe {
    Entry {
        kind: SinkKind,
        resolve: Arc<Resolve>,
    },
    Config(Arc<dyn AnyConfig>),
    Opener {
        open: Arc<Open>,
        limits: Limits,
    },
    Broken(Arc<str>),
}

/// What the attempt of a preview has, which nobody waits for.
const PREVIEW: Duration = Duration::from_secs(10);

/// What a plan says of itself before anything is opened.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) limits: Limits,
    pub(crate) problems: Vec<Problem>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) observer: Option<Box<dyn Observer>>,
    pub(crate) keeps_record: bool,
    pub(crate) silences: Vec<Silence>,
    /// Why it can never be opened as it is.
    pub(crate) broken: Option<String>,
}

/// A sink and what was learned while opening it.
pub(crate) struct Opened {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) limits: Limits,
    pub(crate) keeps_record: bool,
}

impl Plan {
    /// From an entry of a configuration file. `resolve` makes the sink's table
    /// (without the reserved words) each time the sink is opened, so that a
    /// rotated secret is read anew.
    pub fn new(
        kind: &SinkKind,
        resolve: impl Fn() -> Result<Node, Problems> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind: kind.name().into(),
            recipe: Recipe::Entry {
                kind: *kind,
                resolve: Arc::new(resolve),
            },
        }
    }

    /// From a configuration in code.
    pub fn config<C: SinkConfig>(config: C) -> Self {
        Self {
            kind: C::KIND.into(),
            recipe: Recipe::Config(Arc::new(config)),
        }
    }

    /// From a function that opens the sink; for sinks that need no
    /// configuration, and for tests. It runs on the worker's thread.
    pub fn opener<S: Sink>(
        kind: &str,
        limits: Limits,
        open: impl Fn(&OpenContext<'_>) -> Result<S, SinkError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind: kind.into(),
            recipe: Recipe::Opener {
                open: Arc::new(move |cx| open(cx).map(|sink| Box::new(sink) as Box<dyn Sink>)),
                limits,
            },
        }
    }

    /// An entry that cannot be used, kept so that its alerts are counted: its
    /// lane is halted for this reason.
    pub fn broken(kind: &str, why: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            recipe: Recipe::Broken(why.into().into()),
        }
    }

    /// The kind's name.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Everything wrong with the entry, and what it claims for itself alone.
    /// Runs the kind's parser and check; opens nothing.
    pub fn check(&self) -> (Vec<Problem>, Vec<Claim>) {
        let (_, problems, claims) = self.configured();
        (problems, claims)
    }

    /// What its destination can take, as far as that is known before it is
    /// opened. Runs the kind's parser and check; opens nothing.
    ///
    /// # Errors
    /// If it could not be opened as it is now: why, in one line.
    pub fn limits(&self) -> Result<Limits, String> {
        match &self.recipe {
            Recipe::Opener { limits, .. } => Ok(limits.clone()),
            Recipe::Broken(why) => Err(why.to_string()),
            Recipe::Entry { .. } | Recipe::Config(_) => {
                let (config, problems, _) = self.configured();
                match config {
                    Some(config) => Ok(config.limits()),
                    None => Err(first_error(&problems)),
                }
            }
        }
    }

    /// What the sink would send for this alert, cut to its limits.
    ///
    /// # Errors
    /// If it could not be opened as it is now: why, in one line.
    pub(crate) fn preview(&self, alert: &Alert) -> Result<Option<Preview>, String> {
        match &self.recipe {
            Recipe::Opener { .. } => Ok(None),
            Recipe::Broken(why) => Err(why.to_string()),
            Recipe::Entry { .. } | Recipe::Config(_) => {
                let (config, problems, _) = self.configured();
                let config = config.ok_or_else(|| first_error(&problems))?;
                let limits = config.limits();
                let attempt = Attempt::first(PREVIEW);
                Ok(config.preview(&limits.fit(alert), &attempt))
            }
        }
    }

    /// Takes all of it, on the caller's thread.
    pub(crate) fn prepare(&self) -> Prepared {
        match &self.recipe {
            Recipe::Opener { limits, .. } => Prepared {
                limits: limits.clone(),
                ..Prepared::default()
            },
            Recipe::Broken(why) => Prepared {
                broken: Some(why.to_string()),
                ..Prepared::default()
            },
            Recipe::Entry { .. } | Recipe::Config(_) => {
                let (config, problems, claims) = self.configured();
                match config {
                    Some(config) => Prepared {
                        limits: config.limits(),
                        observer: config.observer(),
                        keeps_record: config.keeps_record(),
                        silences: config.silences(),
                        problems,
                        claims,
                        broken: None,
                    },
                    // What is missing now (a secret's file) may be there at
                    // the next opening.
                    None => Prepared {
                        problems,
                        ..Prepared::default()
                    },
                }
            }
        }
    }

    /// Resolves, parses and opens, on the worker's thread.
    pub(crate) fn open(&self, cx: &OpenContext<'_>) -> Result<Opened, SinkError> {
        match &self.recipe {
            Recipe::Entry { .. } | Recipe::Config(_) => {
                let (config, problems, _) = self.configured();
                let config = config.ok_or_else(|| SinkError::unusable(first_error(&problems)))?;
                Ok(Opened {
                    sink: config.open(cx)?,
                    limits: config.limits(),
                    keeps_record: config.keeps_record(),
                })
            }
            Recipe::Opener { open, limits } => Ok(Opened {
                sink: open(cx)?,
                limits: limits.clone(),
                keeps_record: false,
            }),
            Recipe::Broken(why) => Err(SinkError::unusable(why.to_string()).until_changed()),
        }
    }

    /// The entry as it resolves now, to see whether it changed. `None` where
    /// nothing can change or it cannot be resolved.
    pub(crate) fn resolved(&self) -> Option<Node> {
        match &self.recipe {
            Recipe::Entry { resolve, .. } => resolve().ok(),
            _ => None,
        }
    }

    /// Whether both describe the same sink. `resolved` is what the entry was
    /// resolved to when its sink was opened, if it was: a secret that changed
    /// since then makes it another. What was made in code is the same only if
    /// one is a clone of the other.
    pub(crate) fn is_same(&self, other: &Plan, resolved: Option<Node>) -> bool {
        match (&self.recipe, &other.recipe) {
            (
                Recipe::Entry { kind, .. },
                Recipe::Entry {
                    kind: another,
                    resolve,
                },
            ) => {
                let resolved = resolved.or_else(|| self.resolved());
                kind.is_same(another) && resolved.is_some() && resolved == resolve().ok()
            }
            (Recipe::Config(config), Recipe::Config(another)) => Arc::ptr_eq(config, another),
            (Recipe::Opener { open, .. }, Recipe::Opener { open: another, .. }) => {
                Arc::ptr_eq(open, another)
            }
            _ => false,
        }
    }

    /// The configuration, if it is free of errors, with everything found.
    fn configured(&self) -> Configured {
        let (config, node, mut problems) = match &self.recipe {
            Recipe::Opener { .. } | Recipe::Broken(_) => return (None, Vec::new(), Vec::new()),
            Recipe::Config(config) => (Some(config.clone()), None, Vec::new()),
            Recipe::Entry { kind, resolve } => match resolve() {
                Err(problems) => return (None, problems.into_vec(), Vec::new()),
                Ok(node) => {
                    let (config, problems) = kind.parse(&node);
                    (config, Some(node), problems)
                }
            },
        };
        let Some(config) = config else {
            return (None, problems, Vec::new());
        };
        let mut found = Findings::new();
        config.check(&mut found);
        let (more, claims) = match &node {
            Some(node) => found.place(node),
            None => found.into_parts(),
        };
        problems.extend(more);
        let usable = !problems.iter().any(Problem::is_error);
        (usable.then_some(config), problems, claims)
    }
}

type Configured = (Option<Arc<dyn AnyConfig>>, Vec<Problem>, Vec<Claim>);

fn first_error(problems: &[Problem]) -> String {
    let mut errors = problems.iter().filter(|p| p.is_error());
    let first = errors.next().map_or_else(
        || "the entry cannot be read".to_owned(),
        ToString::to_string,
    );
    match errors.count() {
        0 => first,
        more => format!("{first} (and {more} more)"),
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_known_before_anything_is_opened() {
        let limits = Limits::none().batch(7);
        let never = |_: &OpenContext<'_>| Err::<Never, _>(SinkError::unusable("opened"));
        let plan = Plan::opener("pager", limits.clone(), never);
        assert_eq!(plan.limits(), Ok(limits));
        let broken = Plan::broken("pager", "no such type");
        assert_eq!(broken.limits(), Err("no such type".to_owned()));
    }

    struct Never;

    impl Sink for Never {
        fn deliver(
            &mut self,
            _: &crate::Alert,
            _: &crate::Attempt<'_>,
        ) -> Result<crate::Delivered, SinkError> {
            Err(SinkError::rejected("it is never opened"))
        }
    }
}
