use std::collections::BTreeSet;

use super::writer::Writer;
use super::{assert_stored, folder, is_set_aside, stored};

#[test]
fn four_processes_write_at_once_and_none_sees_an_error() {
    let (folder, path) = folder();
    let mut writers = [(); 4].map(|()| Writer::start(&path, 100, &[]));
    let mut acknowledged = BTreeSet::new();
    for writer in &mut writers {
        while let Some(batch) = writer.hear() {
            acknowledged.extend(batch.unwrap());
        }
    }
    assert_eq!(acknowledged.len(), 4 * 100 * 3);
    assert_stored(&path, &acknowledged);
    assert_eq!(stored(&path), acknowledged);
    assert!(!is_set_aside(folder.path()));
}

#[test]
fn an_index_that_is_removed_under_processes_that_write_costs_nothing() {
    let (folder, path) = folder();
    let mut writers = [(); 2].map(|()| Writer::start(&path, 150, &[]));
    let mut acknowledged = BTreeSet::new();
    let mut removed = 0;
    for round in 0.. {
        let mut is_end = true;
        for writer in &mut writers {
            if let Some(batch) = writer.hear() {
                acknowledged.extend(batch.unwrap());
                is_end = false;
            }
        }
        if is_end {
            break;
        }
        if round % 10 == 9 && std::fs::remove_file(path.with_file_name("state.db-shm")).is_ok() {
            removed += 1;
        }
    }
    assert!(removed > 0);
    assert_eq!(acknowledged.len(), 2 * 150 * 3);
    assert_eq!(stored(&path), acknowledged);
    assert!(!is_set_aside(folder.path()));
}
