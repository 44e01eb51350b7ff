//! Incidents: what each dedup key is about. A key's alerts of both statuses, in the order of time
//! and id, end in its newest run of firing ones and perhaps some resolved ones: that run is the
//! incident, whatever the order is in which the alerts arrive.

mod episode;
mod follow;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use follow::follow;
