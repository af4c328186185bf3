//! The dashboards without a Grafana: what grafana/dashboard-linter would say, what it does not look
//! at, and that the files are what the program makes. tests/system/dashboards has the rest: Grafana's own
//! types, and a Prometheus that answers every query.

mod alerts;
mod files;
mod frame;
mod layout;
mod panels;
mod queries;
mod readability;

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::dashboards::all;

use crate::rules::promql::{Reading, read};

/// One dashboard, as its file has it.
struct Board {
    uid: &'static str,
    json: Value,
}

/// A query, and where it stands.
struct Query {
    place: String,
    expr: String,
    /// Whether it asks for one time only.
    is_instant: bool,
}

fn boards() -> Vec<Board> {
    all().iter().map(|board| Board { uid: board.uid(), json: board.json() }).collect()
}

impl Board {
    fn list(&self, pointer: &str) -> &Vec<Value> {
        self.json.pointer(pointer).and_then(Value::as_array).unwrap()
    }

    /// All panels, rows and texts included. The panels of a closed row follow it.
    fn panels(&self) -> impl Iterator<Item = &Value> {
        self.list("/panels").iter().flat_map(|panel| {
            let inside = panel["panels"].as_array();
            std::iter::once(panel).chain(inside.into_iter().flatten())
        })
    }

    /// Panels that show data.
    fn data_panels(&self) -> impl Iterator<Item = &Value> {
        self.panels().filter(|panel| !["row", "text"].contains(&text(panel, "type")))
    }

    fn variables(&self) -> &Vec<Value> {
        self.list("/templating/list")
    }

    fn variable(&self, name: &str) -> &Value {
        let found = self.variables().iter().find(|variable| text(variable, "name") == name);
        found.unwrap_or_else(|| panic!("{} has no variable {name}", self.uid))
    }

    fn place(&self, panel: &Value) -> String {
        format!("{}, {:?}", self.uid, text(panel, "title"))
    }

    /// What panels ask.
    fn targets(&self) -> Vec<Query> {
        let of_panel = |panel| {
            let targets = list(panel, "targets").iter();
            targets.map(move |target| Query {
                is_instant: target["instant"] == true,
                ..self.query(self.place(panel), text(target, "expr"))
            })
        };
        self.data_panels().flat_map(of_panel).collect()
    }

    /// What marks in time ask.
    fn annotations(&self) -> Vec<Query> {
        let annotations = self.list("/annotations/list").iter();
        let place = |one| format!("{}, the mark {:?}", self.uid, text(one, "name"));
        annotations.map(|one| self.query(place(one), text(one, "expr"))).collect()
    }

    fn query(&self, place: String, expr: &str) -> Query {
        Query { place, expr: expr.to_owned(), is_instant: false }
    }
}

impl Query {
    /// As Prometheus would get it, but for the variables within matchers.
    fn read(&self) -> Reading {
        read(&self.filled())
    }

    fn filled(&self) -> String {
        self.expr
            .replace("$__rate_interval", "1m")
            .replace("$__interval_ms", "15000")
            .replace("$__range", "6h")
    }
}

/// Every metric and recording that any dashboard reads.
pub(crate) fn metrics() -> BTreeSet<String> {
    let boards = boards();
    let queries = boards.iter().flat_map(|board| {
        board.targets().into_iter().chain(board.annotations()).collect::<Vec<_>>()
    });
    queries.flat_map(|query| query.read().selectors).map(|selector| selector.name).collect()
}

/// Checks each panel that shows data.
fn each_panel(check: impl Fn(&str, &Value)) {
    for board in boards() {
        for panel in board.data_panels() {
            check(&board.place(panel), panel);
        }
    }
}

fn is_bars(panel: &Value) -> bool {
    panel["fieldConfig"]["defaults"]["custom"]["drawStyle"] == "bars"
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("no list {key} in {value}"))
}
