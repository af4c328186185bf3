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
    heading: Option<Heading>,
    panels: Vec<Panel>,
}

struct Heading {
    title: &'static str,
    /// Whether the reader must open the section. Grafana sends no query for a closed one.
    is_collapsed: bool,
}

/// The section without a heading.
pub(super) fn overview(panels: Vec<Panel>) -> Section {
    Section { heading: None, panels }
}

/// A section with a heading.
pub(super) fn section(title: &'static str, panels: Vec<Panel>) -> Section {
    Section { heading: Some(Heading { title, is_collapsed: false }), panels }
}

/// A section that is closed at first, because one seldom needs it.
pub(super) fn collapsed(title: &'static str, panels: Vec<Panel>) -> Section {
    Section { heading: Some(Heading { title, is_collapsed: true }), panels }
}

impl Dashboard {
    /// The identifier in URLs.
    pub fn uid(&self) -> &'static str {
        self.id.uid()
    }

    /// The dashboard in the classic JSON that Grafana imports and provisions.
    pub fn json(&self) -> Value {
        json!({
            "annotations": { "list": annotations(self.id) },
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

    /// The file of the dashboard.
    pub fn text(&self) -> String {
        longshore_ops::dashboard_text(&self.json())
    }

    fn panels(&self) -> Vec<Value> {
        let mut layout = Layout { panels: vec![introduction(self.introduction)], id: 1, y: 2 };
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
    /// The identifier of the last panel.
    id: usize,
    y: u16,
}

impl Layout {
    fn add(&mut self, section: &Section) {
        let Some(Heading { title, is_collapsed }) = section.heading else {
            let panels = self.place(&section.panels);
            return self.panels.extend(panels);
        };
        let (id, y) = (self.next_id(), self.y);
        self.y += 1;
        let panels = self.place(&section.panels);
        let (inside, below) = if is_collapsed { (panels, vec![]) } else { (vec![], panels) };
        self.panels.push(json!({
            "id": id,
            "type": "row",
            "title": title,
            "collapsed": is_collapsed,
            "gridPos": { "x": 0, "y": y, "w": ROW_WIDTH, "h": 1 },
            "panels": inside,
        }));
        self.panels.extend(below);
        if is_collapsed {
            // The next heading is directly below. Grafana moves it when the reader opens this one.
            self.y = y + 1;
        }
    }

    fn place(&mut self, panels: &[Panel]) -> Vec<Value> {
        let (mut x, mut height) = (0, 0);
        let mut placed = Vec::new();
        for panel in panels {
            if x + panel.width > ROW_WIDTH {
                (x, self.y, height) = (0, self.y + height, 0);
            }
            placed.push(panel.json(self.next_id(), x, self.y));
            x += panel.width;
            height = height.max(panel.height);
        }
        self.y += height;
        placed
    }

    fn next_id(&mut self) -> usize {
        self.id += 1;
        self.id
    }
}
