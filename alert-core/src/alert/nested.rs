//! A list or map while it is being taken over.

use std::borrow::Cow;

use serde::{Serialize, ser};

use super::capture::{Capture, Halt};

/// A list or map while it is being taken over; one type serves all seven shapes of serde.
#[derive(Debug)]
pub(super) struct Nested<'a, 'p> {
    capture: &'a mut Capture<'p>,
    /// The level of the open place; `None` below the depth limit, where everything is counted and nothing visited.
    level: Option<usize>,
    /// The outermost level that ends with this one: a variant opens two.
    ends: usize,
}

impl<'a, 'p> Nested<'a, 'p> {
    pub(super) fn list(capture: &'a mut Capture<'p>, len: Option<usize>) -> Nested<'a, 'p> {
        let level = capture.open_list(len);
        Nested::at(capture, level)
    }

    pub(super) fn map(capture: &'a mut Capture<'p>, len: Option<usize>) -> Nested<'a, 'p> {
        let level = capture.open_map(len);
        Nested::at(capture, level)
    }

    fn at(capture: &'a mut Capture<'p>, level: Option<usize>) -> Nested<'a, 'p> {
        let ends = level.unwrap_or(usize::MAX);
        Nested {
            capture,
            level,
            ends,
        }
    }

    /// A map of one entry, the variant's name, with a list or map in it.
    pub(super) fn variant(
        capture: &'a mut Capture<'p>,
        name: &'static str,
        open: impl FnOnce(&'a mut Capture<'p>) -> Nested<'a, 'p>,
    ) -> Result<Nested<'a, 'p>, Halt> {
        let Some(outer) = capture.open_map(Some(1)) else {
            return Ok(Nested::at(capture, None));
        };
        capture.key(outer, Cow::Borrowed(name))?;
        let inner = open(capture);
        Ok(Nested {
            ends: outer,
            ..inner
        })
    }

    pub(super) fn field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        match self.level {
            Some(level) => {
                self.capture.key(level, Cow::Borrowed(key))?;
                self.capture.visit(value)
            }
            None => self.capture.entry(),
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        match self.level {
            Some(level) => {
                self.capture.item(level)?;
                self.capture.visit(value)
            }
            None => self.capture.entry(),
        }
    }

    pub(super) fn close(self) -> Result<(), Halt> {
        self.capture.close_level(self.ends);
        Ok(())
    }
}

macro_rules! nested_list {
    ($($shape:ident::$method:ident),*) => {
        $(impl ser::$shape for Nested<'_, '_> {
            type Ok = ();
            type Error = Halt;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
                self.item(value)
            }

            fn end(self) -> Result<(), Halt> {
                self.close()
            }
        })*
    };
}

nested_list!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! nested_struct {
    ($($shape:ident),*) => {
        $(impl ser::$shape for Nested<'_, '_> {
            type Ok = ();
            type Error = Halt;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Halt> {
                self.field(key, value)
            }

            fn end(self) -> Result<(), Halt> {
                self.close()
            }
        })*
    };
}

nested_struct!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Nested<'_, '_> {
    type Ok = ();
    type Error = Halt;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Halt> {
        match self.level {
            Some(level) => {
                let key = self.capture.key_text(key)?;
                self.capture.key(level, key)
            }
            None => self.capture.entry(),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Halt> {
        match self.level {
            Some(level) => {
                self.capture.await_key(level)?;
                self.capture.visit(value)
            }
            None => Ok(()),
        }
    }

    fn end(self) -> Result<(), Halt> {
        self.close()
    }
}
