//! The forms in which people have a webhook's URL, and the one form that is called.

use alert_core::Secret;
use url::Url;

use crate::id;

/// The version of Discord's API that is spoken.
const VERSION: &str = "v10";
const HOSTS: [&str; 2] = ["discord.com", "discordapp.com"];
const PREFIXES: [&str; 3] = ["ptb.", "canary.", "www."];
const SHAPE: &str = "not a Discord webhook's URL: copy it again in the channel's settings, \
                     under Integrations, Webhooks (https://discord.com/api/webhooks/ID/TOKEN)";

/// Whether this is the URL of a Discord webhook, for guessing what sort of sink is meant.
///
/// Strict, so that nothing else is taken for one: `https` on the usual port without user
/// information, the host `discord.com` or `discordapp.com` (or these after `ptb.`, `canary.`,
/// `www.`), the path `/api/webhooks/ID/TOKEN` with or without a version (`/api/v10/…`) and with or
/// without `/slack`, `/github` or a slash at its end. White space around it does not matter. A sink
/// that is configured to be a Discord sink accepts more. Never blocks.
///
/// ```
/// use alert_sink_discord::is_webhook_url;
/// assert!(is_webhook_url("https://discord.com/api/webhooks/123/to-ken"));
/// assert!(!is_webhook_url("https://discord.com.evil.example/api/webhooks/123/to-ken"));
/// ```
pub fn is_webhook_url(url: &str) -> bool {
    let url = url.trim();
    let Some(scheme) = url.get(..8) else {
        return false;
    };
    // The parser would map look-alikes to ASCII, drop white space inside and take a backslash for
    // a slash.
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if !plain || !scheme.eq_ignore_ascii_case("https://") {
        return false;
    }
    let Ok(parsed) = Url::parse(url) else {
        return false;
    };
    // It would also take out `/../`, and decode a host.
    let rest = url[8..].split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.strip_suffix(":443").unwrap_or(host);
    let host = host.strip_suffix(':').unwrap_or(host);
    let as_written = parsed
        .host_str()
        .is_some_and(|h| h.eq_ignore_ascii_case(host))
        && parsed.path() == path;
    let place = Place::of(path);
    as_written && is_official(&parsed) && place.is_some_and(|place| place.prefix.is_empty())
}

/// Whether it leads to a host of Discord's own.
fn is_official(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let prefix = PREFIXES.iter().find_map(|p| host.strip_prefix(p));
    HOSTS.contains(&prefix.unwrap_or(host))
}

/// The parts of a webhook's path.
struct Place<'a> {
    /// What a proxy has before `/api`, without a slash at its end.
    prefix: &'a str,
    id: &'a str,
    token: &'a str,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Option<Place<'a>> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path
            .strip_suffix("/slack")
            .or_else(|| path.strip_suffix("/github"))
            .unwrap_or(path);
        let (rest, token) = path.rsplit_once('/')?;
        let (rest, id) = rest.rsplit_once('/')?;
        let rest = rest.strip_suffix("/webhooks")?;
        let prefix = match rest.strip_suffix("/api") {
            Some(prefix) => prefix,
            None => {
                let (rest, version) = rest.rsplit_once('/')?;
                let number = version.strip_prefix('v')?;
                let is_version = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
                rest.strip_suffix("/api").filter(|_| is_version)?
            }
        };
        let in_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        // Of dots alone it would be a way through folders.
        let is_token = token.bytes().all(in_token) && token.bytes().any(|b| b != b'.');
        let sound = id::is_digits(id) && is_token;
        sound.then_some(Place { prefix, id, token })
    }
}

/// A webhook's URL, brought to the versioned path. Its Debug shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    /// `https://discord.com/api/v10/webhooks/ID/TOKEN`, with what a proxy wants in the query.
    url: Url,
    place: String,
    token: Secret,
    thread: Option<String>,
    official: bool,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook(…)")
    }
}

