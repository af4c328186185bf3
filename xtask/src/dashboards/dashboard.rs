//! A dashboard: its frame, its variables, what it marks in time, and its panels line by line.

use serde_json::{Value, json};

use super::panel::Panel;
use super::{marks, variables};
use crate::rules::{Dashboard as Which, RUNBOOKS};

/// The schema of Grafana 11.0, the oldest that is supported. Newer ones bring it up to their own on
/// load; no older one could read theirs.
const SCHEMA: u64 = 39;
/// Grafana's units from left to right.
const LINE: u16 = 24;
/// What all of them are tagged with, and linked by.
const TAG: &str = "longshore";

/// A dashboard.
pub struct Dashboard {
    pub(super) which: Which,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    /// Whether it shows one queue at a time.
    pub(super) is_of_one_queue: bool,
    /// What stands above everything: how to read it, in a line.
    pub(super) lead: &'static str,
    pub(super) sections: Vec<Section>,
}

/// Panels under a heading; the first ones have none.
pub(super) struct Section {
    pub(super) title: Option<&'static str>,
    pub(super) panels: Vec<Panel>,
}

/// Panels under a heading.
pub(super) fn section(title: &'static str, panels: Vec<Panel>) -> Section {
    Section { title: Some(title), panels }
}

impl Dashboard {
    /// The name that addresses and alerts know it by.
    pub fn uid(&self) -> &'static str {
        self.which.uid()
    }

    /// As Grafana reads it: the classic form, for import, provisioning and the sidecar alike.
    pub fn json(&self) -> Value {
        json!({
            "annotations": { "list": marks::all() },
            "description": self.about,
            "editable": false,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "links": links(),
            "panels": self.panels(),
            "refresh": "1m",
            "schemaVersion": SCHEMA,
            "tags": [TAG],
            "templating": { "list": variables::all(self.is_of_one_queue) },
            "time": { "from": "now-6h", "to": "now" },
            "timepicker": {},
            "timezone": "browser",
            "title": self.title,
            "uid": self.uid(),
            "version": 1,
            "weekStart": "",
        })
    }

    fn panels(&self) -> Vec<Value> {
        let mut page = Page { panels: vec![lead(self.lead)], y: 2 };
        for section in &self.sections {
            page.add(section);
        }
        page.panels
    }
}

/// To the other dashboards, with the time and the variables, and to what to do.
fn links() -> Value {
    let link = |title: &str, kind: &str, url: &str| {
        json!({
            "asDropdown": false,
            "icon": "doc",
            "includeVars": kind == "dashboards",
            "keepTime": kind == "dashboards",
            "tags": if kind == "dashboards" { vec![TAG] } else { vec![] },
            "targetBlank": kind == "link",
            "title": title,
            "tooltip": "",
            "type": kind,
            "url": url,
        })
    };
    json!([link("Longshore", "dashboards", ""), link("Runbooks", "link", RUNBOOKS)])
}

fn lead(text: &str) -> Value {
    json!({
        "id": 1,
        "type": "text",
        "title": "",
        "description": "How to read this dashboard.",
        "gridPos": { "x": 0, "y": 0, "w": LINE, "h": 2 },
        "options": { "mode": "markdown", "content": text },
        "pluginVersion": "11.0.0",
        "transparent": true,
    })
}

/// Panels from left to right, line by line.
struct Page {
    panels: Vec<Value>,
    y: u16,
}

impl Page {
    fn add(&mut self, section: &Section) {
        if let Some(title) = section.title {
            self.head(title);
        }
        let (mut x, mut height) = (0, 0);
        for panel in &section.panels {
            if x + panel.width > LINE {
                (x, self.y, height) = (0, self.y + height, 0);
            }
            self.panels.push(panel.json(self.panels.len() + 1, x, self.y));
            x += panel.width;
            height = height.max(panel.height);
        }
        self.y += height;
    }

    fn head(&mut self, title: &str) {
        self.panels.push(json!({
            "id": self.panels.len() + 1,
            "type": "row",
            "title": title,
            "collapsed": false,
            "gridPos": { "x": 0, "y": self.y, "w": LINE, "h": 1 },
            "panels": [],
        }));
        self.y += 1;
    }
}
