use std::collections::BTreeMap;
use std::fs;

use super::files::*;
use super::*;

fn value(database: &mut Database, sql: &str) -> String {
    database
        .read(|connection| {
            connection.query_row(sql, [], |row| {
                row.get_ref(0).map(|value| match value {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    rusqlite::types::ValueRef::Null => "nothing".to_owned(),
                    other => other.as_str().unwrap_or("?").to_owned(),
                })
            })
        })
        .unwrap()
}

/// Closes it with all that is in its WAL written back, and damages so many pages of it at this part
/// (in thousandths) of the file.
fn damage_middle(database: Database, part: u64, pages: u64) {
    let path = database.path().to_owned();
    drop(database);
    let length = fs::metadata(&path).unwrap().len() / PAGE;
    let first = (length * part / 1000).clamp(1, length - pages);
    damage(&path, first * PAGE, usize::try_from(pages * PAGE).unwrap());
}

/// Sets aside what is at the path, whether a write sees the damage or not.
fn set_aside(path: &Path) -> (Database, crate::database::SetAside) {
    match Database::open_or_replace(path, Synchronous::Normal, PATIENCE).unwrap() {
        (database, Some(aside)) => (database, aside),
        (mut database, None) => {
            let aside = database.replace_damaged("a test", PATIENCE).unwrap();
            let aside = aside.or_else(|| database.replace_damaged("a test", PATIENCE).unwrap());
            (database, aside.unwrap())
        }
    }
}

#[test]
fn garbage_in_the_middle_costs_only_what_it_hit() {
    for part in [150, 300, 500, 800, 990] {
        let (_folder, path) = folder();
        damage_middle(filled(&path, 3000), part, 3);
        let before = fs::read(&path).unwrap();
        let (mut database, aside) = set_aside(&path);
        add(&mut database, 9000).unwrap();
        let recovery = recovered(&mut database).unwrap();
        let found = stored(&mut database);
        // A page holds about a dozen of these; one of a tree's inner pages stands for many.
        let lost = 3001 - found.len();
        assert!(lost <= 3001 * 2 / 3, "part {part}: {lost} lost");
        assert!(
            recovery.unreadable >= lost as u64,
            "part {part}: {recovery:?}"
        );
        assert!(fs::read(&aside.to).unwrap() == before);
        for (number, id) in found {
            // Each keeps its number, and the newest has one that nobody had.
            let expected = if id == 9000 { 3001 } else { id };
            assert_eq!(u64::try_from(number).unwrap(), expected, "part {part}");
        }
        assert!(is_whole(&mut database));
        assert_eq!(audited(&mut database), 1);
    }
}

#[test]
fn rows_of_a_table_that_cannot_be_reached_are_counted() {
    let (_folder, path) = folder();
    let mut database = filled(&path, 1000);
    everything(&mut database, 10);
    drop(database);
    damage_table(&path, "alerts");
    let (mut database, _) = set_aside(&path);
    let recovery = recovered(&mut database).unwrap();
    assert_eq!(recovery.unreadable, 1000, "{recovery:?}");
    assert_eq!(value(&mut database, "SELECT count(*) FROM state"), "2");
    add(&mut database, 5000).unwrap();
    assert_eq!(stored(&mut database), [(1001, 5000)]);
}

#[test]
fn rows_come_back_without_the_header_and_without_any_page_of_the_schema() {
    let pages_of_schema = |path: &Path| -> Vec<u64> {
        let connection = rusqlite::Connection::open(path).unwrap();
        let mut roots = connection
            .prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")
            .unwrap();
        let roots: Vec<i64> = roots
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let last = *roots.iter().max().unwrap();
        let schema = (1..=last).filter(|page| !roots.contains(page));
        schema.map(|page| u64::try_from(page).unwrap()).collect()
    };
    let (_folder, path) = folder();
    drop(open(&path));
    let pages = pages_of_schema(&path);
    assert!(pages.len() > 2, "{pages:?}");
    for page in pages {
        for length in [100, 4096] {
            let (_folder, path) = folder();
            let mut database = filled(&path, 1000);
            everything(&mut database, 10);
            drop(database);
            damage(&path, (page - 1) * PAGE, length);
            let before = fs::read(&path).unwrap();
            let (mut database, aside) = set_aside(&path);
            let recovery = recovered(&mut database).unwrap();
            assert_eq!(recovery.unreadable, 0, "{page}: {recovery:?}");
            assert_eq!(ids(&mut database).len(), 1000, "{page}");
            assert_eq!(value(&mut database, "SELECT count(*) FROM state"), "2");
            assert_eq!(value(&mut database, "SELECT max(at) FROM deliveries"), "10");
            // Numbers that were given are not given again.
            add(&mut database, 5000).unwrap();
            assert_eq!(stored(&mut database).last(), Some(&(1001, 5000)));
            assert!(is_whole(&mut database));
            assert!(fs::read(&aside.to).unwrap() == before);
        }
    }
}

