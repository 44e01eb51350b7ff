//! The program's one pipeline, for code that has no handle at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::hub::Hub;
use super::pipeline::{Emitter, Pipeline};
use super::receipt::Receipt;
use super::reporter::Report;
use crate::alert::{Alert, AlertBuilder, Severity};

static GLOBAL: ArcSwapOption<Hub> = ArcSwapOption::const_empty();
static UNINSTALLED: AtomicU64 = AtomicU64::new(0);

/// Makes this pipeline the program's own, which [`AlertBuilder::emit`] and
/// [`emit`] use. Keep the guard until the end of `main`: dropping it closes the
/// pipeline within 5 s, and a static would never be dropped, so that the last
/// alerts would be lost. A pipeline installed before stays with its own guard.
#[must_use = "bind it to a name (`let _guard = …`): dropping it closes the pipeline"]
pub fn install(pipeline: Pipeline) -> InstallGuard {
    let hub = pipeline.emitter().0;
    let before = UNINSTALLED.load(Ordering::Relaxed);
    if before > 0 {
        let text = format!("{before} alerts were raised before a pipeline was installed");
        hub.reporter.report(Report::Trouble {
            sink: "".into(),
            text: text.into(),
        });
    }
    GLOBAL.store(Some(hub));
    InstallGuard { pipeline }
}

/// Keeps an installed pipeline open.
#[derive(Debug)]
#[must_use = "dropping it closes the pipeline"]
pub struct InstallGuard {
    pipeline: Pipeline,
}

impl InstallGuard {
    /// The installed pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }
}

impl Drop for InstallGuard {
    fn drop(&mut self) {
        let mine = self.pipeline.emitter().0;
        // Only if no other was installed since.
        let current = GLOBAL.load();
        if current.as_ref().is_some_and(|hub| Arc::ptr_eq(hub, &mine)) {
            GLOBAL.store(None);
        }
        drop(current);
        // The pipeline's own Drop closes it.
    }
}

/// How many alerts were raised while no pipeline was installed, since the
/// program's start.
pub fn uninstalled() -> u64 {
    UNINSTALLED.load(Ordering::Relaxed)
}

fn global() -> Option<Emitter> {
    GLOBAL.load_full().map(Emitter)
}

/// Counts an alert that nobody takes, and says so once.
fn not_installed() {
    if UNINSTALLED.fetch_add(1, Ordering::Relaxed) > 0 {
        return;
    }
    // On a thread of its own: a subscriber may block, and `emit` must not.
    let _ = thread::Builder::new()
        .name("alert-notice".to_owned())
        .spawn(|| {
            let _mine = crate::sink::mine();
            tracing::warn!(
                target: "alert",
                "an alert was raised, but no pipeline is installed: it went nowhere"
            );
        });
}

/// Emits through the installed pipeline, as [`Emitter::emit`] does. Without one
/// the alert is only counted ([`uninstalled`]), which is said once.
pub fn emit(alert: impl Into<Alert>) {
    match GLOBAL.load().as_ref() {
        Some(hub) => {
            let alert = alert.into();
            let _ = crate::alert::guard(|| hub.emit(alert, None));
        }
        None => not_installed(),
    }
}

/// Emits through the installed pipeline, as [`Emitter::emit_within`] does;
/// false without one.
pub fn emit_within(alert: impl Into<Alert>, wait: Duration) -> bool {
    match global() {
        Some(emitter) => emitter.emit_within(alert, wait),
        None => {
            not_installed();
            false
        }
    }
}

/// Emits through the installed pipeline, as [`Emitter::emit_tracked`] does;
/// `None` without one.
pub fn emit_tracked(alert: impl Into<Alert>) -> Option<Receipt> {
    let emitter = global();
    if emitter.is_none() {
        not_installed();
    }
    Some(emitter?.emit_tracked(alert))
}

/// Begins an alert of severity info. Same as [`Alert::info`].
pub fn info(title: impl Into<std::borrow::Cow<'static, str>>) -> AlertBuilder {
    Alert::builder(Severity::Info, title)
}

/// Begins an alert of severity warning. Same as [`Alert::warning`].
///
/// ```
/// alert_core::warning("Harness below target")
///     .message("harness at 82 percent, target is 85")
///     .context("count", 5)
///     .emit();
/// ```
pub fn warning(title: impl Into<std::borrow::Cow<'static, str>>) -> AlertBuilder {
    Alert::builder(Severity::Warning, title)
}

/// Begins an alert of severity critical. Same as [`Alert::critical`].
pub fn critical(title: impl Into<std::borrow::Cow<'static, str>>) -> AlertBuilder {
    Alert::builder(Severity::Critical, title)
}

impl AlertBuilder {
    /// As [`emit`].
    pub fn emit(self) {
        emit(self);
    }

    /// As [`emit_within`].
    pub fn emit_within(self, wait: Duration) -> bool {
        emit_within(self, wait)
    }

    /// As [`emit_tracked`].
    pub fn emit_tracked(self) -> Option<Receipt> {
        emit_tracked(self)
    }
}
