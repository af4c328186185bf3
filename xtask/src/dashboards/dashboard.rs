//! A dashboard and the layout of its panels.

use serde_json::{Value, json};

use super::frame::{annotations, variables};
use super::panel::Panel;
use crate::rules::{DashboardId, RUNBOOKS};

/// The schema of Grafana 11.0, the oldest supported version. Newer versions migrate it when they
/// load the dashboard.
const SCHEMA: u64 = 39;
/// The width of a row in Grafana's units.
const ROW_WIDTH: u16 = 24;
/// The tag of all dashboards. The dashboards link to each other by it.
const TAG: &str = "longshore";

/// A dashboard.
pub struct Dashboard {
    pub(super) id: DashboardId,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// Whether it shows one queue at a time.
    pub(super) shows_one_queue: bool,
    /// The text above the panels. It explains how to read the dashboard.
    pub(super) introduction: &'static str,
    pub(super) sections: Vec<Section>,
}

/// Panels below a heading. The first section has no heading.
pub(super) struct Section {
    pub(super) title: Option<&'static str>,
    pub(super) panels: Vec<Panel>,
}

/// A section with a heading.
pub(super) fn section(title: &'static str, panels: Vec<Panel>) -> Section {
    Section { title: Some(title), panels }
}

impl Dashboard {
    /// The identifier in URLs.
    pub fn uid(&self) -> &'static str {
        self.id.uid()
    }

    /// The dashboard in the classic JSON that Grafana imports and provisions.
    pub fn json(&self) -> Value {
        json!({
            "annotations": { "list": annotations() },
            "description": self.description,
            "editable": false,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "links": links(),
            "panels": self.panels(),
            "refresh": "1m",
            "schemaVersion": SCHEMA,
            "tags": [TAG],
            "templating": { "list": variables(self.shows_one_queue) },
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
        let mut layout = Layout { panels: vec![introduction(self.introduction)], y: 2 };
        for section in &self.sections {
            layout.add(section);
        }
        layout.panels
    }
}

/// Links to the other dashboards, which keep the time range and the variables, and to the runbooks.
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

fn introduction(text: &str) -> Value {
    json!({
        "id": 1,
        "type": "text",
        "title": "",
        "description": "How to read this dashboard.",
        "gridPos": { "x": 0, "y": 0, "w": ROW_WIDTH, "h": 2 },
        "options": { "mode": "markdown", "content": text },
        "pluginVersion": "11.0.0",
        "transparent": true,
    })
}

/// The position of the next panel. Panels fill a row from left to right.
struct Layout {
    panels: Vec<Value>,
    y: u16,
}

impl Layout {
    fn add(&mut self, section: &Section) {
        if let Some(title) = section.title {
            self.add_heading(title);
        }
        let (mut x, mut height) = (0, 0);
        for panel in &section.panels {
            if x + panel.width > ROW_WIDTH {
                (x, self.y, height) = (0, self.y + height, 0);
            }
            self.panels.push(panel.json(self.panels.len() + 1, x, self.y));
            x += panel.width;
            height = height.max(panel.height);
        }
        self.y += height;
    }

    fn add_heading(&mut self, title: &str) {
        self.panels.push(json!({
            "id": self.panels.len() + 1,
            "type": "row",
            "title": title,
            "collapsed": false,
            "gridPos": { "x": 0, "y": self.y, "w": ROW_WIDTH, "h": 1 },
            "panels": [],
        }));
        self.y += 1;
    }
}
