//! The kinds of events of this process. `tracing` wants them to live for ever, so each is made
//! once and used again, and there are not many.

use std::sync::{Mutex, PoisonError};

use alert_core::{Severity, SinkError};
use tracing_core::Level;

use crate::callsite::Site;
use crate::names::FIXED;

/// How many pairs of a target and a list of fields a process may use.
const MOST: usize = 64;

/// A target and the names of fields, at each level.
#[derive(Debug)]
pub(crate) struct Set {
    target: &'static str,
    names: &'static [&'static str],
    /// By severity.
    sites: [&'static Site; 3],
}

static SETS: Mutex<Vec<&'static Set>> = Mutex::new(Vec::new());

impl Set {
    fn leaked(target: &str, keys: &[String]) -> &'static Set {
        let target: &'static str = Box::leak(target.into());
        let keys = keys.iter().map(|key| &*Box::leak(key.as_str().into()));
        let names: &'static [&str] = Box::leak(FIXED.into_iter().chain(keys).collect());
        let level = |severity| match severity {
            Severity::Info => Level::INFO,
            Severity::Warning => Level::WARN,
            Severity::Critical => Level::ERROR,
        };
        let sites = Severity::ALL.map(|severity| Site::leaked(target, level(severity), names));
        Box::leak(Box::new(Set {
            target,
            names,
            sites,
        }))
    }

    /// The context keys that have a field of their own.
    pub(crate) fn keys(&self) -> &'static [&'static str] {
        &self.names[FIXED.len()..]
    }

    pub(crate) fn site(&self, severity: Severity) -> &'static Site {
        self.sites[severity.index()]
    }
}

/// The set of this target and these keys, which passed the check.
pub(crate) fn get(target: &str, keys: &[String]) -> Result<&'static Set, SinkError> {
    let mut sets = SETS.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |set: &&&'static Set| set.target == target && set.keys() == keys;
    if let Some(set) = sets.iter().find(same) {
        return Ok(set);
    }
    if sets.len() >= MOST {
        let text = format!(
            "the program has used {MOST} pairs of a target and a list of fields for its events, which are kept until it ends: use one of them"
        );
        return Err(SinkError::unusable(text).until_changed());
    }
    let set = Set::leaked(target, keys);
    sets.push(set);
    // Registering runs subscribers, which may block or panic: no other sink waits for that, and
    // the set is not made again.
    drop(sets);
    for site in set.sites {
        site.register();
    }
    Ok(set)
}
