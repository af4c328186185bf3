//! The columns of a table.

use serde_json::{Value, json};

use super::look::{Bad, said};

/// A column: a label, or the answer of a query.
pub(super) struct Column {
    /// As Grafana names it: the label, or `Value #A` for the first query.
    pub(super) field: &'static str,
    pub(super) is_hidden: bool,
    title: &'static str,
    unit: &'static str,
    none: &'static str,
    bad: Bad,
    link: Option<Link>,
    words: Vec<Value>,
}

struct Link {
    title: &'static str,
    url: String,
}

impl Column {
    /// A label, under its own name.
    pub(super) fn label(name: &'static str) -> Self {
        let (unit, none) = ("string", "");
        Self {
            field: name,
            is_hidden: false,
            title: name,
            unit,
            none,
            bad: Bad::Never,
            link: None,
            words: vec![],
        }
    }

    /// The answer of a query.
    pub(super) fn value(field: &'static str, title: &'static str, unit: &'static str) -> Self {
        Self { title, unit, none: "none", ..Self::label(field) }
    }

    /// A field that says nothing to people.
    pub(super) fn hidden(field: &'static str) -> Self {
        Self { is_hidden: true, ..Self::label(field) }
    }

    pub(super) fn none(self, none: &'static str) -> Self {
        Self { none, ..self }
    }

    pub(super) fn bad(self, bad: Bad) -> Self {
        Self { bad, ..self }
    }

    pub(super) fn say(mut self, value: f64, text: &str) -> Self {
        self.words.push(said(value, text));
        self
    }

    pub(super) fn link(self, title: &'static str, url: String) -> Self {
        Self { link: Some(Link { title, url }), ..self }
    }

    pub(super) fn json(&self) -> Value {
        let cell = if self.bad == Bad::Never { "auto" } else { "color-text" };
        let mut properties = vec![
            json!({ "id": "displayName", "value": self.title }),
            json!({ "id": "unit", "value": self.unit }),
            json!({ "id": "noValue", "value": self.none }),
            json!({ "id": "thresholds", "value": self.bad.thresholds() }),
            json!({ "id": "custom.cellOptions", "value": { "type": cell } }),
        ];
        if self.link.is_some() {
            // The name that one clicks is read whole.
            properties.push(json!({ "id": "custom.minWidth", "value": 160 }));
        }
        if self.unit == "none" {
            properties.push(json!({ "id": "decimals", "value": 0 }));
        }
        if !self.words.is_empty() {
            properties.push(json!({ "id": "mappings", "value": self.words }));
        }
        if let Some(Link { title, url }) = &self.link {
            let link = json!([{ "title": title, "url": url, "targetBlank": false }]);
            properties.push(json!({ "id": "links", "value": link }));
        }
        json!({ "matcher": { "id": "byName", "options": self.field }, "properties": properties })
    }
}
