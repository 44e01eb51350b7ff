use std::any::type_name;

use alert_core::{Registry, SinkConfig};

use crate::{Rig, Skip};

/// The kind is registered, for this configuration, with words about it.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If it is not, or another crate claims the name too.
pub fn it_is_linked_under_its_kind<R: Rig>() -> Result<(), Skip> {
    let name = <R::Config as SinkConfig>::KIND;
    let registry = Registry::linked();
    let kind = match registry.get(name) {
        Ok(kind) => kind,
        Err(error) => panic!("`register_sink!` is missing, or the name is taken: {error}"),
    };
    let (registered, tested) = (kind.config_type(), type_name::<R::Config>());
    assert!(
        registered == tested,
        "`{name}` is registered for {registered}, not for {tested}"
    );
    assert!(
        !kind.docs().is_empty(),
        "`register_sink!` has no doc comment, which lists of sink types show"
    );
    Ok(())
}
