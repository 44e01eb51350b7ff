//! SIGHUP reads the config of every pipeline of `from_config` anew.

use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use alert_core::{Emitter, Pipeline, Problems, Registry};

use crate::config::Config;
use crate::environment::Environment;
use crate::host::Host;

/// How long a sink that is in the config no more may deliver what it holds.
const DRAIN: Duration = Duration::from_secs(30);

/// The pipelines to reload, each with where its config is: `None` is wherever one is found.
static WATCHED: Mutex<Vec<(Emitter, Option<PathBuf>)>> = Mutex::new(Vec::new());

/// Reloads this pipeline on SIGHUP from now on, until it is closed.
pub(crate) fn watch(pipeline: &Pipeline, path: Option<PathBuf>) {
    static START: Once = Once::new();
    let emitter = pipeline.emitter();
    // The current folder may be another by then.
    let path = path.map(|path| std::path::absolute(&path).unwrap_or(path));
    {
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(emitter, _)| !emitter.is_closed());
        watched.push((emitter.clone(), path));
    }
    START.call_once(|| {
        if let Err(why) = start() {
            emitter.trouble(
                "",
                format!("a hangup signal will not reload the config: {why}"),
            );
        }
    });
}

fn start() -> std::io::Result<()> {
    use signal_hook::consts::SIGHUP;

    let terminal = Terminal::of_this_process();
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP])?;
    let listen = move || {
        for _ in signals.forever() {
            reload_all();
            if terminal.is_gone() {
                // Not a wish to reload: whoever sat there has left, and a program that does not
                // care ends then.
                let _ = signal_hook::low_level::emulate_default_handler(SIGHUP);
            }
        }
    };
    let thread = thread::Builder::new().name("alert-reload".to_owned());
    thread.spawn(listen).map(drop)
}

fn reload_all() {
    let mut watched = {
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(emitter, _)| !emitter.is_closed());
        watched.clone()
    };
    for (emitter, path) in watched.drain(..) {
        match reload(&emitter, path) {
            Ok(told) => emitter.trouble("", told),
            Err(problems) => {
                let why: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let why = why.join("; ");
                emitter.trouble("", format!("the config was not reloaded: {why}"));
            }
        }
    }
}

fn reload(emitter: &Emitter, path: Option<PathBuf>) -> Result<String, Problems> {
    let environment = Environment::real();
    let config = match path {
        Some(path) => Config::read(path, &environment)?,
        None => Config::open(None, &environment, Host::Library)?,
    };
    let (reloaded, _) = config.reload(&Registry::linked(), emitter, DRAIN)?;
    Ok(format!("config {} reloaded: {reloaded}", config.name()))
}

/// The terminal that this process was started from, if its hangup would end the process.
struct Terminal(bool);

impl Terminal {
    fn of_this_process() -> Self {
        Self(opens() && ends_by_hangup())
    }

    fn is_gone(&self) -> bool {
        self.0 && !opens()
    }
}

fn opens() -> bool {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open("/dev/tty", flags, Mode::empty()).is_ok()
}

/// Whether nobody has asked for another end: `nohup` ignores the signal, a host may have a
/// handler of its own. Where the system does not say, nothing is ended.
fn ends_by_hangup() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let is_set = |name: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(name));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_none_or(|mask| mask & 1 != 0)
    };
    !is_set("SigIgn:") && !is_set("SigCgt:")
}