#[test]
fn a_file_that_was_cut_off_gives_what_is_left() {
    for part in [3, 5, 9] {
        let (_folder, path) = folder();
        drop(filled(&path, 3000));
        let length = fs::metadata(&path).unwrap().len();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length * part / 10).unwrap();
        drop(file);
        let before = fs::read(&path).unwrap();
        let (mut database, aside) = replaced(&path);
        let recovery = recovered(&mut database).unwrap();
        let found = ids(&mut database);
        assert!(
            found.len() >= 3000 * usize::try_from(part - 2).unwrap() / 10,
            "{part}: {recovery:?}"
        );
        assert!(found.len() < 3000);
        assert!(fs::read(&aside.to).unwrap() == before);
        assert!(is_whole(&mut database));
    }
}

#[test]
fn a_wal_of_another_database_costs_nothing_of_this_one() {
    let (folder, path) = folder();
    drop(filled(&path, 500));
    let other = folder.path().join("other.db");
    let mut database = open(&other);
    add_all(&mut database, 1000..1300).unwrap();
    fs::copy(
        folder.path().join("other.db-wal"),
        folder.path().join("state.db-wal"),
    )
    .unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    let (mut database, aside) = set_aside(&path);
    assert!(fs::read(&aside.to).unwrap() == before);
    add(&mut database, 5).unwrap();
    recovered(&mut database).unwrap();
    assert!(fs::read(&aside.to).unwrap() == before);
    assert!(is_whole(&mut database));
    // The good file is there whole, under its new name and without the other one's WAL.
    fs::rename(&aside.to, folder.path().join("good.db")).unwrap();
    assert_eq!(ids(&mut open(&folder.path().join("good.db"))).len(), 500);
}

/// Rows in each table, older ones with a lower `at`.
fn everything(database: &mut Database, at: i64) {
    let sql = format!(
        "INSERT INTO state VALUES ('a', 'both', '{at}', {at}), ('a', '{at}', '1', {at});
         INSERT INTO counts VALUES (1, 0, 10), ({at}, 1, 1);
         INSERT INTO incidents VALUES
            ('both', 1, 's', 't', {at}, {at}, 3, x'01', {at}, x'01', NULL, nullif({at}, 20), 'ann', 'n'),
            ('closed', 1, 's', 't', {at}, {at}, 3, x'01', {at}, x'01', nullif({at}, 20), NULL, NULL, NULL),
            ('only {at}', 1, 's', 't', {at}, {at}, 3, x'01', {at}, x'01', NULL, NULL, NULL, NULL);
         INSERT INTO deliveries VALUES (1, x'01', {at}, 'p', 's', 'delivered', '', 1, 1, NULL, NULL);
         INSERT INTO sinks VALUES ('p', 's', 'k', 'open', NULL, nullif({at}, 20), NULL, NULL, 0, {at}, 1, 1, {at});
         INSERT INTO silences (matches, created_at, created_by, note, ends_at) VALUES ('{{}}', {at}, 'a', 'n', {at});
         INSERT INTO audit (at, actor, action, subject) VALUES ({at}, 'a', 'ack', 's')"
    );
    database
        .write(PATIENCE, |transaction| transaction.execute_batch(&sql))
        .unwrap();
}

#[test]
fn what_is_newer_wins_and_what_belongs_together_is_put_together() {
    let (_folder, path) = folder();
    let mut database = filled(&path, 10);
    everything(&mut database, 10);
    drop(database);
    let (mut database, _) = set_aside(&path);
    everything(&mut database, 20);
    recovered(&mut database).unwrap();
    let expected = [
        ("SELECT value FROM state WHERE key = 'both'", "20"),
        ("SELECT count(*) FROM state", "3"),
        ("SELECT count FROM counts WHERE minute = 1", "20"),
        ("SELECT count(*) FROM counts", "3"),
        (
            "SELECT first_at || ' ' || last_at || ' ' || count || ' ' || acked_by FROM incidents WHERE dedup_key = 'both'",
            "10 20 6 ann",
        ),
        (
            "SELECT first_at || ' ' || count FROM incidents WHERE dedup_key = 'closed'",
            "20 3",
        ),
        ("SELECT count(*) FROM incidents", "4"),
        ("SELECT sum(count) FROM open_counts", "4"),
        ("SELECT count(*) FROM deliveries", "2"),
        (
            "SELECT delivered || ' ' || lost || ' ' || last_success_at || ' ' || seen_at FROM sinks",
            "30 2 10 20",
        ),
        (
            "SELECT group_concat(id || ':' || created_at) FROM (SELECT * FROM silences ORDER BY id)",
            "1:10,2:20",
        ),
        (
            "SELECT group_concat(seq || ':' || at) FROM (SELECT * FROM audit ORDER BY seq LIMIT 2)",
            "1:10,2:20",
        ),
        ("SELECT count(*) FROM alerts", "10"),
    ];
    for (sql, answer) in expected {
        assert_eq!(value(&mut database, sql), answer, "{sql}");
    }
    // Once more from the start: nothing is recovered twice by who comes late.
    assert!(
        database
            .recover_step(PATIENCE, "test")
            .unwrap()
            .unwrap()
            .is_done
    );
    assert_eq!(audited(&mut database), 1);
}

