//! What must not be shown is not shown.

mod common;

use alert_core::Secret;
use alert_http_support::{Client, Endpoint, Method, Request};
use alert_testkit::http::{HttpServer, Received, Reply};
use common::{PATH, ask, client, endpoint, in_time, post};

const TOKEN: &str = "t0k3n \"with\" quotes/and=more";

fn answered(request: impl Fn(&Endpoint) -> Request, reply: Reply) -> String {
    let server = HttpServer::start([reply]);
    let at = endpoint(&server.url(PATH));
    let mut client: Client = client(&at).hide(&Secret::new(TOKEN));
    let answer = client.send(request(&at), in_time()).unwrap();
    let error = answer.verdict().unwrap_err();
    [
        answer.shown(),
        answer.told(),
        error.to_string(),
        format!("{error:?} {answer:?}"),
    ]
    .join("\n")
}

#[test]
fn a_service_that_echoes_the_request_gives_nothing_away() {
    let request = |at: &Endpoint| {
        post(at)
            .header("x-plain", "plain-value")
            .secret_header("authorization", &Secret::new("Bearer b34rer-value"))
    };
    let shown = answered(request, Reply::echo().with_status(400));
    assert!(shown.contains("plain-value"), "{shown}");
    for secret in ["b34rer", "t0ps3cret", "qu3ry", "/hooks/"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let json = serde_json::json!({ "message": TOKEN, "other": 1 });
    let encoded = "t0k3n%20%22with%22%20quotes%2Fand%3Dmore";
    let form = "t0k3n+%22with%22+quotes%2Fand%3Dmore";
    for reply in [
        Reply::status(400).json(json.clone()),
        Reply::status(400).body(format!("oops: {json}")),
        Reply::status(400).body(TOKEN),
        Reply::status(400).body(json.to_string().replace('/', "\\/")),
        Reply::status(400).body(TOKEN.replace('"', "&quot;")),
        Reply::status(400).body(encoded),
        Reply::status(400).body(form),
        Reply::status(400).body(format!("{}{TOKEN}", "x".repeat(240))),
    ] {
        let shown = answered(post, reply);
        assert!(
            !shown.contains("t0k3n") && !shown.contains("quotes"),
            "{shown}"
        );
    }
}

#[test]
fn a_part_of_the_url_is_found_decoded_too() {
    let server = HttpServer::answering(|_: &Received| {
        Reply::status(400).body("no hook a secret name, no \u{e9}t\u{e9}-secret here")
    });
    let at = endpoint(&server.url("/a%20secret%20name"));
    let query = at.with_query("k", "\u{e9}t\u{e9}-secret");
    let answer = client(&at)
        .send(Request::new(Method::Get, &query), in_time())
        .unwrap();
    assert_eq!(answer.shown(), "no hook [redacted], no [redacted] here");
}

#[test]
fn a_redirect_to_a_host_that_is_a_secret_does_not_show_it() {
    let reply = Reply::redirect(302, "https://t0ps3cret-token.example/x");
    let error = ask(reply, in_time()).unwrap().verdict().unwrap_err();
    assert!(!error.to_string().contains("t0ps3cret"), "{error}");
}

#[test]
fn what_a_service_says_of_itself_comes_first() {
    let shown = |body: &str| {
        ask(Reply::status(400).body(body), in_time())
            .unwrap()
            .shown()
    };
    assert_eq!(
        shown(r#"{"a":1,"message":"no such\nroom"}"#),
        "no such room"
    );
    assert_eq!(shown(r#"{"error":{"message":"deep"}}"#), "deep");
    assert_eq!(shown(r#"{"errors":["first","second"]}"#), "first");
    assert_eq!(shown(r#"{"error":5}"#), r#"{"error":5}"#);
    assert_eq!(shown("  plain\r\n text "), "plain text");
    assert_eq!(shown(""), "");
}

#[test]
fn no_debug_shows_anything() {
    let server = HttpServer::start([Reply::status(200)]);
    let at = endpoint(&server.url(PATH));
    let request = post(&at).secret_header("x-token", &Secret::new("b34rer-value"));
    let client = client(&at).hide(&Secret::new(TOKEN));
    let shown = format!("{at:?} {request:?} {client:?}");
    for secret in ["b34rer", "t0k3n", "127.0.0.1", "hooks"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_password_of_basic_authentication_is_found_by_itself() {
    let request = |at: &Endpoint| {
        // user:correct horse
        post(at).secret_header(
            "authorization",
            &Secret::new("Basic dXNlcjpjb3JyZWN0IGhvcnNl"),
        )
    };
    for reply in [
        Reply::echo().with_status(400),
        Reply::status(400).body("no user with `correct horse`"),
        Reply::status(400).body("you sent /YTpjb3JyZWN0IGhvcnNl, or so"),
    ] {
        let shown = answered(request, reply);
        assert!(shown.contains("[redacted]"), "{shown}");
        for secret in ["dXNlcjp", "correct", "b3JyZWN0"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn of_an_answer_that_breaks_off_no_half_of_a_secret_is_shown() {
    let broken = Reply::status(400)
        .header("content-length", "1000")
        .body("x x x t0ps3cret-tok")
        .then_close();
    let shown = answered(post, broken);
    assert!(
        shown.contains("x x x") && !shown.contains("t0ps"),
        "{shown}"
    );
    // Where what is read ends, in the midst of the token of the URL.
    let long = "x ".repeat((64 << 10) / 2 - 5) + "t0ps3cret-token";
    let shown = answered(post, Reply::status(400).body(long));
    assert!(
        shown.contains("x x x") && !shown.contains("t0ps"),
        "{shown}"
    );
}
