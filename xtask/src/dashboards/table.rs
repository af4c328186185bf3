//! The columns of a table.

use serde_json::{Value, json};

use super::style::{Threshold, value_mapping};

/// A column with the values of a label or of a query.
pub(super) struct Column {
    /// The name of the field in Grafana: the label, or `Value #A` for the first query.
    pub(super) field: &'static str,
    pub(super) is_hidden: bool,
    title: &'static str,
    unit: &'static str,
    no_value: &'static str,
    threshold: Threshold,
    link: Option<Link>,
    mappings: Vec<Value>,
}

struct Link {
    title: &'static str,
    url: String,
}

impl Column {
    /// A column with the values of a label.
    pub(super) fn label(name: &'static str) -> Self {
        let (unit, no_value) = ("string", "");
        Self {
            field: name,
            is_hidden: false,
            title: name,
            unit,
            no_value,
            threshold: Threshold::None,
            link: None,
            mappings: vec![],
        }
    }

    /// A column with the values of a query.
    pub(super) fn value(field: &'static str, title: &'static str, unit: &'static str) -> Self {
        Self { title, unit, no_value: "none", ..Self::label(field) }
    }

    /// A field that the table does not show.
    pub(super) fn hidden(field: &'static str) -> Self {
        Self { is_hidden: true, ..Self::label(field) }
    }

    pub(super) fn no_value(self, no_value: &'static str) -> Self {
        Self { no_value, ..self }
    }

    pub(super) fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold, ..self }
    }

    pub(super) fn map_value(mut self, value: f64, text: &str) -> Self {
        self.mappings.push(value_mapping(value, text));
        self
    }

    pub(super) fn link(self, title: &'static str, url: String) -> Self {
        Self { link: Some(Link { title, url }), ..self }
    }

    pub(super) fn json(&self) -> Value {
        let cell = if self.threshold == Threshold::None { "auto" } else { "color-text" };
        let mut properties = vec![
            json!({ "id": "displayName", "value": self.title }),
            json!({ "id": "unit", "value": self.unit }),
            json!({ "id": "noValue", "value": self.no_value }),
            json!({ "id": "thresholds", "value": self.threshold.thresholds() }),
            json!({ "id": "custom.cellOptions", "value": { "type": cell } }),
        ];
        if self.link.is_some() {
            // A name that links to another page must not be cut off.
            properties.push(json!({ "id": "custom.minWidth", "value": 160 }));
        }
        if self.unit == "none" {
            properties.push(json!({ "id": "decimals", "value": 0 }));
        }
        if !self.mappings.is_empty() {
            properties.push(json!({ "id": "mappings", "value": self.mappings }));
        }
        if let Some(Link { title, url }) = &self.link {
            let link = json!([{ "title": title, "url": url, "targetBlank": false }]);
            properties.push(json!({ "id": "links", "value": link }));
        }
        json!({ "matcher": { "id": "byName", "options": self.field }, "properties": properties })
    }
}
