//! The headers that a config asks for, and what speaks against each.

use std::collections::BTreeSet;

use alert_core::{Findings, Secret};

use crate::signature::SIGNATURE_HEADERS;
use crate::{WebhookConfig, header};

/// Those of `headers`, and `Authorization`.
pub(crate) fn headers(config: &WebhookConfig, found: &mut Findings) -> Vec<(String, Secret)> {
    let mut headers = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, value) in &config.headers {
        if let Some(fault) = header::fault(name, value) {
            // What is no name may be a value in the wrong place.
            let shown = if header::is_token(name) {
                name
            } else {
                "a header"
            };
            found.error("headers", format!("{shown}: {fault}"));
            continue;
        }
        let lower = name.to_ascii_lowercase();
        if SIGNATURE_HEADERS.contains(&&*lower) && !config.signing_secrets.is_empty() {
            found.error("headers", format!("{name}: the signature sets it"));
        }
        if lower == config.idempotency_header.to_ascii_lowercase() {
            found.error(
                "headers",
                format!("{name}: it holds the idempotency key (`idempotency_header`)"),
            );
        }
        if lower == "authorization" && (config.bearer.is_some() || config.basic.is_some()) {
            found.error(
                "headers",
                format!("{name}: `bearer` or `basic` sets it already"),
            );
        }
        if !seen.insert(lower) {
            found.error("headers", format!("{name} is there twice, in another case"));
        }
        headers.push((name.clone(), value.clone()));
    }
    headers.extend(authorization(config, found).map(|value| ("Authorization".to_owned(), value)));
    headers
}

fn authorization(config: &WebhookConfig, found: &mut Findings) -> Option<Secret> {
    if config.bearer.is_some() && config.basic.is_some() {
        found.error(
            "basic",
            "there is a `bearer` too: a request has one of them",
        );
    }
    if let Some(token) = &config.bearer {
        let text = token.expose();
        // RFC 6750, section 2.1, as far as it matters: one word.
        if text.is_empty() {
            found.error("bearer", "the token is empty");
        } else if text.starts_with("Bearer ") {
            found.error(
                "bearer",
                "give the token alone, without the word in front of it",
            );
        } else if text.contains([' ', '\t']) || header::value_fault(text).is_some() {
            found.error(
                "bearer",
                "this is no token: it holds white space or characters that are not printable ASCII",
            );
        }
        return Some(Secret::new(format!("Bearer {text}")));
    }
    let basic = config.basic.as_ref()?;
    if let Some((key, fault)) = basic.fault() {
        found.error(key, fault);
    }
    Some(basic.value())
}
