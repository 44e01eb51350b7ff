use std::str;

/// A request that a server has read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub(super) connection: usize,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// The method, `POST` say, as it was written.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The target as it was written: path and query, undecoded; at a proxy a
    /// whole URL, or host and port.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The value of the first header of this name, upper or lower case alike.
    /// What is not UTF-8 in it is replaced.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// Every header in its order, names as they were written.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body without its transfer coding.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        match str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body of {} is no text: {error}", self.line()),
        }
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the body of {} is no JSON: {error}", self.line()),
        }
    }

    /// Over which connection it came, counted from 0.
    pub fn connection(&self) -> usize {
        self.connection
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// Whether the client may send another on its connection.
    pub(super) fn keeps_alive(&self) -> bool {
        let wish = self.header("connection").unwrap_or_default();
        let says = |word| {
            wish.split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(word))
        };
        match self.version.as_str() {
            "HTTP/1.0" => says("keep-alive"),
            _ => !says("close"),
        }
    }
}