impl Webhook {
    /// Reads what is configured: every documented form, on any host (a compatible proxy), `http` on
    /// loopback only. The error names no part of it.
    pub(crate) fn parse(url: &Secret) -> Result<Webhook, String> {
        let mut url = Url::parse(url.expose().trim()).map_err(|_| SHAPE.to_owned())?;
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(SHAPE.to_owned()),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(
                    "is not encrypted, and whoever sees the URL can write to the channel: \
                     write https (http is for loopback)"
                        .to_owned(),
                );
            }
            _ => return Err(SHAPE.to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user or a password, which Discord does not know".to_owned());
        }
        let path = url.path().to_owned();
        let place = Place::of(&path).ok_or_else(|| SHAPE.to_owned())?;
        let official = is_official(&url);
        let (threads, others): (Vec<_>, Vec<_>) = url
            .query_pairs()
            .into_owned()
            .filter(|(key, _)| key != "wait" && key != "with_components")
            .partition(|(key, _)| key == "thread_id");
        let thread = threads.into_iter().next().map(|(_, id)| id);
        if thread.as_deref().is_some_and(|id| !id::is_digits(id)) {
            return Err("has a `thread_id` that is not a number".to_owned());
        }
        url.set_fragment(None);
        url.set_query(None);
        if official {
            // The other hosts lead to the same webhooks, one of them under a limit more.
            let _ = url.set_host(Some(HOSTS[0]));
        } else if !others.is_empty() {
            // A proxy may know its users by it.
            url.query_pairs_mut().extend_pairs(others);
        }
        url.set_path(&format!(
            "{}/api/{VERSION}/webhooks/{}/{}",
            place.prefix, place.id, place.token
        ));
        let port = url.port_or_known_default().unwrap_or_default();
        let key = format!("{}:{port}/{}", url.host_str().unwrap_or_default(), place.id);
        Ok(Webhook {
            place: key,
            token: Secret::new(place.token),
            thread,
            official,
            url,
        })
    }

    /// Which webhook this is, in a form without its token: what limits are kept by.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The path's secret part.
    pub(crate) fn token(&self) -> &Secret {
        &self.token
    }

    /// The thread that the URL itself names.
    pub(crate) fn thread(&self) -> Option<&str> {
        self.thread.as_deref()
    }

    /// Whether the host is Discord's own.
    pub(crate) fn is_official(&self) -> bool {
        self.official
    }

    /// Where a message is posted, with the message back as the answer.
    pub(crate) fn post(&self, thread: Option<&str>) -> Secret {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("wait", "true");
        Self::with_thread(url, thread)
    }

    /// Where a message is edited.
    pub(crate) fn edit(&self, message: &str, thread: Option<&str>) -> Secret {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/messages/{message}", self.url.path()));
        Self::with_thread(url, thread)
    }

    fn with_thread(mut url: Url, thread: Option<&str>) -> Secret {
        if let Some(thread) = thread {
            url.query_pairs_mut().append_pair("thread_id", thread);
        }
        Secret::new(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts_to(url: &str) -> String {
        let webhook = Webhook::parse(&Secret::new(url)).unwrap();
        webhook.post(webhook.thread()).expose().to_owned()
    }

    const POST: &str = "https://discord.com/api/v10/webhooks/12/to-K_e.n?wait=true";

    #[test]
    fn every_documented_form_is_recognised_and_brought_to_the_versioned_path() {
        for form in [
            "https://discord.com/api/webhooks/12/to-K_e.n",
            "  https://discord.com/api/webhooks/12/to-K_e.n\n",
            "https://discord.com:443/api/webhooks/12/to-K_e.n/",
            "HTTPS://Discord.COM/api/webhooks/12/to-K_e.n",
            "https://discord.com/api/v10/webhooks/12/to-K_e.n",
            "https://discord.com/api/v6/webhooks/12/to-K_e.n",
            "https://discordapp.com/api/webhooks/12/to-K_e.n",
            "https://ptb.discord.com/api/webhooks/12/to-K_e.n",
            "https://canary.discord.com/api/v8/webhooks/12/to-K_e.n",
            "https://www.discordapp.com/api/webhooks/12/to-K_e.n",
            "https://discord.com/api/webhooks/12/to-K_e.n/slack",
            "https://discord.com/api/webhooks/12/to-K_e.n/github/",
            "https://discord.com/api/webhooks/12/to-K_e.n?wait=false",
        ] {
            assert!(is_webhook_url(form), "{form}");
            assert_eq!(posts_to(form), POST, "{form}");
        }
    }

    #[test]
    fn what_is_no_webhook_is_not_taken_for_one() {
        for form in [
            "",
            "https://",
            "é",
            "https://discord.gg/abc",
            "https://discord.com/channels/1/2",
            "https://discord.com/api/channels/1/webhooks",
            "https://discord.com/api/webhooks/12",
            "https://discord.com/api/webhooks/12/",
            "https://discord.com/api/webhooks/twelve/token",
            "https://discord.com/api/webhooks/12/...",
            "https://discord.com/api/v/webhooks/12/token",
            "https://discord.com/api/webhooks/12/token/messages",
            "https://discord.com/proxy/api/webhooks/12/token",
            "https://discord.com.evil.example/api/webhooks/12/token",
            "https://evil.example/?u=https://discord.com/api/webhooks/12/token",
            "https://a:b@discord.com/api/webhooks/12/token",
            "https://discord.com@evil.example/api/webhooks/12/token",
            "https://discord.com:8443/api/webhooks/12/token",
            "http://discord.com/api/webhooks/12/token",
            "https:discord.com/api/webhooks/12/token",
            "https://discord.com\\api\\webhooks\\12\\token",
            "https://discord.com/api/web\nhooks/12/token",
            "https://ｄiscord.com/api/webhooks/12/token",
            "https://beta.discord.com/api/webhooks/12/token",
            "https://disc%6Frd.com/api/webhooks/12/token",
            "https://discord.com:0443/api/webhooks/12/token",
            "https://discord.com/x/../api/webhooks/12/token",
            "https://discord.com/api/webhooks/18446744073709551616/token",
        ] {
            assert!(!is_webhook_url(form), "{form}");
        }
    }

    #[test]
    fn a_configured_sink_takes_any_host_but_http_on_loopback_only() {
        assert_eq!(
            posts_to(
                "http://127.0.0.1:8080/relay/api/v9/webhooks/12/t?key=a%20b&wait=0&with_components=true&thread_id=7"
            ),
            "http://127.0.0.1:8080/relay/api/v10/webhooks/12/t?key=a+b&wait=true&thread_id=7"
        );
        for loopback in [
            "http://localhost:1",
            "http://[::1]",
            "https://relay.example",
        ] {
            let webhook = Webhook::parse(&Secret::new(format!("{loopback}/api/webhooks/12/t")));
            assert!(!webhook.unwrap().is_official(), "{loopback}");
        }
        for wrong in [
            "http://relay.example/api/webhooks/12/s3cret",
            "ftp://discord.com/api/webhooks/12/s3cret",
            "https://discord.com/api/webhooks/12/s3cret/x",
            "https://u:s3cret@discord.com/api/webhooks/12/t",
            "https://discord.com/api/webhooks/12/s3cret?thread_id=x",
            "s3cret",
        ] {
            let error = Webhook::parse(&Secret::new(wrong)).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_thread_in_the_url_is_kept_and_messages_have_a_path_of_their_own() {
        let url = "https://discord.com/api/webhooks/12/to-K_e.n?thread_id=9";
        let webhook = Webhook::parse(&Secret::new(url)).unwrap();
        assert_eq!(webhook.thread(), Some("9"));
        assert_eq!(
            webhook.post(Some("9")).expose(),
            format!("{POST}&thread_id=9")
        );
        assert_eq!(
            webhook.edit("5", Some("9")).expose(),
            "https://discord.com/api/v10/webhooks/12/to-K_e.n/messages/5?thread_id=9"
        );
        assert!(webhook.edit("5", None).expose().ends_with("/messages/5"));
        assert_eq!(webhook.place(), "discord.com:443/12");
        assert_eq!(format!("{webhook:?}"), "Webhook(…)");
    }
}
