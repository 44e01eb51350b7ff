use std::path::PathBuf;

use alert_core::{ConfigDuration, Findings};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Endpoint, tls};

/// The `http = { … }` table that every sink which speaks HTTP has in its config. Every key may be
/// left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HttpConfig {
    /// How long a connection may take to be made: name, TCP, proxy and TLS together. Default 5 s,
    /// and never longer than the attempt.
    pub connect_timeout: ConfigDuration,
    /// A PEM file with certificates of authorities to trust beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with the certificate (and its chain) that the client shows; needs `client_key`.
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with the private key of `client_certificate`.
    pub client_key: Option<PathBuf>,
    /// Allows credentials over plain `http` to another host. Whoever is on the way can read them.
    pub allow_insecure: bool,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: ConfigDuration::from_secs(5),
            ca_file: None,
            client_certificate: None,
            client_key: None,
            allow_insecure: false,
        }
    }
}

impl HttpConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this bound for making a connection; zero is read as the default.
    #[must_use = "returns the changed config"]
    pub fn connect_timeout(mut self, within: ConfigDuration) -> Self {
        self.connect_timeout = within;
        self
    }

    /// With the authorities of this PEM file beside those of the system.
    #[must_use = "returns the changed config"]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// With this certificate, and its key, to show to the server; both PEM files.
    #[must_use = "returns the changed config"]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.client_certificate = Some(certificate.into());
        self.client_key = Some(key.into());
        self
    }

    /// With credentials allowed over plain `http` to another host.
    #[must_use = "returns the changed config"]
    pub fn allow_insecure(mut self) -> Self {
        self.allow_insecure = true;
        self
    }

    /// Finds what does not fit together, at keys below `http`: half a client certificate, files
    /// that cannot be read, and credentials over plain `http` to another host, which need
    /// `allow_insecure = true`. A URL counts as credentials when its path or query authorizes.
    /// Reads the files, so it may block.
    pub fn check(&self, endpoint: &Endpoint, carries_credentials: bool, found: &mut Findings) {
        if let Err(mistake) = tls::read(self) {
            found.error(mistake.key, mistake.text);
        }
        if let Some(text) = self.insecure(endpoint, carries_credentials) {
            found.error("http.allow_insecure", text);
        }
        if self.connect_timeout.is_zero() {
            found.error("http.connect_timeout", "must be above zero");
        }
        if !endpoint.is_https() && self.client_certificate.is_some() {
            found.warning(
                "http.client_certificate",
                "is not shown over plain http: use an https URL",
            );
        }
    }

    fn insecure(&self, endpoint: &Endpoint, carries_credentials: bool) -> Option<&'static str> {
        let open = carries_credentials
            && !self.allow_insecure
            && !endpoint.is_https()
            && !endpoint.is_loopback();
        open.then_some(
            "credentials would go over plain http to another host: use https, or set `allow_insecure = true`",
        )
    }
}

#[cfg(test)]
mod tests {
    use alert_core::Secret;
    use serde_json::json;

    use super::*;

    fn read(table: serde_json::Value) -> Result<HttpConfig, serde_json::Error> {
        serde_json::from_value(table)
    }

    fn refuses(config: &HttpConfig, url: &str, carries_credentials: bool) -> bool {
        let endpoint = Endpoint::parse(&Secret::new(url)).unwrap();
        let mut found = Findings::new();
        config.check(&endpoint, carries_credentials, &mut found);
        found.has_errors()
    }

    #[test]
    fn nothing_need_be_given() {
        assert_eq!(read(json!({})).unwrap(), HttpConfig::new());
        let all = read(json!({
            "connect_timeout": "2s",
            "ca_file": "/ca.pem",
            "client_certificate": "/own.pem",
            "client_key": "/own.key",
            "allow_insecure": true,
        }));
        let expected = HttpConfig::new()
            .connect_timeout(ConfigDuration::from_secs(2))
            .ca_file("/ca.pem")
            .client_certificate("/own.pem", "/own.key")
            .allow_insecure();
        assert_eq!(all.unwrap(), expected);
        assert!(read(json!({ "timeout": "1s" })).is_err());
    }

    #[test]
    fn every_key_of_the_schema_is_described() {
        let schema = alert_core::schema_of::<HttpConfig>();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.len(), 5);
        assert!(keys.values().all(|place| place["description"].is_string()));
    }

    #[test]
    fn credentials_over_plain_http_to_another_host_must_be_allowed() {
        let config = HttpConfig::new();
        assert!(refuses(&config, "http://a.example/", true));
        assert!(!refuses(
            &config.clone().allow_insecure(),
            "http://a.example/",
            true
        ));
        assert!(!refuses(&config, "http://a.example/", false));
        assert!(!refuses(&config, "https://a.example/", true));
        assert!(!refuses(&config, "http://localhost/", true));
    }

    #[test]
    fn a_connection_needs_some_time() {
        let config = HttpConfig::new().connect_timeout(ConfigDuration::from_secs(0));
        assert!(refuses(&config, "https://a.example/", false));
    }
}
