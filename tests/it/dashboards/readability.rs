//! What makes a panel unreadable or untrue at a glance.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{each_panel, is_bars, list, text};

/// The pixels of a page that is 1000 wide, without its edges, and the space between two panels.
const PAGE: f64 = 968.0;
const GUTTER: f64 = 8.0;
/// The edges of a title and the icon of its description.
const AROUND_TITLE: f64 = 58.0;
/// The mean width of a letter of a title, and how much wider the widest letters are.
const LETTER: f64 = 7.3;
const WIDE_LETTER: f64 = 1.6;

fn width(title: &str) -> f64 {
    let letter = |letter: char| if "mwMW".contains(letter) { WIDE_LETTER } else { 1.0 };
    LETTER * title.chars().map(letter).sum::<f64>()
}

/// A title that Grafana cuts says the same as the title next to it.
#[test]
fn titles_fit_their_panels_on_a_narrow_screen() {
    each_panel(|place, panel| {
        let units = panel["gridPos"]["w"].as_f64().unwrap();
        let panel_width = (PAGE + GUTTER) * units / 24.0 - GUTTER;
        let (space, wanted) = (panel_width - AROUND_TITLE, width(text(panel, "title")));
        assert!(wanted <= space, "{place} needs {wanted:.0} of {space:.0} pixels");
    });
}

/// 0 decimals make $0.40 to $0, and 0.4 messages a second to none.
#[test]
fn only_counts_and_shares_are_without_decimals() {
    each_panel(|place, panel| {
        let defaults = &panel["fieldConfig"]["defaults"];
        let unit = text(defaults, "unit");
        let may_be_whole = ["none", "percentunit"].contains(&unit) || is_bars(panel);
        assert!(defaults["decimals"].is_null() || may_be_whole, "{place}: {unit}");
        for column in list(&panel["fieldConfig"], "overrides") {
            let property = |id: &str| {
                let mut properties = list(column, "properties").iter();
                properties.find(|one| one["id"] == id).map(|one| &one["value"])
            };
            let unit = property("unit").and_then(Value::as_str).unwrap_or(unit);
            let is_whole = property("decimals").is_some_and(|decimals| *decimals == 0);
            assert!(!is_whole || ["none", "percentunit"].contains(&unit), "{place}: {unit}");
        }
    });
}

/// The windows of `increase` would overlap and count an event twice, so a bar is a rate times its
/// length. The last value of events is nearly always 0, so the legend has their sum.
#[test]
fn bars_count_an_event_once() {
    each_panel(|place, panel| {
        let counts = list(panel, "targets").iter().any(|target| {
            text(target, "expr").contains("[$__rate_interval]) * $__interval_ms / 1000")
                && text(target, "format") == "time_series"
        });
        assert_eq!(counts, is_bars(panel), "{place} counts events, and bars show events");
        if is_bars(panel) {
            assert_eq!(panel["maxDataPoints"], 40, "{place}");
            assert_eq!(panel["options"]["legend"]["sortBy"], "Total", "{place}");
            let expr = text(&list(panel, "targets")[0], "expr");
            let first = expr.split("\nand on").next().unwrap();
            assert!(!first.contains("> 0"), "{place}: gaps make bars wide: {expr}");
        }
    });
}

/// A null has the color of the lowest limit unless a mapping says otherwise.
#[test]
fn a_number_without_a_value_is_grey_and_says_why() {
    each_panel(|place, panel| {
        if text(panel, "type") != "stat" {
            return;
        }
        let defaults = &panel["fieldConfig"]["defaults"];
        let special = list(defaults, "mappings").iter().find(|one| one["type"] == "special");
        let result = &special.unwrap_or_else(|| panic!("{place}"))["options"]["result"];
        assert_eq!((&result["color"], &result["text"]), (&json!("#6E6E6E"), &defaults["noValue"]));
        assert_eq!(panel["options"]["graphMode"], "none", "{place}: too flat for a graph");
    });
}

/// One line per queue, at most ten of them, without areas that cover each other, and with a legend
/// of one or two labels.
#[test]
fn a_graph_of_queues_shows_the_ten_that_matter() {
    each_panel(|place, panel| {
        if text(panel, "type") != "timeseries" {
            return;
        }
        for target in list(panel, "targets") {
            let legend = text(target, "legendFormat");
            assert!(legend.matches("{{").count() <= 3, "{place}: {legend}");
            if legend.contains("{{queue}}") {
                let expr = text(target, "expr");
                assert!(expr.contains("topk(10, ") && expr.contains("@ end()"), "{place}: {expr}");
                let fill = &panel["fieldConfig"]["defaults"]["custom"]["fillOpacity"];
                assert!(is_bars(panel) || *fill == 0, "{place}");
            }
        }
    });
}

/// An axis from 0 to 100 around a line of zeros says that 100 is usual.
#[test]
fn an_axis_has_limits_that_fit_its_values() {
    each_panel(|place, panel| {
        if text(panel, "type") != "timeseries" {
            return;
        }
        let defaults = &panel["fieldConfig"]["defaults"];
        let custom = &defaults["custom"];
        let is_fixed = defaults["min"].is_number() && defaults["max"].is_number();
        let has_soft_max = defaults["min"] == 0 && custom["axisSoftMax"].is_number();
        let is_log = custom["scaleDistribution"]["type"] == "log";
        assert!(is_fixed || has_soft_max || is_log, "{place}");
    });
}

/// Grafana divides a table evenly unless its columns have widths, and then cuts names.
#[test]
fn every_column_has_a_width_and_a_title_that_fits() {
    each_panel(|place, panel| {
        if text(panel, "type") != "table" {
            return;
        }
        let hidden = &panel["transformations"][1]["options"]["excludeByName"];
        for column in list(&panel["fieldConfig"], "overrides") {
            if hidden[text(&column["matcher"], "options")] == true {
                continue;
            }
            let property = |wanted: &[&str]| {
                let mut properties = list(column, "properties").iter();
                properties
                    .find(|one| wanted.contains(&text(one, "id")))
                    .map(|one| one["value"].clone())
            };
            let title = property(&["displayName"]).unwrap();
            let title = title.as_str().unwrap();
            let width = property(&["custom.width", "custom.minWidth"]);
            let width = width.and_then(|width| width.as_f64()).unwrap_or_else(|| panic!("{place}"));
            assert!(title.len() as f64 * LETTER <= width, "{place}: {title} in {width} pixels");
            assert!(title.starts_with(char::is_uppercase) || title.starts_with(char::is_numeric));
        }
    });
}

/// Exemplars are traces of single messages. The worker exports them for these histograms.
#[test]
fn exemplars_are_shown_where_the_worker_exports_them() {
    let with = RefCell::new(BTreeSet::new());
    each_panel(|place, panel| {
        for target in list(panel, "targets") {
            let expr = text(target, "expr");
            let has_exemplars =
                ["longshore_processing_duration_seconds_bucket", "delivery=\"first\"}"]
                    .iter()
                    .any(|name| expr.contains(name));
            let is_latency = has_exemplars && expr.contains("_bucket");
            let is_drawn = ["timeseries", "heatmap"].contains(&text(panel, "type"));
            assert_eq!(target["exemplar"] == true, is_latency && is_drawn, "{place}: {expr}");
            if target["exemplar"] == true {
                with.borrow_mut().insert(text(panel, "type").to_owned());
            }
        }
    });
    assert_eq!(Vec::from_iter(with.into_inner()), ["heatmap", "timeseries"]);
}
