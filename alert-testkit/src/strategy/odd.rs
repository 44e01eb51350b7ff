use proptest::prelude::*;
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::strategy::hostile_text;

/// A context value of the kind that breaks things. Serializing some of them
/// fails, panics or does not end by itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Odd {
    /// Nothing.
    Nothing,
    /// A truth.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that few formats hold.
    Huge(i128),
    /// A number, also NaN and the infinities.
    Float(f64),
    /// A text.
    Text(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A list in a list, so many levels deep.
    Deep(u16),
    /// A list.
    List(Vec<Odd>),
    /// A list without an end.
    Endless,
    /// Fails after one element.
    Fails,
    /// Panics after one element.
    Panics,
}

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Odd::Nothing => serializer.serialize_none(),
            Odd::Bool(value) => serializer.serialize_bool(*value),
            Odd::Int(value) => serializer.serialize_i64(*value),
            Odd::Huge(value) => serializer.serialize_i128(*value),
            Odd::Float(value) => serializer.serialize_f64(*value),
            Odd::Text(text) => serializer.serialize_str(text),
            Odd::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Odd::Deep(0) => serializer.serialize_unit(),
            Odd::Deep(levels) => serializer.collect_seq([Odd::Deep(levels - 1)]),
            Odd::List(items) => serializer.collect_seq(items),
            Odd::Endless => serializer.collect_seq(0_u64..),
            Odd::Fails | Odd::Panics => {
                let mut list = serializer.serialize_seq(None)?;
                list.serialize_element(&1)?;
                match self {
                    Odd::Fails => Err(S::Error::custom("this value fails")),
                    _ => panic!("this value panics"),
                }
            }
        }
    }
}

/// Any odd value. One in some fifty panics while it is serialized.
pub fn odd() -> impl Strategy<Value = Odd> {
    let number = prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(5e-324),
    ];
    let leaf = prop_oneof![
        2 => Just(Odd::Nothing),
        4 => any::<bool>().prop_map(Odd::Bool),
        8 => any::<i64>().prop_map(Odd::Int),
        4 => any::<i128>().prop_map(Odd::Huge),
        8 => number.prop_map(Odd::Float),
        12 => hostile_text().prop_map(Odd::Text),
        4 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Odd::Bytes),
        2 => (0_u16..2_000).prop_map(Odd::Deep),
        1 => Just(Odd::Endless),
        2 => Just(Odd::Fails),
        1 => Just(Odd::Panics),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop::collection::vec(inner, 0..5).prop_map(Odd::List)
    })
}
