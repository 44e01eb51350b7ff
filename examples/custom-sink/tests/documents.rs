//! What is this sink's own: documents that change, and end.

use std::fs;
use std::path::Path;
use std::time::Duration;

use alert_core::{Alert, Attempt, ErrorClass, Handle, OpenContext, Plan, Sink, SinkConfig};
use custom_sink::{Resolved, StatusPage, StatusPageConfig};

fn opened(config: &StatusPageConfig) -> StatusPage {
    config
        .open(&OpenContext::new("page", Duration::from_secs(1)))
        .unwrap()
}

fn documents(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect()
}

fn say(sink: &mut StatusPage, alert: Alert, previous: Option<&Handle>) -> Handle {
    let mut attempt = Attempt::first(Duration::from_secs(1));
    if let Some(handle) = previous {
        attempt = attempt.with_previous(handle);
    }
    let delivered = sink.deliver(&alert, &attempt).unwrap();
    delivered.handle().cloned().unwrap()
}

#[test]
fn an_incident_is_one_document_from_its_beginning_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = opened(&StatusPageConfig::new(folder.path()));
    let begin = Alert::critical("checkout is down")
        .dedup_key("shop")
        .build();
    let since = format!("since: {}\n", begin.time());
    let handle = say(&mut sink, begin, None);
    let worse = Alert::critical("checkout and search are down").dedup_key("shop");
    let handle = say(&mut sink, worse.build(), Some(&handle));
    let end = Alert::info("all is well")
        .dedup_key("shop")
        .resolved()
        .build();
    say(&mut sink, end, Some(&handle));
    let documents = documents(folder.path());
    assert_eq!(documents.len(), 1);
    for line in [
        "status: resolved\n",
        "title: all is well\n",
        "updates: 2\n",
        &since,
    ] {
        assert!(
            documents[0].contains(line),
            "{line} is missing: {}",
            documents[0]
        );
    }
}

#[test]
fn a_document_whose_incident_is_over_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = StatusPageConfig::new(folder.path());
    config.resolved = Resolved::Remove;
    let mut sink = opened(&config);
    let handle = say(
        &mut sink,
        Alert::critical("down").dedup_key("shop").build(),
        None,
    );
    let end = Alert::info("up").dedup_key("shop").resolved().build();
    say(&mut sink, end.clone(), Some(&handle));
    assert!(documents(folder.path()).is_empty());
    // Its answer got lost: it comes again, and there is nothing to remove.
    say(&mut sink, end, Some(&handle));
}

#[test]
fn an_alert_without_a_title_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = opened(&StatusPageConfig::new(folder.path()));
    let alert = Alert::info(" ").build();
    let error = sink
        .deliver(&alert, &Attempt::first(Duration::from_secs(1)))
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Rejected);
}

#[test]
fn a_relative_folder_is_a_mistake_and_a_folder_is_claimed() {
    let (problems, _) = Plan::config(StatusPageConfig::new("status")).check();
    assert_eq!(
        problems[0].to_string(),
        "folder: the folder must be an absolute path"
    );
    let (problems, claims) = Plan::config(StatusPageConfig::new("/var/www/status")).check();
    assert!(problems.is_empty());
    assert_eq!(
        (claims[0].what(), claims[0].id()),
        ("folder", "/var/www/status")
    );
}
