use std::rc::Rc;

use alert_core::{Alert, Attempt, Delivered, Sink, SinkEntry, SinkError};

struct Greeter(String);

impl Sink for Greeter {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new().with_handle(self.0.as_str()))
    }
}

fn main() {
    // The sink may hold an `Rc`; its recipe goes to another thread and may not.
    let name = Rc::new(String::from("hello"));
    let _entry = SinkEntry::opener("greeter", move |_| Ok(Greeter(name.to_string())));
}
