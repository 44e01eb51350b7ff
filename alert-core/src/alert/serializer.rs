//! The serializer of a capture: scalars are put at once, what has parts is opened and left to [`Nested`].

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use super::capture::{Capture, Halt};
use super::nested::Nested;
use super::value::{Value, float, wide};

macro_rules! put_integers {
    ($($method:ident($number:ty)),*) => {
        $(#[inline]
        fn $method(self, number: $number) -> Result<(), Halt> {
            self.put(Value::Int(i64::from(number)));
            Ok(())
        })*
    };
}

impl<'a, 'p> Serializer for &'a mut Capture<'p> {
    type Ok = ();
    type Error = Halt;
    type SerializeSeq = Nested<'a, 'p>;
    type SerializeTuple = Nested<'a, 'p>;
    type SerializeTupleStruct = Nested<'a, 'p>;
    type SerializeTupleVariant = Nested<'a, 'p>;
    type SerializeMap = Nested<'a, 'p>;
    type SerializeStruct = Nested<'a, 'p>;
    type SerializeStructVariant = Nested<'a, 'p>;

    put_integers!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32)
    );

    #[inline]
    fn serialize_u64(self, number: u64) -> Result<(), Halt> {
        self.put(match i64::try_from(number) {
            Ok(number) => Value::Int(number),
            Err(_) => Value::UInt(number),
        });
        Ok(())
    }

    fn serialize_i128(self, number: i128) -> Result<(), Halt> {
        match wide(number) {
            Value::Text(digits) => self.put_text(&digits),
            number => self.put(number),
        }
        Ok(())
    }

    fn serialize_u128(self, number: u128) -> Result<(), Halt> {
        match i128::try_from(number) {
            Ok(number) => self.serialize_i128(number),
            Err(_) => self.put_display(&number),
        }
    }

    #[inline]
    fn serialize_bool(self, truth: bool) -> Result<(), Halt> {
        self.put(Value::Bool(truth));
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Halt> {
        // By way of the shortest digits: 0.1_f32 is meant as 0.1, not as 0.10000000149011612.
        let digits = number.to_string();
        self.serialize_f64(digits.parse().unwrap_or(f64::from(number)))
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<(), Halt> {
        self.put(float(number));
        Ok(())
    }

    fn serialize_char(self, c: char) -> Result<(), Halt> {
        self.put_text(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Halt> {
        self.put_text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Halt> {
        self.put_display(&Hex(bytes))
    }

    fn collect_str<T: Display + ?Sized>(self, text: &T) -> Result<(), Halt> {
        self.put_display(text)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Halt> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Halt> {
        self.visit(value)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Halt> {
        self.put(Value::Null);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Halt> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Halt> {
        self.put(Value::Text(Cow::Borrowed(variant)));
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        self.visit(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Halt> {
        let mut map = Nested::map(self, Some(1));
        map.field(variant, value)?;
        map.close()
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Nested<'a, 'p>, Halt> {
        Ok(Nested::list(self, len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Nested<'a, 'p>, Halt> {
        Ok(Nested::list(self, Some(len)))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Nested<'a, 'p>, Halt> {
        Ok(Nested::list(self, Some(len)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Nested<'a, 'p>, Halt> {
        Nested::variant(self, variant, |capture| Nested::list(capture, Some(len)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Nested<'a, 'p>, Halt> {
        Ok(Nested::map(self, len))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Nested<'a, 'p>, Halt> {
        Ok(Nested::map(self, Some(len)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Nested<'a, 'p>, Halt> {
        Nested::variant(self, variant, |capture| Nested::map(capture, Some(len)))
    }
}

/// Bytes in hexadecimal.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
