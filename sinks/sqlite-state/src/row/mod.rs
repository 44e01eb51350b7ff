//! What is in the database, as plain data for whoever reads it. Owned, so that nothing is held up.

mod alert;
mod audit_entry;
mod counts;
mod delivery;
mod incident;
mod silence;
mod sink_health;
mod state_value;
mod status;
mod story;

pub use alert::StoredAlert;
pub use audit_entry::AuditEntry;
pub use counts::Counts;
pub use delivery::DeliveryRow;
pub use incident::Incident;
pub use silence::StoredSilence;
pub use sink_health::SinkHealth;
pub use state_value::StateValue;
pub use status::Status;
pub use story::Story;
