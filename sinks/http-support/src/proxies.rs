use std::env;
use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Proxy;
use url::Url;

use crate::Endpoint;

/// The proxies of the environment: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in lower
/// case before upper case. Loopback endpoints are never proxied. `HTTP_PROXY` is not looked at where
/// `REQUEST_METHOD` is set: a CGI program gets it from its caller. `Debug` shows nothing.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Variable,
    https: Variable,
    all: Variable,
    /// Hosts that are asked directly.
    none_for: Option<String>,
}

/// A value and the variable that it is from.
type Variable = Option<(&'static str, String)>;

impl Proxies {
    /// None.
    pub fn none() -> Proxies {
        Proxies::default()
    }

    /// Those of the process's environment. A value that is not UTF-8 names no proxy.
    pub fn from_env() -> Proxies {
        Proxies::from_variables(|name| {
            let value = env::var_os(name)?;
            Some(value.to_string_lossy().into_owned())
        })
    }

    /// Those of the variables that `variable` knows.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Proxies {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = variable(name)?;
                let value = value.trim();
                (!value.is_empty()).then(|| (name, value.to_owned()))
            })
        };
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let upper = if is_cgi { "http_proxy" } else { "HTTP_PROXY" };
        Proxies {
            http: first(["http_proxy", upper]),
            https: first(["https_proxy", "HTTPS_PROXY"]),
            all: first(["all_proxy", "ALL_PROXY"]),
            none_for: first(["no_proxy", "NO_PROXY"]).map(|(_, value)| value),
        }
    }

    /// The one for this endpoint.
    ///
    /// # Errors
    /// What is wrong with the variable; its value is not shown.
    pub(crate) fn of(&self, endpoint: &Endpoint) -> Result<Option<Proxy>, String> {
        let own = match endpoint.is_https() {
            true => &self.https,
            false => &self.http,
        };
        let Some((name, value)) = own.as_ref().or(self.all.as_ref()) else {
            return Ok(None);
        };
        if endpoint.is_loopback() || self.excepts(endpoint) {
            return Ok(None);
        }
        let bad = || format!("the variable {name} names no proxy: write http://HOST:PORT");
        let url = match value.contains("://") {
            true => Url::parse(value),
            false => Url::parse(&format!("http://{value}")),
        };
        let url = url.map_err(|_| bad())?;
        match url.scheme() {
            "http" | "https" if url.has_host() => {}
            "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err(format!(
                    "the variable {name} names a SOCKS proxy, which is not spoken"
                ));
            }
            _ => return Err(bad()),
        }
        Proxy::all(url.as_str()).map(Some).map_err(|_| bad())
    }

    fn excepts(&self, endpoint: &Endpoint) -> bool {
        let (Some(hosts), Ok(uri)) = (&self.none_for, endpoint.url().as_str().parse::<Uri>())
        else {
            return false;
        };
        let any = Matcher::builder().all("http://proxy.invalid");
        any.no(hosts.as_str()).build().intercept(&uri).is_none()
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies(…)")
    }
}
