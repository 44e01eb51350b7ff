//! How much memory an answer may cost. Alone in its process, since that is measured whole.
#![cfg(target_os = "linux")]

mod common;

use std::fs;

use alert_testkit::http::{HttpServer, Reply};
use common::{PATH, client, endpoint, in_time, post, soon};

/// The most memory that the process has used so far, in KiB.
fn most() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn no_answer_costs_more_than_2_mib() {
    let hostile = [
        Reply::gzip_bomb(64 << 20),
        Reply::endless_body(),
        Reply::endless_headers(),
        Reply::huge_header(300_000),
        Reply::deep_json(30_000),
        Reply::echo(),
        Reply::status(400).body("%2525".repeat(13_000)),
        Reply::status(400).body(r"\u005c".repeat(10_000)),
        Reply::status(400).body("&#38;".repeat(13_000)),
        Reply::status(400).body("QUJD".repeat(16_000)),
        // Last, since its deadline passes.
        Reply::endless_informational(),
    ];
    let count = hostile.len();
    let first = (0..50).map(|_| Reply::status(200).body("ok"));
    let server = HttpServer::start(first.chain(hostile));
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    for _ in 0..50 {
        client.send(post(&at), in_time()).unwrap();
    }
    let before = most();
    for number in 1..=count {
        let deadline = if number == count { soon() } else { in_time() };
        if let Ok(answer) = client.send(post(&at), deadline) {
            let _ = (answer.verdict(), answer.shown());
        }
    }
    let grown = most() - before;
    assert_eq!(server.received().len(), 50 + count);
    assert!(grown < 2 * 1024, "{grown} KiB");
}
