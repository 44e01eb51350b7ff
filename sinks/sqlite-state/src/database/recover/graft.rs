//! A file whose schema cannot be read, with the schema that it must have had: the first step to the
//! newest version gives every table and index the same first page each time. What later steps added
//! may begin anywhere, and is not read.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::database::migrate::{APPLICATION_ID, STEPS};
use crate::database::trouble::Trouble;

/// Longer files are not read into memory.
const LONGEST: u64 = 64 << 20;
const PAGE: usize = 4096;

/// The rows of this file in memory. Refuses what does not look as if it had been one of ours.
pub(super) fn open(path: &Path) -> Result<Connection, Trouble> {
    let damaged = || Trouble::Damaged("its schema cannot be read".to_owned());
    // Nobody writes it any more: that the locks of this process on it end does no harm.
    if fs::metadata(path)?.len() > LONGEST {
        return Err(damaged());
    }
    let mut bytes = fs::read(path)?;
    let model = Model::new()?;
    if !model.fits(&bytes) {
        return Err(damaged());
    }
    let length = bytes.len().max(model.bytes.len()).next_multiple_of(PAGE);
    bytes.resize(length, 0);
    for (number, page) in (1..).zip(model.bytes.chunks_exact(PAGE)) {
        if !model.roots.contains(&number)
            && let Some(there) = page_of(&mut bytes, number)
        {
            there.copy_from_slice(page);
        }
    }
    // The header (SQLite, "Database File Format", section 1.3): how many pages there are, that this
    // number counts, and that no page is free.
    let pages = u32::try_from(length / PAGE).unwrap_or(u32::MAX);
    for (at, value) in [(24, 1), (28, pages), (32, 0), (36, 0), (92, 1)] {
        if let Some(field) = bytes.get_mut(at..at + 4) {
            field.copy_from_slice(&u32::to_be_bytes(value));
        }
    }
    let mut connection = Connection::open_in_memory()?;
    connection.deserialize_read_exact("main", bytes.as_slice(), length, true)?;
    Ok(connection)
}

fn page_of(bytes: &mut [u8], number: usize) -> Option<&mut [u8]> {
    bytes.chunks_exact_mut(PAGE).nth(number.checked_sub(1)?)
}

/// An empty database of the first version.
struct Model {
    bytes: Vec<u8>,
    /// Where tables and indexes begin; all other pages are the schema's.
    roots: Vec<usize>,
}

impl Model {
    fn new() -> rusqlite::Result<Model> {
        let mut connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "page_size", PAGE as i64)?;
        for step in STEPS.iter().take(1) {
            connection.execute_batch(step)?;
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", 1)?;
        let roots = connection
            .prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")?
            .query_map([], |row| row.get::<_, i64>(0))?
            .map(|page| page.map(|page| usize::try_from(page).unwrap_or_default()))
            .collect::<rusqlite::Result<_>>()?;
        let bytes = connection.serialize("main")?.to_vec();
        Ok(Model { bytes, roots })
    }

    /// Whether most of the first pages that are there are of the kind that begins at them.
    fn fits(&self, bytes: &[u8]) -> bool {
        // An inner page and a leaf of each.
        const TABLE: [u8; 2] = [5, 13];
        const INDEX: [u8; 2] = [2, 10];
        let kind = |bytes: &[u8], page: usize| bytes.get((page - 1) * PAGE).copied();
        let (mut there, mut alike) = (0, 0);
        for page in self.roots.iter().copied().filter(|page| *page > 0) {
            let (Some(is), Some(should)) = (kind(bytes, page), kind(&self.bytes, page)) else {
                continue;
            };
            there += 1;
            let kinds = if TABLE.contains(&should) {
                TABLE
            } else {
                INDEX
            };
            alike += usize::from(kinds.contains(&is));
        }
        alike > there / 2
    }
}
