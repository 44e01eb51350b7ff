//! No secret of a config shows, whatever the sinks' services do: not in the log of any crate, nor in outcomes, stats,
//! problems or Debug, nor anywhere in the state database.

use std::fmt::{Debug, Write};
use std::path::Path;
use std::time::Duration;

use alert::config::{Config, Environment};
use alert::sinks::sqlite_state::{AlertName, HistoryQuery, StateReader};
use alert::{Alert, Registry, Timestamp};
use alert_testkit::Logged;
use alert_testkit::http::{Certificate, HttpProxy, HttpServer, Reply, refused_port};

const SECRETS: [&str; 7] = [
    "discord-t0ken_4711",
    "path-t0ken-4712",
    "bearer-t0ken-4713",
    "header-t0ken-4714",
    "param-t0ken-4715",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "context-t0ken-4717",
];
const PATIENCE: Duration = Duration::from_secs(60);

/// A sink of each kind for this address, which is told all the secrets.
fn config(name: &str, address: &str, ca: &str) -> String {
    let [discord, path, bearer, header, param, signing, _] = SECRETS;
    let delivery = r#"delivery = { retry = { max_age = "2s", max_attempts = 2, first = "1ms", cap = "1ms" }, circuit = { wait = "1ms" } }"#;
    format!(
        r#"
[sinks.discord-{name}]
type = "discord"
url = "{address}/api/webhooks/12/{discord}"
http = {{ {ca} }}
{delivery}

[sinks.hook-{name}]
type = "generic-webhook"
url = "{address}/hook/{path}?key={path}"
bearer = "{bearer}"
headers = {{ X-Key = "{header}" }}
params = {{ key = "{param}" }}
template = "[{{{{ params.key }}}}, {{{{ title }}}}]"
signing_secrets = ["whsec_{signing}"]
http = {{ allow_insecure = true{comma}{ca} }}
{delivery}
"#,
        comma = if ca.is_empty() { "" } else { ", " },
    )
}

/// All that a reader tells of the database, and all bytes of its files: also of rows that are removed.
fn stored(path: &Path) -> String {
    let reader = StateReader::open(path).expect("it is there");
    let status = reader.status(Timestamp::now()).expect("it is read");
    let failing = status.sinks.iter().filter(|sink| sink.last_error.is_some());
    assert!(failing.count() > 10, "{:?}", status.sinks);
    assert!(status.audit.iter().any(|entry| entry.action == "reload"));
    let alerts = reader.history(&HistoryQuery::new()).expect("it is read");
    let number = AlertName::Number(alerts[0].number);
    let story = reader
        .story(number)
        .expect("it is read")
        .expect("it is there");
    let errors = story.deliveries.iter().filter_map(|row| row.error.as_ref());
    assert!(errors.count() > 10, "{:?}", story.deliveries);
    let mut all = format!("{status:?}\n{story:?}");
    drop(reader);
    for file in std::fs::read_dir(path.parent().expect("it is in a folder")).expect("it is read") {
        let file = file.expect("it is read").path();
        if file.to_string_lossy().contains("state.db") {
            let bytes = std::fs::read(&file).expect("it is read");
            all += &String::from_utf8_lossy(&bytes);
        }
    }
    assert!(all.contains("redacted"), "nothing was masked");
    all
}

#[test]
fn no_secret_shows_whatever_a_service_does() {
    let logged = Logged::everything();
    let folder = tempfile::tempdir().expect("a folder is made");
    let plain = [
        ("ok", Reply::status(204)),
        ("echo", Reply::echo().with_status(400)),
        ("credentials", Reply::echo().with_status(401)),
        ("nothing", Reply::echo().with_status(404)),
        ("busy", Reply::echo().with_status(503)),
        ("redirect", Reply::redirect(302, "/hook/path-t0ken-4712")),
        ("reset", Reply::reset_after_request()),
        ("garbage", Reply::garbage()),
    ];
    let servers: Vec<(&str, HttpServer)> = plain
        .into_iter()
        .map(|(name, reply)| (name, HttpServer::start([reply])))
        .collect();
    let trusted = HttpServer::tls(Certificate::trusted(), [Reply::echo().with_status(400)]);
    let ca = folder.path().join("ca.pem");
    trusted.write_ca(&ca);
    let expired = HttpServer::tls(Certificate::expired(), [Reply::status(204)]);
    let proxy = HttpProxy::start();

    let base = |server: &HttpServer| server.url("/").trim_end_matches('/').to_owned();
    let mut text: String = servers
        .iter()
        .map(|(name, server)| config(name, &base(server), ""))
        .collect();
    text += &config("tls", &base(&trusted), &format!("ca_file = {ca:?}"));
    text += &config("expired", &base(&expired), "");
    text += &config("refused", &refused_port(), "");
    text += &config(
        "no-tls",
        &servers[0].1.https_url("").replace("//hook", "/hook"),
        "",
    );

    let state = folder.path().join("state.db");
    text = format!(
        "[alert]\nredact = [\"*_token\"]\n{text}\n[sinks.state]\ntype = \"sqlite-state\"\npath = {state:?}\n"
    );
    let environment = Environment::empty().with("https_proxy", proxy.url());
    let config = Config::parse(&text, "alert.toml", &environment);
    let registry = Registry::linked();
    let mut said = String::new();
    let mut note = |what: &dyn Debug| write!(said, "\n{what:?}\n{what:#?}").expect("it is kept");
    let checked = config.check(&registry);
    assert!(
        !checked.has_errors(),
        "{}",
        alert::config::render(&checked, alert::config::Colour::Never)
    );
    note(&checked);
    note(&config);
    let (builder, problems) = config.pipeline(&registry);
    note(&problems);
    note(&builder);
    for entry in builder.entries() {
        note(entry);
        let preview = builder.preview(entry.name(), &builder.fill(Alert::info("seen").build()));
        note(&preview.expect("it is whole"));
    }
    let pipeline = builder.build();
    let [discord, path, bearer, header, param, _, context] = SECRETS;
    let service = base(&servers[0].1);
    let alert = Alert::critical(format!("down: {bearer}"))
        .message(format!("{service}/api/webhooks/12/{discord} {header}"))
        .source(format!("shop-{param}"))
        .dedup_key(format!("down:{bearer}"))
        .context("n", 1)
        .context("url", format!("{service}/hook/{path}?key={path}"))
        .context("api_token", context);
    let receipt = pipeline.emit_tracked(alert);
    let outcomes = receipt.wait(PATIENCE);
    note(&outcomes);
    for answer in outcomes.iter() {
        note(&answer);
        let outcome = answer.outcome();
        note(&outcome.map(ToString::to_string));
    }
    note(&pipeline.stats());
    note(&pipeline);
    let done = pipeline.reload(config.pipeline(&registry).0, PATIENCE);
    note(&done.expect("it is the same"));
    assert!(pipeline.close(PATIENCE));
    let delivered = outcomes.get("hook-ok").expect("it has ended");
    assert!(delivered.is_delivered(), "{delivered:?}");

    note(&stored(&state));
    let text = format!("{said}\n{}", logged.text());
    for crate_that_logs in ["reqwest", "hyper", "rustls"] {
        assert!(
            text.contains(crate_that_logs),
            "{crate_that_logs} logs nothing"
        );
    }
    for secret in SECRETS {
        if let Some(at) = text.find(secret) {
            let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("{secret} shows: {}", &text[line..at + secret.len()]);
        }
    }
}
