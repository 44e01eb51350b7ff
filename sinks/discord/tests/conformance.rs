//! Everything that a sink promises, over a Discord on loopback: with messages of up to ten alerts,
//! with edits, and in a forum.

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "common/discord.rs"]
mod discord;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alert_sink_discord::{DiscordConfig, OnRepeat};
use alert_testkit::http::{HttpServer, Reply};
use alert_testkit::{Outage, Rig, Skip};
use discord::{Discord, Said, TOKEN, alerts_of, check};

const README: &str = include_str!("../README.md");

struct Service {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

struct State {
    discord: Discord,
    trouble: Option<Reply>,
}

type Shared = Arc<Mutex<State>>;

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reply(said: Said) -> Reply {
    let reply = match said.body.is_null() {
        true => Reply::status(said.status),
        false => Reply::status(said.status).json(said.body),
    };
    let headers = said.headers.into_iter();
    headers.fold(reply, |reply, (name, value)| reply.header(name, value))
}

impl Service {
    fn fresh(forum: bool) -> Self {
        let mut discord = Discord::new(12);
        discord.forum = forum;
        // How it is paced is tested on a clock in the test's hand.
        discord.limits = false;
        let state = Arc::new(Mutex::new(State {
            discord,
            trouble: None,
        }));
        let server = HttpServer::answering({
            let state = Arc::clone(&state);
            move |request| {
                assert_eq!(request.header("content-type"), Some("application/json"));
                let agent = request.header("user-agent").unwrap_or_default();
                assert!(agent.starts_with("DiscordBot (https://"), "{agent}");
                let mut state = lock(&state);
                if let Some(trouble) = &state.trouble {
                    return trouble.clone();
                }
                let (method, target) = (request.method(), request.target());
                reply(
                    state
                        .discord
                        .ask(method, target, request.body(), Default::default()),
                )
            }
        });
        Self { server, state }
    }

    fn config(&self) -> DiscordConfig {
        let path = lock(&self.state).discord.path();
        DiscordConfig::new(self.server.url(&path)).per_minute(0)
    }

    fn read_back(&self) -> Vec<String> {
        let state = lock(&self.state);
        for asked in &state.discord.asked {
            assert!(asked.status < 300, "{asked:?}");
            assert_eq!(check(&asked.body), Ok(()));
        }
        let embeds = state.discord.embeds();
        let text = embeds.iter().map(|embed| {
            assert_eq!(alerts_of(embed), 1);
            embed.to_string()
        });
        text.collect()
    }

    fn failing(&self, answer: Reply) -> Trouble {
        lock(&self.state).trouble = Some(answer);
        Trouble(Arc::clone(&self.state))
    }
}

struct Trouble(Shared);

impl Outage for Trouble {
    fn end(self) {
        lock(&self.0).trouble = None;
    }
}

macro_rules! rig {
    ($name:ident, $forum:expr, $change:expr, $outage:expr) => {
        struct $name(Service);

        impl Rig for $name {
            type Config = DiscordConfig;
            const README: &'static str = README;

            fn fresh() -> Self {
                Self(Service::fresh($forum))
            }

            fn config(&self) -> DiscordConfig {
                let change: fn(DiscordConfig) -> DiscordConfig = $change;
                change(self.0.config())
            }

            fn read_back(&self) -> Vec<String> {
                self.0.read_back()
            }

            fn secrets(&self) -> Vec<String> {
                vec![TOKEN.to_owned()]
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
    Posting,
    false,
    |config| config,
    Reply::html().with_status(503)
);
rig!(
    Editing,
    false,
    |config| config.on_repeat(OnRepeat::Edit),
    Reply::close_without_answer()
);
rig!(
    InForum,
    true,
    |config| config.on_repeat(OnRepeat::Edit).thread_name("{{ title }}"),
    Reply::status(403).json(serde_json::json!({ "code": 50001, "message": "Missing Access" }))
);

mod posting {
    alert_testkit::conformance!(super::Posting);
}

mod editing {
    alert_testkit::conformance!(super::Editing);
}

mod in_forum {
    alert_testkit::conformance!(super::InForum);
}
