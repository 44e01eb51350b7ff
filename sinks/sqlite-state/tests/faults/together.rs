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
