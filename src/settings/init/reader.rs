//! Reads values of the file, and reports those of another kind.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::queue::Given;
use crate::settings::document::Document;
use crate::settings::place::Place;
use crate::settings::problem::Problem;
use crate::settings::section::join;

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// The file, and its problems so far. A value that cannot be read is reported and left out.
pub(super) struct Reader<'a> {
    pub(super) document: &'a Document,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// A table whose values are texts, numbers or booleans.
    pub(super) fn pairs(
        &mut self,
        queue: &DeTable<'_>,
        key: &str,
    ) -> BTreeMap<String, Given<String>> {
        let path = join("queue", key);
        let Some(value) = queue.get(key) else { return BTreeMap::new() };
        let DeValue::Table(table) = value.get_ref() else {
            self.report(&path, value.span(), &format!("a table: `{key} = {{ Name = \"value\" }}`"));
            return BTreeMap::new();
        };
        let mut pairs = BTreeMap::new();
        for (name, value) in table.iter() {
            let name = name.get_ref();
            if let Some(value) = self.scalar(&join(&path, name), value) {
                pairs.insert(name.to_string(), value);
            }
        }
        pairs
    }

    pub(super) fn scalar(&mut self, path: &str, value: &Value<'_>) -> Option<Given<String>> {
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Boolean(boolean) => Some(boolean.to_string()),
            other => integer(other).map(|integer| integer.to_string()),
        };
        if text.is_none() {
            self.report(path, value.span(), "a text, a whole number, true or false");
        }
        Some(self.given(path, value.span(), text?))
    }

    pub(super) fn integer(&mut self, path: &str, value: &Value<'_>) -> Option<i64> {
        let integer = integer(value.get_ref());
        if integer.is_none() {
            self.report(path, value.span(), "a whole number");
        }
        integer
    }

    pub(super) fn required(
        &mut self,
        table: &DeTable<'_>,
        path: &str,
        parent: &Value<'_>,
        key: &str,
    ) -> Option<Given<String>> {
        let Some(value) = table.get(key) else {
            self.report(path, parent.span(), &format!("the key `{key}`, which it needs"));
            return None;
        };
        self.text(&join(path, key), value)
    }

    pub(super) fn optional(
        &mut self,
        table: &DeTable<'_>,
        path: &str,
        key: &str,
    ) -> Option<String> {
        let value = table.get(key)?;
        self.text(&join(path, key), value).map(|text| text.value)
    }

    pub(super) fn text(&mut self, path: &str, value: &Value<'_>) -> Option<Given<String>> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.report(path, value.span(), "a text in quotes");
        }
        Some(self.given(path, value.span(), text?.to_owned()))
    }

    pub(super) fn array<'v>(
        &mut self,
        path: &str,
        value: &'v Value<'v>,
        expected: &str,
    ) -> &'v [Value<'v>] {
        match value.get_ref() {
            DeValue::Array(values) => values,
            _ => {
                self.report(path, value.span(), expected);
                &[]
            }
        }
    }

    pub(super) fn table<'v>(
        &mut self,
        path: &str,
        value: &'v Value<'v>,
        keys: &[&str],
    ) -> Option<&'v DeTable<'v>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.report(path, value.span(), &format!("a table with the keys {}", keys.join(", ")));
            return None;
        };
        self.refuse_unknown(table, path, keys);
        Some(table)
    }

    pub(super) fn refuse_unknown(&mut self, table: &DeTable<'_>, path: &str, keys: &[&str]) {
        for key in table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let expected = format!("one of the keys {}", keys.join(", "));
            self.report(&join(path, key.get_ref()), key.span(), &expected);
        }
    }

    pub(super) fn given<T>(&self, path: &str, span: Range<usize>, value: T) -> Given<T> {
        let place = Place { source: self.document.source(&span), key: path.to_owned() };
        Given { value, place, found: self.document.excerpt(span) }
    }

    pub(super) fn report(&mut self, path: &str, span: Range<usize>, expected: &str) {
        let problem = self.given(path, span, ()).problem(expected);
        self.problems.push(problem);
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let DeValue::Integer(integer) = value else { return None };
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}
