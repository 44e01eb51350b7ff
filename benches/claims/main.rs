//! What the README claims about speed, measured beside other libraries. `cargo bench` prints all tables,
//! `cargo bench -- emit`, `-- file`, `-- http`, `-- reload` or `-- sqlite` one of them. Only the ratios mean anything on another machine.

mod emit;
mod file;
mod http;
mod measure;
mod ours;
mod peers;
mod reload;
mod sqlite;

fn main() {
    // Words that begin with a dash are cargo's.
    let words = std::env::args_os()
        .skip(1)
        .filter_map(|word| word.into_string().ok());
    let words: Vec<String> = words.filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    if wanted("emit") {
        emit::run();
    }
    if wanted("file") {
        file::run();
    }
    if wanted("http") {
        http::run();
    }
    if wanted("reload") {
        reload::run();
    }
    if wanted("sqlite") {
        sqlite::run();
    }
}
