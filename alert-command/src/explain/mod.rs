//! `alert explain`: which sinks would take an alert, and why the others would not.

mod expect;
mod foresight;
mod gate;
mod preview;
mod spread;
#[cfg(test)]
mod tests;
mod told;

use std::borrow::Cow;
use std::process::ExitCode;

use alert::config::{Config, Environment};
use alert::{Alert, Problems, Registry};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use self::expect::{Difference, names};
use self::foresight::{Foreseen, Foresight};
use crate::arguments::Explain;
use crate::emit::say;
use crate::failure::Failure;
use crate::opened::{find, guarded};
use crate::problems;
use crate::screen::Screen;
use crate::trial::known;

pub(crate) fn run(arguments: Explain, screen: &Screen) -> ExitCode {
    let screen = &screen.quiet(arguments.quiet.quiet);
    let json = arguments.form.json;
    let environment = Environment::real();
    let found = find(arguments.config.path.as_deref(), &environment);
    let expected = match say::once(&arguments.typed)
        .and_then(|()| expected(arguments.expect.as_deref(), found.as_ref().ok()))
    {
        Ok(expected) => expected,
        Err(failure) => return failure.end(json, screen),
    };
    let (alert, troubles) = say::alert(arguments.typed, std::io::stdin());
    // It runs the sinks' own code once more, and a person may not want to see it.
    let bodies = json || arguments.body;
    let explained = Explained::of(alert, found, expected, bodies);
    for trouble in &troubles {
        screen.warning(trouble);
    }
    problems::show(&explained.problems, screen);
    if json {
        screen.json(&explained.shape());
    } else {
        explained.tell(screen);
    }
    explained.complain(screen);
    ExitCode::from(u8::from(!explained.is_sound()))
}

/// The names that are expected, in the order of the config; each must be there.
fn expected(
    given: Option<&[std::ffi::OsString]>,
    config: Option<&Config>,
) -> Result<Option<Vec<String>>, Failure> {
    let (Some(given), Some(config)) = (given, config) else {
        return Ok(None);
    };
    let given = given.iter().map(|name| name.to_string_lossy());
    let given: Vec<Cow<'_, str>> = given
        .map(|name| Cow::Owned(name.trim().to_owned()))
        .filter(|name: &Cow<'_, str>| !name.is_empty())
        .collect();
    known(&given, config)?;
    let expected = config
        .sinks()
        .filter(|sink| given.iter().any(|name| name == sink));
    Ok(Some(expected.map(str::to_owned).collect()))
}

/// All that can be said before anything is sent.
struct Explained {
    /// As sinks get it.
    alert: Alert,
    /// `None`: it could not be read.
    config: Option<String>,
    problems: Problems,
    foresight: Foresight,
    expected: Option<Vec<String>>,
}

impl Explained {
    fn of(
        alert: Alert,
        found: Result<Config, Problems>,
        expected: Option<Vec<String>>,
        bodies: bool,
    ) -> Self {
        let looked_at = found.and_then(|config| {
            guarded(|| {
                let (builder, problems) = config.pipeline(&Registry::linked());
                let filled = builder.fill(alert.clone());
                let mut foresight = Foresight::of(builder.entries(), &filled);
                if bodies {
                    foresight.preview(&builder, &filled);
                }
                for name in config.sinks() {
                    if !foresight.sinks.iter().any(|sink| sink.name == name) {
                        foresight.sinks.push(Foreseen::off(name));
                    }
                }
                let config = Some(config.name().to_owned());
                Ok((filled, config, problems, foresight))
            })
        });
        let (alert, config, problems, foresight) = match looked_at {
            Ok(looked_at) => looked_at,
            Err(problems) => (alert, None, problems, Foresight::default()),
        };
        Self {
            alert,
            config,
            problems,
            foresight,
            expected,
        }
    }

    fn difference(&self) -> Option<Difference<'_>> {
        Difference::of(self.expected.as_deref()?, &self.foresight)
    }

    /// Whether nothing that was asked for failed.
    fn is_sound(&self) -> bool {
        self.config.is_some() && self.difference().is_none()
    }

    /// Whether `alert emit` would write it to the default log, since no sink can take it.
    fn is_left_to_the_default_log(&self) -> bool {
        !self.foresight.is_usable()
    }

    fn tell(&self, screen: &Screen) {
        if screen.is_quiet() || self.config.is_none() {
            return;
        }
        let tree = told::tree(&self.alert, &self.foresight, screen.out_paint());
        screen.out(&tree.draw(screen.columns()));
        let remembers = |sink: &Foreseen| sink.gates.iter().any(|gate| gate.settings.is_some());
        if self.foresight.sinks.iter().any(remembers) {
            let note = "dedup, throttle and digest are told as they begin in a new process";
            screen.tell(&format!("{note}\n"));
        }
        let takers = names(self.foresight.takers());
        let instead = match self.is_left_to_the_default_log() {
            true => "; alert emit writes it to the default log",
            false => "",
        };
        screen.tell(&format!("taken by {takers}{instead}\n"));
    }

    fn complain(&self, screen: &Screen) {
        if let Some(difference) = self.difference() {
            let word = screen.err_paint().red("error");
            screen.complain(&format!("{word}: {}", difference.lines(&self.foresight)));
        }
    }

    fn shape(&self) -> Shape<'_> {
        Shape {
            config: self.config.as_deref(),
            alert: &self.alert,
            taken_by: self.foresight.takers().collect(),
            default_log: self.is_left_to_the_default_log(),
            expected: self.expected.as_deref(),
            met: self.expected.as_ref().map(|_| self.difference().is_none()),
            sinks: Sinks(&self.foresight.sinks),
            problems: problems::shapes(&self.problems),
        }
    }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    config: Option<&'a str>,
    alert: &'a Alert,
    taken_by: Vec<&'a str>,
    default_log: bool,
    expected: Option<&'a [String]>,
    met: Option<bool>,
    sinks: Sinks<'a>,
    problems: Vec<problems::Shape<'a>>,
}

/// By their names.
struct Sinks<'a>(&'a [Foreseen]);

impl Serialize for Sinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for sink in self.0 {
            map.serialize_entry(&sink.name, sink)?;
        }
        map.end()
    }
}
