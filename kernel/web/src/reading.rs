//! Reads name-and-value pairs into a typed struct, and knows which field was at fault.

use std::fmt;

use base::{Invalid, Outcome};
use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor, value::StrDeserializer},
};

/// Reads the pairs. Repeated names make lists; an option whose text is blank is none.
pub(crate) fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Outcome<T> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    T::deserialize(Whole(groups)).map_err(|bad| Invalid::field(bad.field.unwrap_or_default(), bad.key).into())
}

/// What went wrong: the field once it is known, and the catalogue's key.
#[derive(Debug)]
struct Bad {
    field: Option<String>,
    key: &'static str,
}

impl Bad {
    fn new(key: &'static str) -> Self {
        Self { field: None, key }
    }

    fn at(mut self, field: &str) -> Self {
        self.field.get_or_insert_with(|| field.to_owned());
        self
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

impl std::error::Error for Bad {}

impl de::Error for Bad {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self::new("form.not_understood")
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new("form.required").at(field)
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new("form.unknown_field").at(field)
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("form.choose")
    }
}

struct Whole<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'de> Deserializer<'de> for Whole<'de> {
    type Error = Bad;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        visitor.visit_map(Map { rest: self.0.into_iter(), value: None })
    }

    /// Names every field it does not know itself, so that no struct can forget to refuse them.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Bad> {
        if let Some((name, _)) = self.0.iter().find(|(n, _)| !fields.contains(n)) {
            return Err(Bad::new("form.unknown_field").at(name));
        }
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Map<'a> {
    rest: std::vec::IntoIter<(&'a str, Vec<&'a str>)>,
    value: Option<(&'a str, Vec<&'a str>)>,
}

impl<'de> de::MapAccess<'de> for Map<'de> {
    type Error = Bad;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Bad> {
        self.value = self.rest.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        let key: StrDeserializer<'_, Bad> = (*name).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Bad> {
        let (name, values) = self.value.take().ok_or_else(|| Bad::new("form.not_understood"))?;
        seed.deserialize(Texts(values)).map_err(|bad| bad.at(name))
    }
}

/// The values of one field.
struct Texts<'a>(Vec<&'a str>);

impl<'a> Texts<'a> {
    /// The only value; two values for one plain field are a forged form.
    fn one(&self) -> Result<&'a str, Bad> {
        match self.0.as_slice() {
            [one] => Ok(one),
            _ => Err(Bad::new("form.not_understood")),
        }
    }
}

/// Reads a number from trimmed text.
macro_rules! number {
    ($($ask:ident $visit:ident),*) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
            let text = self.one()?.trim();
            if text.is_empty() {
                return Err(Bad::new("form.required"));
            }
            visitor.$visit(text.parse().map_err(|_| Bad::new("form.not_a_number"))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Texts<'de> {
    type Error = Bad;

    number! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_f32 visit_f32, deserialize_f64 visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        visitor.visit_borrowed_str(self.one()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        match self.one()? {
            "on" | "true" | "1" | "yes" => visitor.visit_bool(true),
            "" | "false" | "0" | "no" => visitor.visit_bool(false),
            _ => Err(Bad::new("form.choose")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        if self.0.iter().all(|t| t.trim().is_empty()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        let texts: Vec<_> = self.0.into_iter().filter(|t| !t.is_empty()).collect();
        visitor.visit_seq(Each(texts.into_iter()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Bad> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Bad> {
        let text: StrDeserializer<'_, Bad> = self.one()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor).map_err(|_| Bad::new("form.choose"))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

struct Each<'a>(std::vec::IntoIter<&'a str>);

impl<'de> de::SeqAccess<'de> for Each<'de> {
    type Error = Bad;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Bad> {
        let Some(text) = self.0.next() else { return Ok(None) };
        seed.deserialize(Texts(vec![text])).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Id, Stop};
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Sort {
        Road,
        Water,
    }

    struct Thing;

    #[derive(Deserialize)]
    struct Report {
        title: String,
        sort: Sort,
        count: Option<u32>,
        place: Option<Id<Thing>>,
        #[serde(default)]
        tags: Vec<Sort>,
        #[serde(default)]
        agreed: bool,
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        serde_urlencoded::from_str(text).unwrap()
    }

    fn trouble(text: &str) -> (String, &'static str) {
        match read::<Report>(&pairs(text)) {
            Err(Stop::Invalid(i)) => (i.fields[0].field.to_string(), i.fields[0].key),
            _ => panic!("{text} was taken"),
        }
    }

    #[test]
    fn a_full_form_is_read() {
        let id = Id::<Thing>::of(77);
        let text = format!("title=%E7%81%AF&sort=road&count=+3+&place={id}&tags=road&tags=water&agreed=on");
        let r: Report = read(&pairs(&text)).unwrap_or_else(|_| panic!());
        assert_eq!((r.title.as_str(), r.sort, r.count, r.place), ("灯", Sort::Road, Some(3), Some(id)));
        assert_eq!((r.tags, r.agreed), (vec![Sort::Road, Sort::Water], true));
    }

    #[test]
    fn blank_options_are_none() {
        let r: Report = read(&pairs("title=a&sort=water&count=&place=")).unwrap_or_else(|_| panic!());
        assert!(r.count.is_none() && r.place.is_none() && r.tags.is_empty() && !r.agreed);
    }

    #[test]
    fn each_trouble_names_its_field() {
        assert_eq!(trouble("sort=road"), ("title".into(), "form.required"));
        assert_eq!(trouble("title=a&sort=fire"), ("sort".into(), "form.choose"));
        assert_eq!(trouble("title=a&sort=road&count=x"), ("count".into(), "form.not_a_number"));
        assert_eq!(trouble("title=a&sort=road&place=x"), ("place".into(), "form.not_understood"));
        assert_eq!(trouble("title=a&title=b&sort=road"), ("title".into(), "form.not_understood"));
        assert_eq!(trouble("title=a&sort=road&stage=closed"), ("stage".into(), "form.unknown_field"));
    }
}
