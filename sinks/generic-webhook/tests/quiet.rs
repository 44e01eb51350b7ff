//! No secret is in any log, however much the dependencies write.

mod common;

use std::fmt::{Debug, Write};

use alert_core::{Alert, Findings, Secret, SinkConfig};
use alert_testkit::Logged;
use alert_testkit::http::{HttpServer, Reply};
use common::{LONG, SIGNING, config, open, whole};

#[test]
fn no_secret_is_in_any_log_of_any_dependency_nor_in_debug_nor_in_an_error() {
    let everything = Logged::everything();

    let echo = Reply::echo;
    let server = HttpServer::start([
        Reply::status(204),
        echo().with_status(400),
        echo().with_status(401),
        Reply::redirect(302, "/hook/path-token-4711"),
        Reply::reset_after_request(),
        Reply::garbage(),
        Reply::status(503),
    ]);
    let mut config = config(&server)
        .header("X-Api-Key", "header-secret-1")
        .bearer("bearer-secret-2")
        .param("key", "param-secret-3")
        .signing_secret(SIGNING)
        .template("[{{ params.key }}, {{ title }}]");
    config.http.allow_insecure = true;
    let mut said = String::new();
    let mut note = |what: &dyn Debug| write!(said, "\n{what:?} {what:#?}").unwrap();
    let mut sink = open(&config);
    for n in 0..7 {
        let alert = Alert::info(format!("t{n}")).build();
        if let Err(error) =
            alert_core::Sink::deliver(&mut sink, &alert, &alert_core::Attempt::first(LONG))
        {
            note(&error);
            note(&whole(&error));
        }
    }
    note(&sink);
    note(&config);
    drop(server);
    let alert = Alert::info("gone").build();
    note(&common::send(&mut sink, &alert));
    let mut wrong = config.clone();
    wrong.url = Secret::new("https://user:password-secret-4@example.org/path-token-4711");
    wrong.bearer = Some(Secret::new("bearer-secret-2 with a\nline"));
    wrong.signing_secrets = vec![Secret::new("whsec_signing-secret-5")];
    let mut found = Findings::new();
    wrong.check(&mut found);
    note(&found);
    note(
        &wrong
            .open(&alert_core::OpenContext::new("hook", LONG))
            .map(|_| ()),
    );

    let text = format!("{said}\n{}", everything.text());
    assert!(
        text.contains("reqwest") || text.contains("hyper"),
        "nothing was logged"
    );
    for secret in [
        "header-secret-1",
        "bearer-secret-2",
        "param-secret-3",
        "password-secret-4",
        "signing-secret-5",
        "path-token-4711",
        SIGNING.trim_start_matches("whsec_"),
    ] {
        if let Some(at) = text.find(secret) {
            let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("{secret} shows: {}", &text[line..at + secret.len()]);
        }
    }
}
