use alert_core::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;

/// A user and a password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Basic {
    /// The user's name, without a colon. Some services want a token here.
    pub user: Secret,
    /// The password; may be empty.
    pub password: Secret,
}

impl Basic {
    /// This user with this password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: Secret::new(user),
            password: Secret::new(password),
        }
    }

    /// What is wrong with it, without a word of it (RFC 7617, section 2).
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let control = |secret: &Secret| secret.expose().chars().any(char::is_control);
        if self.user.expose().contains(':') {
            return Some(("basic.user", "a user's name cannot hold a colon"));
        }
        if control(&self.user) {
            return Some(("basic.user", "the user's name holds a control character"));
        }
        if control(&self.password) {
            return Some(("basic.password", "the password holds a control character"));
        }
        None
    }

    /// The value of `Authorization`, in UTF-8.
    pub(crate) fn value(&self) -> Secret {
        let both = format!("{}:{}", self.user.expose(), self.password.expose());
        Secret::new(format!("Basic {}", STANDARD.encode(both)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_passes() {
        let basic = Basic::new("Aladdin", "open sesame");
        assert_eq!(basic.value().expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(
            Basic::new("test", "123£").value().expose(),
            "Basic dGVzdDoxMjPCow=="
        );
        assert_eq!(basic.fault(), None);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        assert_eq!(Basic::new("a:b", "").fault().unwrap().0, "basic.user");
        assert_eq!(Basic::new("a\r\nb", "").fault().unwrap().0, "basic.user");
        assert_eq!(Basic::new("a", "b\0").fault().unwrap().0, "basic.password");
    }
}
