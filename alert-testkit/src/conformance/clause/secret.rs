use alert_core::{SinkConfig, SinkError};
use serde_json::Value;

use super::alerts;
use crate::conformance::hand::{ATTEMPT, Hand, whole};
use crate::{Outage, Rig, Skip};
use std::time::Duration;

/// A secret is in no debug output, no error and no record.
///
/// # Errors
/// If the schema marks none as secret and the rig names none.
///
/// # Panics
/// If one shows, or the schema marks secrets and the rig names none.
pub fn no_secret_shows<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let secrets = rig.secrets();
    if secrets.is_empty() {
        let marked = has_secret(&R::Config::schema());
        assert!(
            !marked,
            "the schema marks a secret: the rig must name its text in `secrets`"
        );
        return Err(Skip::because("the sink has no secret"));
    }
    let mut said = vec![format!("{0:?} {0:#?}", rig.config())];
    let hand = Hand::of(rig.config());
    let alerts = alerts(&rig, 0, 2);
    note(&mut said, hand.open(ATTEMPT).err());
    note(&mut said, hand.deliver(&alerts[0]).err());
    // A deadline in the past, and an outage, bring errors about.
    note(
        &mut said,
        hand.attempt(&alerts[1], Duration::ZERO, None).err(),
    );
    if let Ok(outage) = rig.outage() {
        note(&mut said, hand.deliver(&alerts[1]).err());
        note(&mut said, hand.flush(ATTEMPT).err());
        note(&mut said, hand.open(ATTEMPT).err());
        outage.end();
    }
    hand.drop_sink();
    said.extend(rig.read_back());
    for text in said {
        for secret in &secrets {
            // The text of this panic goes to a log too.
            let shown = text.replace(secret.as_str(), "[SECRET]");
            assert!(shown == text, "a secret shows: {shown}");
        }
    }
    Ok(())
}

fn note(said: &mut Vec<String>, error: Option<SinkError>) {
    said.extend(error.map(|error| format!("{} {error:?}", whole(&error))));
}

fn has_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => {
            object.get("writeOnly") == Some(&Value::Bool(true)) || object.values().any(has_secret)
        }
        Value::Array(items) => items.iter().any(has_secret),
        _ => false,
    }
}
