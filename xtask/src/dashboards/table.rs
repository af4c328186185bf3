//! The columns of a table.

use serde_json::{Value, json};

use super::style::{Paint, Threshold, range_mapping, value_mapping};

/// A column with the values of a label or of a query.
pub(super) struct Column {
    /// The name of the field in Grafana: the label, or `Value #A` for the first query.
    pub(super) field: &'static str,
    pub(super) is_hidden: bool,
    title: &'static str,
    unit: &'static str,
    no_value: &'static str,
    threshold: Threshold,
    decimals: Option<u8>,
    size: Size,
    link: Option<Link>,
    mappings: Vec<Value>,
    has_background: bool,
}

/// The width of a column in pixels.
enum Size {
    /// Always this width.
    Fixed(u16),
    /// At least this width, more if the table has room.
    AtLeast(u16),
}

struct Link {
    title: &'static str,
    url: String,
}

impl Column {
    /// A column with the values of a label.
    pub(super) fn label(name: &'static str, title: &'static str) -> Self {
        let (unit, no_value) = ("string", "");
        Self {
            field: name,
            is_hidden: false,
            title,
            unit,
            no_value,
            threshold: Threshold::None,
            decimals: None,
            size: Size::AtLeast(110),
            link: None,
            mappings: vec![],
            has_background: false,
        }
    }

    /// A column with the values of a query.
    pub(super) fn value(field: &'static str, title: &'static str, unit: &'static str) -> Self {
        // Counts and shares need no decimals. A rate or an amount of dollars does: 0.4 is not 0.
        let decimals = ["none", "percentunit"].contains(&unit).then_some(0);
        Self { unit, decimals, no_value: "unknown", ..Self::label(field, title) }
    }

    /// A field that the table does not show.
    pub(super) fn hidden(field: &'static str) -> Self {
        Self { is_hidden: true, ..Self::label(field, field) }
    }

    pub(super) fn no_value(self, no_value: &'static str) -> Self {
        Self { no_value, ..self }
    }

    pub(super) fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold, has_background: true, ..self }
    }

    pub(super) fn decimals(self, decimals: u8) -> Self {
        Self { decimals: Some(decimals), ..self }
    }

    /// The width in pixels. Grafana otherwise divides the table evenly, and cuts names.
    pub(super) fn width(self, pixels: u16) -> Self {
        Self { size: Size::Fixed(pixels), ..self }
    }

    pub(super) fn at_least(self, pixels: u16) -> Self {
        Self { size: Size::AtLeast(pixels), ..self }
    }

    pub(super) fn map_value(self, value: f64, text: &str) -> Self {
        self.map(value_mapping(value, text))
    }

    /// Shows a text instead of values from one number to another.
    pub(super) fn map_range(self, from: f64, to: f64, text: &str) -> Self {
        self.map(range_mapping(Some(from), Some(to), text))
    }

    /// Shows a text instead of values up to this one.
    pub(super) fn map_to(self, to: f64, text: &str) -> Self {
        self.map(range_mapping(None, Some(to), text))
    }

    pub(super) fn map(mut self, mapping: Value) -> Self {
        self.mappings.push(mapping);
        self
    }

    /// The mappings color the background of a cell.
    pub(super) fn colored(self) -> Self {
        Self { has_background: true, ..self }
    }

    pub(super) fn link(self, title: &'static str, url: String) -> Self {
        Self { link: Some(Link { title, url }), ..self }
    }

    pub(super) fn json(&self) -> Value {
        let mut properties = vec![
            json!({ "id": "displayName", "value": self.title }),
            json!({ "id": "unit", "value": self.unit }),
            match self.size {
                Size::Fixed(pixels) => json!({ "id": "custom.width", "value": pixels }),
                Size::AtLeast(pixels) => json!({ "id": "custom.minWidth", "value": pixels }),
            },
            json!({ "id": "noValue", "value": self.no_value }),
        ];
        if self.threshold != Threshold::None {
            let thresholds = self.threshold.thresholds(Paint::Background);
            properties.push(json!({ "id": "thresholds", "value": thresholds }));
        }
        if self.has_background {
            let cell = json!({ "type": "color-background", "mode": "basic" });
            properties.push(json!({ "id": "custom.cellOptions", "value": cell }));
        }
        if let Some(decimals) = self.decimals {
            properties.push(json!({ "id": "decimals", "value": decimals }));
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
