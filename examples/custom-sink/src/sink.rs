use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use alert_core::{Alert, Attempt, Delivered, Handle, Sink, SinkError, Status, json_line, one_line};

use crate::{Resolved, StatusPageConfig};

/// An open `statuspage` sink.
#[derive(Debug)]
pub struct StatusPage {
    config: StatusPageConfig,
}

impl Sink for StatusPage {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        // This alert can never be shown, however often it is tried.
        if alert.title().trim().is_empty() {
            return Err(SinkError::rejected("a status page needs a title"));
        }
        let path = self.path_of(alert, attempt.previous());
        if alert.status() == Status::Resolved && self.config.resolved == Resolved::Remove {
            remove(&path)?;
        } else {
            let text = document(alert, attempt, fs::read_to_string(&path).ok().as_deref());
            replace(&path, &text)?;
        }
        // Whoever emitted an alert with a dedup key finds this name again in
        // `attempt.previous()` of the key's next alert.
        let name = path.file_stem().unwrap_or_default();
        Ok(Delivered::new().with_handle(name.to_string_lossy()))
    }
}

impl StatusPage {
    pub(crate) fn new(config: StatusPageConfig) -> Self {
        Self { config }
    }

    /// The document that this alert is about: the one that its key has
    /// already, else one of its own. Sent again, it finds it again.
    fn path_of(&self, alert: &Alert, previous: Option<&Handle>) -> PathBuf {
        let name = match previous {
            Some(handle) => handle.as_str().to_owned(),
            None => alert.id().to_string(),
        };
        self.config.folder.join(name).with_extension("status")
    }
}

/// The whole document. Text from an alert is data: [`one_line`] takes line
/// breaks and control characters out of it, so that it cannot forge a line.
fn document(alert: &Alert, attempt: &Attempt<'_>, before: Option<&str>) -> String {
    let line = |key: &str| before?.lines().find_map(|line| line.strip_prefix(key));
    let id = alert.id().to_string();
    let updates = match line("updates: ").and_then(|n| n.parse::<u64>().ok()) {
        // An alert whose answer got lost comes again, and is no update.
        Some(updates) if line("alert: ") == Some(&id) => updates,
        Some(updates) => updates.saturating_add(1),
        None => 0,
    };
    let since = line("since: ").map_or_else(|| alert.time().to_string(), str::to_owned);
    let context = serde_json::to_string(alert.context()).unwrap_or_default();
    let mut text = format!(
        "status: {}\nseverity: {}\ntitle: {}\nsince: {since}\nupdates: {updates}\nalert: {id}\nmessage: {}\ncontext: {}\n",
        alert.status(),
        alert.severity(),
        one_line(alert.title()),
        one_line(alert.message()),
        json_line(&context),
    );
    // What the pipeline knows beside the alert is worth a line each.
    for remark in attempt.remarks() {
        let _ = writeln!(text, "note: {remark}");
    }
    text
}

/// Readers see the old document or the new one, never a half.
fn replace(path: &Path, text: &str) -> Result<(), SinkError> {
    let draft = path.with_extension("draft");
    fs::write(&draft, text)
        .and_then(|()| fs::rename(&draft, path))
        .map_err(failed)
}

fn remove(path: &Path) -> Result<(), SinkError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

/// A full disk passes. A folder that is gone does not come back by itself, but
/// opening the sink anew makes it.
fn failed(error: io::Error) -> SinkError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            SinkError::unusable("the folder is gone").caused_by(error)
        }
        _ => SinkError::transient("cannot write the document").caused_by(error),
    }
}
