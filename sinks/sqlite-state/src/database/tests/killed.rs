use std::fs;

use super::child::{Actor, command};
use super::files::*;
use super::migrations::{MADE_UP, content, open_by};
use super::*;

/// Other numbers each time, the same ones in each run.
struct Moments(u64);

impl Moments {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn let_pass(&mut self, steps: u64) {
        for _ in 0..self.below(steps) {
            std::hint::spin_loop();
        }
    }
}

fn cut_off(path: &Path) {
    let mut database = filled(path, 3000);
    let counts =
        "INSERT INTO counts VALUES (1, 0, 10); INSERT INTO state VALUES ('a', 'b', '1', 1)";
    database
        .write(PATIENCE, |transaction| transaction.execute_batch(counts))
        .unwrap();
    drop(database);
    let length = fs::metadata(path).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length * 9 / 10).unwrap();
}

#[test]
fn a_kill_while_it_is_set_aside_or_recovered_costs_nothing() {
    let (folder, path) = folder();
    cut_off(&path);
    let before = fs::read(&path).unwrap();
    let expected = {
        let (mut database, _) = replaced(&path);
        recovered(&mut database).unwrap();
        stored(&mut database)
    };
    assert!(expected.len() > 1500, "{}", expected.len());
    drop(folder);
    let mut moments = Moments(0x9e37_79b9_7f4a_7c15);
    let mut kills = 0;
    for _ in 0..8 {
        let (folder, path) = super::folder();
        fs::write(&path, &before).unwrap();
        for attempt in 0.. {
            let mut actor = Actor::start(command("replace", &path, &[]));
            // Each comes some steps further than the one before it, so that there is an end.
            let mut last = None;
            for _ in 0..moments.below(4) + attempt / 4 {
                last = actor.hear().or(last);
            }
            if last.as_deref() == Some("recovered") {
                break;
            }
            if moments.below(2) == 0 {
                moments.let_pass(100_000);
            } else if attempt < 8 {
                moments.let_pass(1_200_000);
            }
            kills += 1;
            if actor.kill().last().is_some_and(|last| last == "recovered") {
                break;
            }
        }
        let mut database = open(&path);
        assert!(!database.recovery_pending().unwrap());
        assert_eq!(stored(&mut database), expected);
        let sum = "SELECT (SELECT count FROM counts) + (SELECT count(*) FROM audit)";
        let sum: i64 = database
            .read(|connection| connection.query_row(sum, [], |row| row.get(0)))
            .unwrap();
        assert_eq!(sum, 11, "counted once, noted once");
        assert!(is_whole(&mut database));
        let aside: Vec<String> = names(folder.path())
            .into_iter()
            .filter(|name| name.contains(".corrupt-"))
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert!(fs::read(folder.path().join(&aside[0])).unwrap() == before);
    }
    assert!(kills > 8, "{kills}");
}

#[test]
fn a_kill_while_it_is_brought_up_to_date_costs_nothing() {
    let (_folder, path) = folder();
    let expected = content(&open_by(&path, MADE_UP).unwrap());
    let mut moments = Moments(0x2545_f491_4f6c_dd1d);
    for round in 0..40 {
        let (_folder, path) = folder();
        if round % 2 == 0 {
            drop(open_by(&path, &MADE_UP[..1]).unwrap());
        }
        let actor = Actor::start(command("migrate", &path, &[]));
        moments.let_pass(1_200_000);
        actor.kill();
        assert_eq!(content(&open_by(&path, MADE_UP).unwrap()), expected);
    }
}

/// Kills it at the first, the second … of its calls that change files.
#[cfg(target_os = "linux")]
#[test]
fn a_kill_at_each_call_of_setting_aside_costs_nothing() {
    use std::time::{Duration, Instant};
    let (_folder, path) = folder();
    cut_off(&path);
    let before = fs::read(&path).unwrap();
    let (mut database, _) = replaced(&path);
    recovered(&mut database).unwrap();
    let expected = stored(&mut database);
    drop(database);
    let began = Instant::now();
    for call in 1.. {
        let (folder, path) = super::folder();
        fs::write(&path, &before).unwrap();
        let calls = "inject=rename,pwrite64,write,ftruncate,unlink,openat,fsync,fdatasync";
        let inject = format!("{calls}:signal=SIGKILL:when={call}");
        let files = ["", "-wal", "-shm", "-journal", ".lock"]
            .map(|ending| format!("{}{ending}", path.display()));
        let mut through = vec!["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
        for file in &files {
            through.extend(["-P", file.as_str()]);
        }
        let through: Vec<_> = through.iter().map(AsRef::as_ref).collect();
        let command = command("replace", &path, &through);
        let Some(mut actor) = Actor::try_start(command) else {
            return left_out("`strace` is not there");
        };
        let mut last = None;
        while let Some(line) = actor.hear() {
            last = Some(line);
        }
        drop(actor);
        if call == 1 && last.is_some() {
            return left_out("`strace` may not trace");
        }
        let (mut database, _) =
            Database::open_or_replace(&path, Synchronous::Normal, PATIENCE).unwrap();
        recovered(&mut database).unwrap();
        assert_eq!(stored(&mut database), expected, "call {call}");
        assert!(is_whole(&mut database));
        let aside: Vec<String> = names(folder.path())
            .into_iter()
            .filter(|name| name.contains(".corrupt-"))
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert!(fs::read(folder.path().join(&aside[0])).unwrap() == before);
        let is_end = last.as_deref() == Some("recovered");
        if is_end || (call > 20 && began.elapsed() > Duration::from_secs(9)) {
            break;
        }
    }
}
