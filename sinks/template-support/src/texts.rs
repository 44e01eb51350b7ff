//! What the engine takes as text without charging for it.
//!
//! It turns any list or map into text where a filter or a test wants one, which is work that the
//! budget does not see. So those that want text are given it, paid for.

use minijinja::value::{Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters, tests};

use crate::filters::text;

macro_rules! paid {
    ($from:literal, $own:path) => {{
        let own = Value::from_function($own);
        move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
            let texts = texts(state, args, $from)?;
            own.call(state, &texts)
        }
    }};
}

pub(crate) fn pay_for_all(environment: &mut Environment<'_>) {
    environment.add_filter("capitalize", paid!(0, filters::capitalize));
    environment.add_filter("indent", paid!(0, filters::indent));
    // Its first one is the list.
    environment.add_filter("join", paid!(1, filters::join));
    environment.add_filter("lines", paid!(0, filters::lines));
    environment.add_filter("lower", paid!(0, filters::lower));
    environment.add_filter("replace", paid!(0, filters::replace));
    environment.add_filter("split", paid!(0, filters::split));
    environment.add_filter("title", paid!(0, filters::title));
    environment.add_filter("trim", paid!(0, filters::trim));
    environment.add_filter("upper", paid!(0, filters::upper));
    environment.add_test("endingwith", paid!(0, tests::is_endingwith));
    environment.add_test("lower", paid!(0, tests::is_lower));
    environment.add_test("startingwith", paid!(0, tests::is_startingwith));
    environment.add_test("upper", paid!(0, tests::is_upper));
}

/// The arguments from this one on, with every list and map as text.
fn texts(
    state: &State<'_, '_>,
    args: Rest<ValueOrKwargs>,
    from: usize,
) -> Result<Vec<Value>, Error> {
    let mut args = args.into_values();
    for arg in args.iter_mut().skip(from).filter(|arg| !arg.is_kwargs()) {
        match arg.kind() {
            ValueKind::String => {
                let bytes = arg.as_str().map_or(0, str::len);
                state.consume_fuel(bytes as u64 / 64)?;
            }
            ValueKind::Seq | ValueKind::Map | ValueKind::Iterable | ValueKind::Plain => {
                *arg = Value::from(text(state, arg)?);
            }
            _ => {}
        }
    }
    Ok(args)
}
