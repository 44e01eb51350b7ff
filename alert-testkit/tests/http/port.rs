use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use alert_testkit::http::{HttpServer, refused_port, unaccepting};

fn addr(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

#[test]
fn a_refused_port_stays_refused() {
    let url = refused_port();
    for _ in 0..2 {
        let error = TcpStream::connect(addr(&url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(refused_port(), url);
}

#[test]
fn connecting_to_a_port_that_does_not_accept_hangs() {
    match unaccepting() {
        Ok(port) => {
            let addr = addr(&port.url(""));
            for _ in 0..3 {
                let result = TcpStream::connect_timeout(&addr, Duration::from_millis(50));
                assert_eq!(result.unwrap_err().kind(), ErrorKind::TimedOut);
            }
            drop(port);
            assert!(TcpStream::connect(addr).is_err());
        }
        Err(skip) if cfg!(target_os = "linux") => panic!("{skip}"),
        Err(skip) => assert!(skip.reason().contains("Linux")),
    }
}

#[test]
fn a_half_open_server_accepts_and_never_reads() {
    let server = HttpServer::half_open();
    let mut client = crate::client::Client::of(&server);
    client.get("/");
    server.wait_for_connections(1);
    assert_eq!(server.received(), []);
    drop(server);
    assert_eq!(client.rest().0, "");
}