/// An alert of a key with the status and the title of its time.
fn of_key(database: &mut Database, key: &str, time: u8, status: u8) {
    let sql = format!(
        "INSERT INTO alerts (id, time, severity, status, source, title, message, context, dedup_key)
         VALUES (x'{}', {time}, 1, {status}, 's', 't', '', '{{}}', '{key}')",
        format!("{:02x}", time ^ key.as_bytes()[0]).repeat(16)
    );
    database
        .write(PATIENCE, |transaction| transaction.execute_batch(&sql))
        .unwrap();
}

#[test]
fn an_incident_comes_back_closed_if_what_resolves_it_came_first() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    let incident = |key: &str, at: u8, resolved: &str| {
        format!(
            "INSERT INTO incidents VALUES
             ('{key}', 1, 's', 't', {at}, {at}, 3, x'01', {at}, x'01', {resolved}, NULL, NULL, NULL)"
        )
    };
    let add = |database: &mut Database, sql: String| {
        database
            .write(PATIENCE, |transaction| transaction.execute_batch(&sql))
            .unwrap();
    };
    for key in [
        "a open",
        "b resolved",
        "c resolved twice",
        "d late",
        "e again",
        "f closed",
    ] {
        let resolved = if key == "f closed" { "11" } else { "NULL" };
        add(&mut database, incident(key, 10, resolved));
    }
    drop(database);
    let (mut database, _) = set_aside(&path);
    for (key, times) in [
        ("b resolved", &[20][..]),
        ("c resolved twice", &[30, 25]),
        ("d late", &[5]),
        ("e again", &[20]),
        ("f closed", &[20]),
    ] {
        for time in times {
            of_key(&mut database, key, *time, 1);
        }
    }
    of_key(&mut database, "e again", 40, 0);
    add(&mut database, incident("e again", 40, "NULL"));
    recovered(&mut database).unwrap();
    let sql =
        "SELECT group_concat(substr(dedup_key, 1, 1) || ' ' || first_at || ' ' || count || ' ' ||
        newest_at || ' ' || ifnull(resolved_at, 'open'), ', ') FROM incidents ORDER BY dedup_key";
    assert_eq!(
        value(&mut database, sql),
        "a 10 3 10 open, b 10 3 20 20, c 10 3 30 25, d 10 3 10 open, e 40 3 40 open, f 10 3 20 11"
    );
    assert_eq!(
        value(&mut database, "SELECT sum(count) FROM open_counts"),
        "3"
    );
}

#[test]
fn two_may_recover_at_once() {
    let (_folder, path) = folder();
    let mut database = filled(&path, 3000);
    everything(&mut database, 10);
    drop(database);
    let (mut first, _) = set_aside(&path);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let mut database = open(&path);
            scope.spawn(move || recovered(&mut database));
        }
    });
    assert_eq!(ids(&mut first).len(), 3000);
    assert_eq!(
        value(&mut first, "SELECT count FROM counts WHERE minute = 1"),
        "10"
    );
    assert_eq!(audited(&mut first), 1);
    assert!(is_whole(&mut first));
}

#[test]
fn a_recovery_goes_on_where_it_stopped_and_in_small_steps() {
    let (_folder, path) = folder();
    damage_middle(filled(&path, 3000), 500, 2);
    let (database, _) = set_aside(&path);
    drop(database);
    let mut steps = 0;
    let mut seen = BTreeMap::new();
    loop {
        // Each step is another opening of it, as after a kill.
        let mut database = open(&path);
        let recovery = database
            .recover_step(Duration::ZERO, "test")
            .unwrap()
            .unwrap();
        steps += 1;
        assert!(
            seen.insert(steps, recovery.recovered)
                .is_none_or(|before| before <= recovery.recovered)
        );
        if recovery.is_done {
            break;
        }
    }
    assert!(steps > 10, "{steps}");
    let mut database = open(&path);
    assert!(ids(&mut database).len() > 2000);
    assert_eq!(audited(&mut database), 1);
}

#[test]
fn a_recovery_that_was_not_done_is_done_after_the_next_damage() {
    let (_folder, path) = folder();
    drop(filled(&path, 700));
    let (mut database, first) = set_aside(&path);
    add_all(&mut database, 1000..1100).unwrap();
    database.recover_step(Duration::ZERO, "test").unwrap();
    drop(database);
    let (mut database, second) = set_aside(&path);
    assert_ne!(first.to, second.to);
    recovered(&mut database).unwrap();
    assert_eq!(ids(&mut database).len(), 800);
    assert_eq!(audited(&mut database), 2);
    assert!(is_whole(&mut database));
}

#[test]
fn what_was_set_aside_and_is_gone_ends_the_recovery() {
    let (_folder, path) = folder();
    drop(filled(&path, 10));
    let (mut database, aside) = set_aside(&path);
    fs::remove_file(aside.to).unwrap();
    let recovery = recovered(&mut database).unwrap();
    assert_eq!((recovery.recovered, recovery.is_done), (0, true));
    let stopped = "SELECT json_extract(after, '$.stopped') FROM audit";
    assert!(value(&mut database, stopped).contains("not there"));
}
