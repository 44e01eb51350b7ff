//! Why there is no answer, in our own words: what a library says of it may hold the URL, or a
//! proxy's password.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use alert_core::{ConfigDuration, SinkError};
use rustls::{AlertDescription, CertificateError};

use crate::code;

/// How far the request had come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// The server may have got a part of it.
    pub(crate) begun: bool,
    pub(crate) proxied: bool,
}

impl Progress {
    fn whom(self) -> &'static str {
        if self.proxied {
            "the proxy"
        } else {
            "the server"
        }
    }
}

/// The attempt's time is over.
pub(crate) fn late(progress: Progress, after: Duration) -> SinkError {
    let after = ConfigDuration::from(Duration::from_millis(
        u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
    ));
    if progress.begun {
        return SinkError::transient(format!("no answer within {after}"))
            .ambiguous()
            .code(code::TIMEOUT);
    }
    let whom = progress.whom();
    SinkError::transient(format!("no connection to {whom} within {after}"))
        .not_sent()
        .code(code::CONNECT)
}

pub(crate) fn of(error: &reqwest::Error, progress: Progress) -> SinkError {
    let causes = Causes::of(error);
    if let Some(tls) = causes.tls {
        return of_tls(tls, progress);
    }
    if error.is_builder() {
        return SinkError::unusable("no request can be made of this URL").not_sent();
    }
    if error.is_connect() || !progress.begun {
        return connecting(error, &causes, progress);
    }
    let garbled = causes.hyper.is_some_and(|error| error.is_parse());
    let (code, text) = match causes.io {
        _ if garbled => (
            code::BAD_ANSWER,
            format!(
                "{} answered with something that is not HTTP",
                progress.whom()
            ),
        ),
        Some(error) => (
            code::NO_ANSWER,
            format!("the connection broke before an answer: {}", error.kind()),
        ),
        None => (
            code::NO_ANSWER,
            "the connection was closed before an answer".to_owned(),
        ),
    };
    SinkError::transient(text).ambiguous().code(code)
}

fn connecting(error: &reqwest::Error, causes: &Causes<'_>, progress: Progress) -> SinkError {
    let whom = progress.whom();
    if error.is_dns() {
        return SinkError::transient(format!("the name of {whom} cannot be resolved"))
            .not_sent()
            .code(code::DNS);
    }
    let kind = causes.io.map(io::Error::kind);
    // What is said where there was nothing to connect to.
    if kind == Some(ErrorKind::NotConnected) {
        return SinkError::transient(format!("the name of {whom} has no address"))
            .not_sent()
            .code(code::DNS);
    }
    let tunnel = "tunnel error: ";
    if let Some(what) = causes.innermost.strip_prefix(tunnel) {
        let (text, unusable) = match what {
            "proxy authorization required" => ("the proxy wants other credentials", true),
            _ => ("the proxy does not let it through", false),
        };
        let error = match unusable {
            true => SinkError::unusable(text),
            false => SinkError::transient(text),
        };
        return error.not_sent().code(code::PROXY);
    }
    let text = match kind {
        _ if error.is_timeout() => format!("no connection to {whom} in time"),
        Some(ErrorKind::ConnectionRefused) => format!("{whom} refused the connection"),
        Some(kind) => format!("no connection to {whom}: {kind}"),
        None => format!("no connection to {whom}"),
    };
    SinkError::transient(text).not_sent().code(code::CONNECT)
}

fn of_tls(error: &rustls::Error, progress: Progress) -> SinkError {
    use AlertDescription as Alert;
    let text = match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::NoCertificatesPresented => "the server showed no certificate",
        // After the handshake it is no sign of another protocol, and the request may have arrived.
        rustls::Error::InvalidMessage(_) if progress.begun => return broken(progress),
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS, check scheme and port",
        rustls::Error::PeerIncompatible(_) | rustls::Error::NoApplicationProtocol => {
            "the server speaks no version of TLS that this client speaks"
        }
        rustls::Error::General(_) | rustls::Error::Other(_) => {
            "the system's trust store cannot be loaded, or is empty: set `ca_file`"
        }
        rustls::Error::AlertReceived(alert) => match alert {
            Alert::CertificateRequired => "the server wants a client certificate",
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::DecryptError
            | Alert::AccessDenied => "the server does not accept the client certificate",
            Alert::UnrecognisedName => "the server does not know the URL's host",
            Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity => {
                "the server speaks no TLS that this client speaks, or wants a client certificate"
            }
            _ => return broken(progress),
        },
        _ => return broken(progress),
    };
    // Whoever refuses a certificate after the handshake has not read the request either.
    SinkError::unusable(text).not_sent().code(code::TLS)
}

fn broken(progress: Progress) -> SinkError {
    let error = SinkError::transient("the TLS connection broke").code(code::TLS);
    match progress.begun {
        true => error.ambiguous(),
        false => error.not_sent(),
    }
}

fn of_certificate(why: &CertificateError) -> &'static str {
    use CertificateError as Why;
    match why {
        Why::Expired | Why::ExpiredContext { .. } => "the server's certificate has expired",
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet, check the clock"
        }
        Why::UnknownIssuer => "the server's certificate is not trusted: set `ca_file`",
        Why::NotValidForName | Why::NotValidForNameContext { .. } => {
            "the server's certificate is for another name"
        }
        Why::Revoked => "the server's certificate has been revoked",
        _ => "the server's certificate is not valid, or not trusted",
    }
}

/// What an error is made of, from the outermost to the innermost.
#[derive(Default)]
struct Causes<'a> {
    tls: Option<&'a rustls::Error>,
    hyper: Option<&'a hyper::Error>,
    /// The innermost.
    io: Option<&'a io::Error>,
    innermost: String,
}

/// A chain that leads to itself must end.
const MOST: usize = 32;

impl<'a> Causes<'a> {
    fn of(error: &'a reqwest::Error) -> Self {
        let mut causes = Self::default();
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        for _ in 0..MOST {
            let Some(error) = next else { break };
            next = error.source();
            if let Some(error) = error.downcast_ref::<io::Error>() {
                causes.io = Some(error);
                // Its source is that of what it holds, which would be skipped.
                if let Some(held) = error.get_ref() {
                    next = Some(held);
                }
            }
            if let Some(error) = error.downcast_ref::<hyper::Error>() {
                causes.hyper = Some(error);
            }
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                causes.tls = Some(error);
            }
            if next.is_none() {
                causes.innermost = error.to_string();
            }
        }
        causes
    }
}

#[cfg(test)]
mod tests {
    use alert_core::ErrorClass;
    use rustls::InvalidMessage;

    use super::*;

    #[test]
    fn a_tls_connection_that_breaks_after_the_request_may_have_carried_it() {
        let error = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
        let of = |begun| {
            let proxied = false;
            of_tls(&error, Progress { begun, proxied })
        };
        assert_eq!(of(false).class(), ErrorClass::Unusable);
        assert_eq!(of(true).class(), ErrorClass::Transient);
        assert!(of(true).is_ambiguous() && !of(false).is_ambiguous());
    }
}
