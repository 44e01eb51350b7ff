//! What holds for whatever alerts there are.

use std::time::Duration;

use alert_core::{
    Alert, Attempt, Digest, Fallback, Firing, Losses, Severity, Sink, Suppressed, Timestamp,
};
use alert_testkit::strategy;
use proptest::prelude::*;

use super::discord::{TOKEN, check};
use super::{WITHIN, World, batch, is_back};
use crate::{DiscordConfig, Id, OnRepeat, Target};

/// Sinks of all sorts.
fn configs() -> impl Strategy<Value = fn(DiscordConfig) -> DiscordConfig> {
    let plain: fn(DiscordConfig) -> DiscordConfig = |config| config;
    prop::sample::select(vec![
        plain,
        |config| config.on_repeat(OnRepeat::Edit).username("Watch"),
        |config| {
            config
                .mention(
                    Severity::Critical,
                    [Target::Role(Id::new(42)), Target::User(Id::new(7))],
                )
                .mention(Severity::Info, [Target::User(Id::new(u64::MAX))])
                .silent([Severity::Info])
        },
        |config| {
            config
                .title("{{ severity }}: {{ title }} {{ source }}")
                .body("```\n{{ message }}\n``` {{ context|tojson }} {{ remarks|join('; ') }}")
        },
        |config| {
            config
                .thread_id(Id::new(9))
                .title("{{ message }}")
                .body("{{ message }}{{ message }}")
        },
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_message_is_legal_and_every_alert_is_shown_counted_or_put_back(
        alerts in prop::collection::vec(strategy::any_alert(), 1..40),
        config in configs(),
        per_minute in 0_u16..6,
    ) {
        let world = World::new();
        let config = config(world.config().per_minute(per_minute));
        let mut sink = world.sink(&config);
        let mut rest = alerts;
        while !rest.is_empty() {
            let told = world.discord().told();
            let answers = batch(&mut sink, &rest);
            if let Some(pause) = answers[0].as_ref().err().and_then(|error| error.pause()) {
                prop_assert_eq!(world.discord().told(), told);
                world.clock.advance(pause);
                continue;
            }
            let taken = answers.iter().filter(|answer| answer.is_ok()).count();
            prop_assert_eq!(world.discord().told() - told, taken);
            prop_assert!(taken > 0);
            let back: Vec<Alert> = rest
                .into_iter()
                .zip(&answers)
                .filter_map(|(alert, answer)| is_back(answer).then_some(alert))
                .collect();
            prop_assert_eq!(back.len() + taken, answers.len());
            rest = back;
        }
        for asked in &world.discord().asked {
            prop_assert_eq!(asked.status, 200);
            prop_assert_eq!(check(&asked.body), Ok(()));
            prop_assert!(!asked.body.to_string().contains(TOKEN));
        }
    }

    #[test]
    fn whatever_the_lane_tells_beside_an_alert_the_message_is_legal(
        alert in strategy::any_alert(),
        others in prop::collection::vec(strategy::any_alert(), 0..30),
        texts in (strategy::hostile_text(), strategy::hostile_text(), strategy::hostile_text()),
        late in any::<u32>(),
        config in configs(),
    ) {
        let world = World::new();
        let suppressed = Suppressed::one(Severity::Info, Timestamp::MIN);
        let mut lost = Losses::none();
        lost.shed = u64::from(late);
        let firing = Firing::new(&texts.0, Severity::Critical, Timestamp::MAX, texts.1.clone());
        let why = Fallback::new(texts.2, texts.1);
        let mut digest = Digest::new(&alert);
        others.iter().for_each(|other| digest.add(other));
        let attempt = Attempt::first(WITHIN)
            .with_late_by(Duration::from_secs(u64::from(late)))
            .with_stands_for(&suppressed)
            .with_lost(&lost)
            .with_firing(&firing)
            .with_instead_of(&why);
        let mut sink = world.sink(&config(world.config()));
        prop_assert!(sink.deliver(&alert, &attempt).is_ok());
        let attempt = attempt.with_digest(&digest);
        prop_assert!(sink.deliver(&digest.to_alert(), &attempt).is_ok());
        for asked in &world.discord().asked {
            prop_assert_eq!(check(&asked.body), Ok(()));
        }
        prop_assert_eq!(world.discord().told(), 2 + others.len());
    }
}
