use std::fmt;

use alert_core::{Secret, SinkError};
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::Endpoint;

/// How a request acts on its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    pub(crate) fn into_reqwest(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

/// One request. What is wrong with a header is told when it is sent. A clone shares the body.
/// `Debug` shows neither URL nor headers nor body.
#[derive(Clone)]
#[must_use = "send it"]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) reads_body: bool,
    /// The values of secret headers, to be masked.
    pub(crate) secrets: Vec<String>,
    trouble: Option<String>,
}

/// Those that frame the message: a second one of them would forge another.
const FRAMING: [&str; 6] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Request {
    /// A request without headers and without a body.
    pub fn new(method: Method, endpoint: &Endpoint) -> Request {
        Request {
            method,
            endpoint: endpoint.clone(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            reads_body: true,
            secrets: Vec::new(),
            trouble: None,
        }
    }

    /// With this header instead of one of the same name. The value may hold visible ASCII, spaces
    /// and tabs; spaces around it are dropped.
    pub fn header(self, name: &str, value: &str) -> Request {
        self.set(name, value, false)
    }

    /// The same for a value that must not be shown: it is masked in answers and in errors, whole
    /// and word by word.
    pub fn secret_header(self, name: &str, value: &Secret) -> Request {
        self.set(name, value.expose(), true)
    }

    /// With this body and this `Content-Type`.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
        self.body = Bytes::from(body.into());
        self.set(CONTENT_TYPE.as_str(), content_type, false)
    }

    /// With this JSON text as the body.
    pub fn json(self, body: impl Into<Vec<u8>>) -> Request {
        self.body("application/json", body)
    }

    /// Whether the answer's body is needed. If not, a slow one is waited for no longer than a
    /// second. Default: yes.
    pub fn reads_body(mut self, reads: bool) -> Request {
        self.reads_body = reads;
        self
    }

    /// How it acts.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The bytes of the body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Whether it has this header.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The `Content-Type`, if there is a body.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    fn set(mut self, name: &str, value: &str, secret: bool) -> Request {
        let lower = name.to_ascii_lowercase();
        let value = value.trim_matches([' ', '\t']);
        if secret {
            self.secrets.push(value.to_owned());
            self.secrets
                .extend(value.split_whitespace().map(str::to_owned));
        }
        let name = HeaderName::from_bytes(lower.as_bytes());
        // Beyond ASCII a header has no encoding that both sides agree on.
        let given = Some(value).filter(|value| value.is_ascii());
        match (name, given.map(HeaderValue::from_str)) {
            (Ok(name), Some(Ok(mut value))) if !FRAMING.contains(&name.as_str()) => {
                value.set_sensitive(secret);
                self.headers.insert(name, value);
            }
            (Ok(name), Some(Ok(_))) => {
                self.fail(format!("the header `{name}` is not the sink's to set"))
            }
            (Ok(name), _) => self.fail(format!(
                "the header `{name}` would hold a character that no header may hold"
            )),
            (Err(_), _) => self.fail("a header's name holds a character that none may hold".into()),
        }
        self
    }

    fn fail(&mut self, trouble: String) {
        self.trouble.get_or_insert(trouble);
    }

    /// Whether a repetition is told from a second request.
    pub(crate) fn is_keyed(&self) -> bool {
        let keys = ["idempotency-key", "x-idempotency-key"];
        keys.iter().any(|key| self.has_header(key))
    }

    pub(crate) fn trouble(&self) -> Option<SinkError> {
        let text = self.trouble.clone()?;
        Some(SinkError::rejected(text).not_sent().code("request"))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
