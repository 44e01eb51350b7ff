//! Everything that a sink promises: one alert in a request, lines of many, and a
//! preset's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alert_sink_generic_webhook::{Format, WebhookConfig};
use alert_testkit::http::{HttpServer, Received, Reply};
use alert_testkit::{Outage, Rig, Skip};
use serde_json::Value;

const README: &str = include_str!("../README.md");
const SCHEMA: &str = include_str!("../schema/alert-v1.json");
const TOKEN: &str = "token-of-the-rig-0815";
const PATH: &str = "/hook/path-of-the-rig-4711";
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An endpoint that keeps what it took, and can fail.
struct Endpoint {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

struct State {
    taken: Vec<Received>,
    answer: Reply,
}

impl Endpoint {
    fn fresh() -> Self {
        let state = Arc::new(Mutex::new(State {
            taken: Vec::new(),
            answer: Reply::status(200),
        }));
        let server = HttpServer::answering({
            let state = Arc::clone(&state);
            move |request| {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if !state.fails() {
                    state.taken.push(request.clone());
                }
                state.answer.clone()
            }
        });
        Self { server, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failing(&self, answer: Reply) -> Failing {
        self.state().answer = answer;
        Failing(Arc::clone(&self.state))
    }

    fn titles(&self, titles: impl Fn(&Received) -> Vec<String>) -> Vec<String> {
        self.state().taken.iter().flat_map(titles).collect()
    }
}

/// The title in the built-in JSON, which is as the schema says.
fn title(alert: &Value) -> String {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::validate(&schema, alert).expect("it is as the schema says");
    alert["title"].as_str().unwrap().to_owned()
}

impl State {
    fn fails(&self) -> bool {
        format!("{:?}", self.answer) != format!("{:?}", Reply::status(200))
    }
}

struct Failing(Arc<Mutex<State>>);

impl Outage for Failing {
    fn end(self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.answer = Reply::status(200);
    }
}

macro_rules! rig {
    ($name:ident, $change:expr, $outage:expr, $alerts:expr) => {
        struct $name(Endpoint);

        impl Rig for $name {
            type Config = WebhookConfig;
            const README: &'static str = README;

            fn fresh() -> Self {
                Self(Endpoint::fresh())
            }

            fn config(&self) -> WebhookConfig {
                let change: fn(WebhookConfig) -> WebhookConfig = $change;
                change(WebhookConfig::new(self.0.server.url(PATH)).bearer(TOKEN))
            }

            fn read_back(&self) -> Vec<String> {
                self.0.titles($alerts)
            }

            fn secrets(&self) -> Vec<String> {
                vec![
                    TOKEN.to_owned(),
                    PATH.to_owned(),
                    PATH.replace("/hook/", ""),
                    SIGNING.to_owned(),
                ]
            }

            fn outage(&self) -> Result<impl Outage, Skip> {
                Ok(self.0.failing($outage))
            }

            fn silence(&self) -> Result<impl Outage, Skip> {
                Ok(self.0.failing(Reply::hang_before_headers()))
            }
        }
    };
}

rig!(
    One,
    |config| config.signing_secret(SIGNING),
    Reply::echo().with_status(503),
    |request| vec![title(&request.json())]
);

rig!(
    Lines,
    |config| config.format(Format::Ndjson),
    Reply::close_without_answer(),
    |request| {
        let lines = request.text().lines();
        lines
            .map(|line| title(&serde_json::from_str(line).unwrap()))
            .collect()
    }
);

rig!(
    Service,
    |config| config.preset("alertmanager"),
    Reply::status(429).header("retry-after", "1"),
    |request| {
        let body = request.json();
        let alerts = body.as_array().unwrap().iter();
        let summary = |alert: &Value| alert["annotations"]["summary"].as_str().unwrap().to_owned();
        alerts.map(summary).collect()
    }
);

mod one {
    alert_testkit::conformance!(super::One);
}

mod lines {
    alert_testkit::conformance!(super::Lines);
}

mod service {
    alert_testkit::conformance!(super::Service);
}
