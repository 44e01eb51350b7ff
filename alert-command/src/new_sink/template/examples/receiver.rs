//! A stand-in for the service: shows each alert that it gets, and answers `ok`.
//!
//! It listens at the address that it is given, else at 127.0.0.1:7007.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;

fn main() -> io::Result<()> {
    let listener = match std::env::args_os().nth(1) {
        Some(address) => TcpListener::bind(&*address.to_string_lossy())?,
        None => TcpListener::bind("127.0.0.1:7007")?,
    };
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        // The first line is the token, which is nobody's business.
        if let Some(Ok(alert)) = BufReader::new(&stream).lines().nth(1) {
            writeln!(io::stdout(), "{alert}")?;
            let _ = stream.write_all(b"ok\n");
        }
    }
    Ok(())
}
