//! What the URL of a webhook tells about the service behind it.

/// The type of sinks that speaks to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Webhook {
    /// A webhook of Discord, which wants messages of its own form.
    Discord,
    /// Any other.
    Generic,
}

impl Webhook {
    /// `None`: it is no http or https URL.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let parts = Parts::of(url)?;
        // Whoever reads a URL may take other characters for these.
        let is_plain = url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        Some(match is_plain && parts.is_discord() {
            true => Self::Discord,
            false => Self::Generic,
        })
    }
}

/// A URL as it is written: what an escape or a dot segment stands for is not looked at, so what is
/// taken for Discord's is Discord's.
struct Parts<'a> {
    is_https: bool,
    /// With what else stands between the slashes.
    authority: &'a str,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if !(is_https || scheme.eq_ignore_ascii_case("http")) || rest.contains(odd) {
            return None;
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let is_host = !host.is_empty() && !host.starts_with(':');
        let path = rest.split(['?', '#']).next().unwrap_or(rest);
        is_host.then_some(Self {
            is_https,
            authority,
            path,
        })
    }

    fn is_discord(&self) -> bool {
        let (host, port) = self
            .authority
            .split_once(':')
            .unwrap_or((self.authority, ""));
        self.is_https && matches!(port, "" | "443") && is_discords(host) && is_webhook(self.path)
    }
}

/// Also of its test builds.
fn is_discords(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let mut builds = ["ptb.", "canary.", "www."].into_iter();
    let domain = builds.find_map(|build| host.strip_prefix(build));
    matches!(domain.unwrap_or(&host), "discord.com" | "discordapp.com")
}

/// `/api/webhooks/ID/TOKEN`, perhaps with a version of the API, and with what makes Discord read
/// the messages of another service.
fn is_webhook(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = path.split('/').skip(1).peekable();
    let begins = path.starts_with('/') && segments.next() == Some("api");
    let is_version = |segment: &&str| segment.strip_prefix('v').is_some_and(is_number);
    segments.next_if(is_version);
    let is_named = segments.next() == Some("webhooks")
        && segments.next().is_some_and(is_id)
        && segments.next().is_some_and(is_token);
    segments.next_if(|segment| matches!(*segment, "slack" | "github"));
    begins && is_named && segments.next().is_none()
}

/// Of a thing of Discord: a number of 64 bits.
fn is_id(text: &str) -> bool {
    is_number(text) && text.parse::<u64>().is_ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_token(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    // Of dots alone, it is a way through folders.
    text.bytes().all(may_be) && text.bytes().any(|byte| byte != b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Webhook;

    #[test]
    fn a_webhook_of_discord_is_known_by_its_url() {
        for url in [
            "https://discord.com/api/webhooks/1/x",
            "https://discord.com/api/webhooks/123456789012345678/aZ0-_.x/",
            "https://ptb.discord.com/api/webhooks/1/x",
            "https://canary.discord.com/api/v9/webhooks/1/x?wait=true",
            "https://www.discordapp.com/api/webhooks/1/x?thread_id=2#f",
            "HTTPS://DISCORDAPP.com:443/api/v10/webhooks/1/x/slack",
            "https://discord.com/api/webhooks/1/x/github/",
        ] {
            assert_eq!(Webhook::of(url), Some(Webhook::Discord), "{url}");
        }
    }

    #[test]
    fn what_only_looks_like_discord_is_any_other_webhook() {
        for url in [
            "http://discord.com/api/webhooks/1/x",
            "https://discord.gg/api/webhooks/1/x",
            "https://discord.com/channels/1/2",
            "https://discord.com/api/channels/1/webhooks",
            "https://discord.com/api/webhooks/1",
            "https://discord.com/api/webhooks/1/",
            "https://discord.com/api/webhooks/1//",
            "https://discord.com/api/webhooks/1/x/y",
            "https://discord.com/api/webhooks/1/x//",
            "https://discord.com/api/webhooks/one/x",
            "https://discord.com/api/webhooks/18446744073709551616/x",
            "https://discord.com/api/webhooks/1/..",
            "https://discord.com/api/webhooks/1/a%2Fb",
            "https://discord.com/api/v/webhooks/1/x",
            "https://discord.com/api/v10/v10/webhooks/1/x",
            "https://discord.com/API/webhooks/1/x",
            "https://discord.com//api/webhooks/1/x",
            r"https://discord.com\api\webhooks\1\x",
            "https://ｄiscord.com/api/webhooks/1/x",
            "https://discord.com/api/webhooks/1/x?q=é",
            "https://discord.com:8443/api/webhooks/1/x",
            "https://u@discord.com/api/webhooks/1/x",
            "https://discord.com:443@evil.example/api/webhooks/1/x",
            "https://discord.com@evil.example/api/webhooks/1/x",
            "https://discord.com.evil.example/api/webhooks/1/x",
            "https://discord.com./api/webhooks/1/x",
            "https://notdiscord.com/api/webhooks/1/x",
            "https://evil.discord.com/api/webhooks/1/x",
            "https://ptb.canary.discord.com/api/webhooks/1/x",
            "https://evil.example/discord.com/api/webhooks/1/x",
            "https://evil.example/?https://discord.com/api/webhooks/1/x",
            "https://discord.com?/api/webhooks/1/x",
            "https://discord.com#/api/webhooks/1/x",
            "https://discord.com",
            "http://localhost:8080/hook",
            "https://[::1]:8443/",
        ] {
            assert_eq!(Webhook::of(url), Some(Webhook::Generic), "{url}");
        }
    }

    #[test]
    fn what_is_no_http_url_is_no_webhook() {
        for text in [
            "",
            "discord.com/api/webhooks/1/x",
            "ftp://discord.com/api/webhooks/1/x",
            "mailto:ann@example.org",
            "https:/discord.com/api/webhooks/1/x",
            "https://",
            "https:///path",
            "https://:80/",
            "https://ann@/",
            "https://example.org/a b",
            "https://example.org/\n",
            " https://example.org/",
            "see https://example.org/",
        ] {
            assert_eq!(Webhook::of(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_before_or_behind_the_host_makes_it_discords(
            before in "[a-z@:.%/?#-]{1,12}",
            behind in "[a-z@:.%-]{1,12}",
        ) {
            let allowed = ["ptb.", "canary.", "www."].contains(&before.as_str());
            prop_assume!(!allowed && !matches!(behind.as_str(), ":"));
            for url in [
                format!("https://{before}discord.com/api/webhooks/1/x"),
                format!("https://discord.com{behind}/api/webhooks/1/x"),
            ] {
                prop_assert_ne!(Webhook::of(&url), Some(Webhook::Discord), "{}", url);
            }
        }
    }
}
