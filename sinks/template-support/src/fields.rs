//! Filters that look at one field of each item of a list.
//!
//! A field that no alert has is an error. The engine panics where it compares one, and takes it for
//! what is not there where it asks for it.

use minijinja::value::{Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters};

use crate::error::own;

macro_rules! checked {
    ($own:path) => {{
        let own = Value::from_function($own);
        move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
            let args = args.into_values();
            check(state, &args)?;
            own.call(state, &args)
        }
    }};
}

pub(crate) fn check_all(environment: &mut Environment<'_>) {
    environment.add_filter("max", checked!(filters::max));
    environment.add_filter("min", checked!(filters::min));
    environment.add_filter("rejectattr", checked!(filters::rejectattr));
    environment.add_filter("selectattr", checked!(filters::selectattr));
    environment.add_filter("sort", checked!(filters::sort));
    environment.add_filter("unique", checked!(filters::unique));
}

fn check(state: &State<'_, '_>, args: &[Value]) -> Result<(), Error> {
    let [items, options @ ..] = args else {
        return Ok(());
    };
    let named = options.iter().find_map(|option| match option.is_kwargs() {
        true => option.get_attr("attribute").ok(),
        false => Some(option.clone()),
    });
    let Some(paths) = named.as_ref().and_then(Value::as_str) else {
        return Ok(());
    };
    for item in items.try_iter()? {
        for path in paths.split(',') {
            state.consume_fuel(1)?;
            let first = path.split('.').next().unwrap_or(path).trim();
            // The name is not shown: it may be a value of the config.
            if item.get_attr(first)?.kind() == ValueKind::Invalid {
                return Err(own(
                    "an alert has no field of the name that this filter is given",
                ));
            }
        }
    }
    Ok(())
}
