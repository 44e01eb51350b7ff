//! How fast records reach one file, all of them, from one thread that waits for room rather than lose one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::measure::{Turns, print_table};
use crate::ours;
use crate::peers::{self, CLEANING, Full, HOST, MESSAGE, MOUNT, TITLE, USED};

const RECORDS: u64 = 100_000;
const TURNS: usize = 9;
const LIMIT: &str = "serde_json into 64 KiB";

/// The record as the limit writes it: nothing is looked up, handed over or counted.
#[derive(Serialize)]
struct Plain {
    time: &'static str,
    severity: &'static str,
    title: &'static str,
    message: &'static str,
    host: &'static str,
    mount: &'static str,
    used: f64,
    cleaning: bool,
    n: u64,
}

fn write_plainly(path: &Path) {
    let mut file =
        BufWriter::with_capacity(64 << 10, File::create(path).expect("the folder exists"));
    let mut plain = Plain {
        time: "2026-01-01T00:00:00.000000Z",
        severity: "warning",
        title: TITLE,
        message: MESSAGE,
        host: HOST,
        mount: MOUNT,
        used: USED,
        cleaning: CLEANING,
        n: 0,
    };
    for n in 0..RECORDS {
        plain.n = n;
        serde_json::to_writer(&mut file, &plain).expect("there is room on the disk");
        file.write_all(b"\n").expect("there is room on the disk");
    }
    file.flush().expect("there is room on the disk");
}

fn through_peer(name: &str, folder: &Path) {
    let peer = peers::open(name, folder, Full::Wait);
    for n in 0..RECORDS {
        peer.emit(n);
    }
    peer.finish();
}

/// What was written, also into files that have stepped aside.
fn all_files(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("it stays there").path());
    paths
        .flat_map(|path| std::fs::read(path).expect("it can be read"))
        .collect()
}

pub(crate) fn run() {
    let names = [
        &[LIMIT, ours::TEXT, ours::ROTATING, ours::JSON][..],
        &peers::NAMES,
    ]
    .concat();
    let mut turns = Turns::new(names.clone());
    let mut sizes = vec![0; names.len()];
    for _ in 0..TURNS {
        for (index, name) in names.iter().enumerate() {
            let folder = tempfile::tempdir().expect("there is room for temporary files");
            let path = folder.path().join(name);
            let start = Instant::now();
            match *name {
                LIMIT => write_plainly(&path),
                ours::TEXT | ours::ROTATING | ours::JSON => {
                    ours::through_file(name, &path, RECORDS)
                }
                peer => through_peer(peer, folder.path()),
            }
            let seconds = start.elapsed().as_secs_f64();
            let written = all_files(folder.path());
            let lines = written.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines as u64, RECORDS, "{name} has not written all");
            sizes[index] = written.len() as u64 / RECORDS;
            turns.record(index, vec![RECORDS as f64 / seconds]);
        }
    }
    let row = |(index, name): (usize, &str)| {
        let millions = format!("{:.2}", turns.quantile(index, 0.5) / 1e6);
        let ratios = [&peers::NAMES[..], &[LIMIT]].map(|to| turns.ratio(index, to, f64::max));
        [
            vec![name.to_owned(), millions, sizes[index].to_string()],
            ratios.to_vec(),
        ]
        .concat()
    };
    let head = [
        "",
        "M records/s",
        "bytes each",
        "to peers' best",
        "to the limit",
    ];
    let rows: Vec<_> = turns.names().map(row).collect();
    print_table("records into one file, all of them there", &head, &rows);
}
