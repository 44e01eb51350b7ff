//! The parts of a tree, one after the other, each with its step in the path of an error.

use std::slice;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::error::{ConfigError, Step};
use super::node::{Entry, Node};
use super::read::Reader;

/// The entries of a table.
pub(super) struct Fields<'de> {
    left: slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> Fields<'de> {
    pub(super) fn new(entries: &'de [Entry]) -> Self {
        Self {
            left: entries.iter(),
            current: None,
        }
    }
}

fn key_of(entry: &Entry) -> StrDeserializer<'_, ConfigError> {
    entry.name.as_str().into_deserializer()
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = ConfigError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ConfigError> {
        let Some(entry) = self.left.find(|entry| !entry.node.skipped) else {
            return Ok(None);
        };
        self.current = Some(entry);
        seed.deserialize(key_of(entry)).map(Some).map_err(|error| {
            error
                .seated_on_key(entry.key_span.clone())
                .under(Step::Key(entry.name.clone()))
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ConfigError> {
        let Some(entry) = self.current.take() else {
            return Err(serde::de::Error::custom(
                "a value was asked for before its key",
            ));
        };
        seed.deserialize(Reader::new(&entry.node)).map_err(|error| {
            error
                .seated(&entry.node, false)
                .under(Step::Key(entry.name.clone()))
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(
            self.left
                .clone()
                .filter(|entry| !entry.node.skipped)
                .count(),
        )
    }
}

/// The values of a list.
pub(super) struct Items<'de>(std::iter::Enumerate<slice::Iter<'de, Node>>);

impl<'de> Items<'de> {
    pub(super) fn new(items: &'de [Node]) -> Self {
        Self(items.iter().enumerate())
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ConfigError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ConfigError> {
        let Some((index, node)) = self.0.find(|(_, node)| !node.skipped) else {
            return Ok(None);
        };
        seed.deserialize(Reader::new(node))
            .map(Some)
            .map_err(|error| error.seated(node, false).under(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.clone().filter(|(_, node)| !node.skipped).count())
    }
}

/// A table with one key that names the variant of an enum.
pub(super) struct Variant<'de>(&'de Entry);

impl<'de> Variant<'de> {
    pub(super) fn of(entries: &'de [Entry]) -> Option<Self> {
        let mut left = entries.iter().filter(|entry| !entry.node.skipped);
        let first = left.next()?;
        left.next().is_none().then_some(Self(first))
    }

    fn inside<T>(&self, result: Result<T, ConfigError>) -> Result<T, ConfigError> {
        result.map_err(|error| error.under(Step::Key(self.0.name.clone())))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ConfigError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), ConfigError> {
        let name = seed.deserialize(key_of(self.0)).map_err(|error| {
            error
                .seated_on_key(self.0.key_span.clone())
                .under(Step::Key(self.0.name.clone()))
        })?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = ConfigError;

    fn unit_variant(self) -> Result<(), ConfigError> {
        self.inside(<()>::deserialize(Reader::new(&self.0.node)))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ConfigError> {
        self.inside(seed.deserialize(Reader::new(&self.0.node)))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        use serde::Deserializer;
        self.inside(Reader::new(&self.0.node).deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        use serde::Deserializer;
        self.inside(Reader::new(&self.0.node).deserialize_struct("", fields, visitor))
    }
}
