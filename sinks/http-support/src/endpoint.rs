use std::fmt;
use std::sync::Arc;

use alert_core::Secret;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// A checked `http` or `https` URL. Its `Debug` shows nothing of it: a URL is often a secret. A clone
/// shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<Url>);

impl Endpoint {
    /// Checks a URL. White space around it is dropped, a fragment too.
    ///
    /// # Errors
    /// One line that says what is wrong, without the URL: no URL, another scheme, a user or a
    /// password in it (an error of the server could show them; give them by themselves).
    pub fn parse(url: &Secret) -> Result<Endpoint, String> {
        let text = url.expose().trim();
        if text.is_empty() {
            return Err("the URL is empty".to_owned());
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("the URL holds white space or a control character".to_owned());
        }
        let mut parsed = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => {
                "no URL: it must begin with https:// or http://".to_owned()
            }
            error => format!("no URL: {error}"),
        })?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err("the URL must begin with https:// or http://".to_owned());
        }
        if parsed.host_str().is_none_or(str::is_empty) {
            return Err("the URL names no host".to_owned());
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("the URL holds a user or a password: give them by themselves".to_owned());
        }
        parsed.set_fragment(None);
        Ok(Endpoint(Arc::new(parsed)))
    }

    /// The host's name or address, without the port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it is `https`.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is this machine: a loopback address, `localhost` or a name below it.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            None => false,
        }
    }

    /// The path's segments, decoded. A trailing slash ends in an empty one.
    pub fn segments(&self) -> Vec<String> {
        let segments = self.0.path_segments().into_iter().flatten();
        segments.map(decoded).collect()
    }

    /// The same with these segments at the end of its path, encoded: a slash in one stays in it,
    /// and neither `.` nor `..` leads anywhere.
    #[must_use = "returns the changed endpoint"]
    pub fn with_path_suffix(&self, segments: &[&str]) -> Endpoint {
        let mut url = Url::clone(&self.0);
        // Cannot fail: every http URL has a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Endpoint(Arc::new(url))
    }

    /// The same with one more pair in its query, encoded.
    #[must_use = "returns the changed endpoint"]
    pub fn with_query(&self, key: &str, value: &str) -> Endpoint {
        let mut url = Url::clone(&self.0);
        url.query_pairs_mut().append_pair(key, value);
        Endpoint(Arc::new(url))
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether both begin alike: scheme, host and port.
    pub(crate) fn has_origin_of(&self, other: &Endpoint) -> bool {
        self.0.origin() == other.0.origin()
    }

    /// Where a `Location` leads: scheme, host and port, nothing else of it.
    pub(crate) fn origin_of(&self, location: &str) -> Option<String> {
        let origin = self.0.join(location).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    /// What of it must not be shown: the whole, path with query, and each segment and each value
    /// of the query, as it is and decoded.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let url = &self.0;
        let mut secrets = vec![url.as_str().to_owned()];
        let path = url.path();
        if path != "/" {
            secrets.push(path.to_owned());
            secrets.push(decoded(path));
        }
        if let Some(query) = url.query() {
            secrets.push(format!("{path}?{query}"));
            secrets.push(query.to_owned());
            let raw = query.split('&').filter_map(|pair| pair.split_once('='));
            secrets.extend(raw.map(|(_, value)| value.to_owned()));
            secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        }
        for segment in path.split('/') {
            secrets.push(segment.to_owned());
            secrets.push(decoded(segment));
        }
        secrets
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Endpoint, String> {
        Endpoint::parse(&Secret::new(url))
    }

    fn endpoint(url: &str) -> Endpoint {
        parse(url).unwrap()
    }

    #[test]
    fn what_is_no_http_url_is_refused_without_being_shown() {
        for url in [
            "",
            "  ",
            "hunter2",
            "hunter2.example/x",
            "ftp://hunter2.example",
            "file:///hunter2",
            "http://",
            "https:///",
            "https://hunter2@a.example",
            "https://:hunter2@a.example",
            "https://a.example:99999/hunter2",
            "https://a.example/hunter2\nx",
            "https://a.example/hunter2 x",
            "https://[::hunter2]/",
            "https://exa<mple/hunter2",
        ] {
            let error = parse(url).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(!error.contains('\n') && !error.ends_with('.'), "{error}");
        }
    }

    #[test]
    fn white_space_around_and_a_fragment_are_dropped() {
        let at = endpoint(" https://a.example/x#fragment\n");
        assert_eq!(at.url().as_str(), "https://a.example/x");
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for url in [
            "http://localhost:1/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://127.8.9.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(endpoint(url).is_loopback(), "{url}");
        }
        for url in [
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://[::2]/",
        ] {
            assert!(!endpoint(url).is_loopback(), "{url}");
        }
    }

    #[test]
    fn segments_are_added_as_text_and_lead_nowhere_else() {
        let at = endpoint("https://a.example/base/?wait=true");
        let longer = at.with_path_suffix(&["a/b", "..", ".", "c?d#e", "\u{e9}"]);
        let url = "https://a.example/base/a%2Fb/c%3Fd%23e/%C3%A9?wait=true";
        assert_eq!(longer.url().as_str(), url);
        assert_eq!(longer.segments(), ["base", "a/b", "c?d#e", "\u{e9}"]);
        let root = endpoint("https://a.example").with_path_suffix(&["x"]);
        assert_eq!(root.url().as_str(), "https://a.example/x");
        let asked = at.with_query("thread id", "1&2");
        assert_eq!(asked.url().query(), Some("wait=true&thread+id=1%262"));
        assert_eq!(at.host(), "a.example");
        assert!(at.is_https() && longer.has_origin_of(&at));
        assert!(!endpoint("http://a.example/").has_origin_of(&at));
    }

    #[test]
    fn of_a_location_only_the_origin_is_told() {
        let at = endpoint("https://a.example/base");
        let origin = |location| at.origin_of(location);
        assert_eq!(
            origin("/login?token=x").as_deref(),
            Some("https://a.example")
        );
        let elsewhere = origin("http://user:pass@b.example:8080/x");
        assert_eq!(elsewhere.as_deref(), Some("http://b.example:8080"));
        assert_eq!(origin("javascript:alert(1)"), None);
        assert_eq!(origin("http://["), None);
    }
}
