//! The texts of each panel: what it shows, its unit, and what a good value is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{boards, each_panel, is_bars, list, text};

/// Of the units that the linter knows, those in use. `mps`, messages a second, Grafana knows from
/// 11.0 to 13.2; the linter's list, which is older, has none that says so.
const UNITS: &[&str] = &[
    "Bps",
    "bytes",
    "currencyUSD",
    "dateTimeAsIso",
    "mps",
    "ops",
    "none",
    "percentunit",
    "suffix:×",
    "reqps",
    "s",
    "short",
    "string",
];

fn overrides<'a>(panel: &'a Value, property: &'a str) -> impl Iterator<Item = &'a Value> {
    let all =
        list(&panel["fieldConfig"], "overrides").iter().flat_map(|one| list(one, "properties"));
    all.filter(move |one| one["id"] == property).map(|one| &one["value"])
}

/// Linter: panel-title-description-rule, for every type of panel. Excluded: the line of text at the
/// top, which is its own description.
#[test]
fn every_panel_description_is_complete() {
    each_panel(|place, panel| {
        assert!(!text(panel, "title").is_empty(), "{place}");
        let said = text(panel, "description");
        let (shows, rest) = said.split_once("\n\n**Good:** ").unwrap();
        let (good, otherwise) = rest.split_once("\n\n**Otherwise:** ").unwrap();
        let otherwise = otherwise.split("\n\n**Alerts:** ").next().unwrap();
        for part in [shows, good, otherwise] {
            assert!(part.len() > 4 && part.ends_with('.'), "{place}: {part:?}");
            assert!(!part.contains("  "), "{place}: {part:?}");
        }
    });
}

#[test]
fn every_dashboard_begins_with_instructions() {
    for board in boards() {
        let first = board.panels().next().unwrap();
        let content = text(&first["options"], "content");
        assert!(
            content.contains("**Healthy:**") && content.contains("**Otherwise**"),
            "{}",
            board.uid
        );
        assert!(text(&board.json, "description").ends_with(['.', '?']), "{}", board.uid);
    }
}

#[test]
fn no_two_panels_of_a_dashboard_have_one_title() {
    for board in boards() {
        let mut titles = BTreeSet::new();
        for panel in board.data_panels() {
            assert!(titles.insert(text(panel, "title")), "{}", board.place(panel));
        }
    }
}

/// Linter: panel-units-rule, for every type of panel and every column.
#[test]
fn every_number_has_a_unit_that_grafana_knows() {
    each_panel(|place, panel| {
        let unit = text(&panel["fieldConfig"]["defaults"], "unit");
        let columns = overrides(panel, "unit").map(|unit| unit.as_str().unwrap());
        for unit in columns.chain([unit]) {
            assert!(UNITS.contains(&unit), "{place}: {unit}");
        }
        if text(panel, "type") == "heatmap" {
            assert_eq!(panel["options"]["yAxis"]["unit"], unit, "{place}");
        }
    });
}

/// Linter: panel-datasource-rule, for every type of panel and every query. target-logql-rule and
/// target-logql-auto-rule have nothing to look at: there is no Loki.
#[test]
fn every_panel_and_query_uses_the_data_source_that_was_chosen() {
    each_panel(|place, panel| {
        for one in list(panel, "targets").iter().chain([panel]) {
            assert_eq!(one["datasource"]["uid"], "${datasource}", "{place}");
            assert_eq!(one["datasource"]["type"], "prometheus", "{place}");
        }
    });
}

/// Linter: panel-no-targets-rule.
#[test]
fn every_panel_has_a_query() {
    each_panel(|place, panel| {
        let ids: Vec<_> = list(panel, "targets").iter().map(|one| text(one, "refId")).collect();
        let letters: Vec<_> = ('A'..='Z').take(ids.len()).map(String::from).collect();
        assert!(!ids.is_empty() && ids == letters, "{place}: {ids:?}");
    });
}

#[test]
fn every_panel_has_a_text_for_no_data() {
    each_panel(|place, panel| {
        assert!(!text(&panel["fieldConfig"]["defaults"], "noValue").is_empty(), "{place}");
    });
}

#[test]
fn lines_have_a_legend_with_values_and_gaps_stay_gaps() {
    each_panel(|place, panel| {
        if text(panel, "type") != "timeseries" {
            return;
        }
        let legend = &panel["options"]["legend"];
        assert_eq!(legend["displayMode"], "table", "{place}");
        let calcs: Vec<_> = list(legend, "calcs").iter().map(|one| one.as_str().unwrap()).collect();
        let is_wide = panel["gridPos"]["w"].as_u64().unwrap() >= 12;
        let expected: &[_] = match (is_bars(panel), is_wide) {
            (true, _) => &["sum"],
            (false, true) => &["lastNotNull", "max"],
            (false, false) => &["lastNotNull"],
        };
        assert_eq!(calcs, expected, "{place}");
        assert_eq!(panel["fieldConfig"]["defaults"]["custom"]["spanNulls"], false, "{place}");
        for target in list(panel, "targets") {
            assert!(!text(target, "legendFormat").is_empty(), "{place}");
        }
    });
}

/// An objective is drawn from its own series, so that it is right for every queue; dashed, for
/// colour is not enough.
#[test]
fn objectives_and_budgets_are_dashed_lines() {
    let settings = ["objective", "budget:", "reference", "configured_concurrency"];
    each_panel(|place, panel| {
        if text(panel, "type") != "timeseries" {
            return;
        }
        let dashed: BTreeSet<_> = list(&panel["fieldConfig"], "overrides")
            .iter()
            .filter(|one| one["matcher"]["id"] == "byFrameRefID")
            .filter(|one| list(one, "properties").iter().any(|p| p["id"] == "custom.lineStyle"))
            .map(|one| text(&one["matcher"], "options"))
            .collect();
        for target in list(panel, "targets") {
            let expr = text(target, "expr");
            let is_setting = settings.iter().any(|word| expr.contains(word))
                && !expr.contains("processing_duration");
            assert_eq!(dashed.contains(text(target, "refId")), is_setting, "{place}: {expr}");
        }
    });
}

/// A column that no query fills would be empty for ever.
#[test]
fn every_column_of_a_table_is_the_answer_of_a_query_or_a_label_that_it_groups_by() {
    each_panel(|place, panel| {
        if text(panel, "type") != "table" {
            return;
        }
        let targets = list(panel, "targets");
        let values: BTreeSet<String> = match targets.len() {
            1 => ["Value".to_owned()].into(),
            _ => targets.iter().map(|one| format!("Value #{}", text(one, "refId"))).collect(),
        };
        let labels: BTreeSet<String> = targets
            .iter()
            .map(|one| super::Query {
                place: place.to_owned(),
                expr: text(one, "expr").to_owned(),
                is_instant: true,
            })
            .map(|query| query.read())
            .flat_map(|reading| [reading.groupings.concat(), reading.added_labels].concat())
            .collect();
        let columns = list(&panel["fieldConfig"], "overrides").iter();
        let columns: BTreeSet<String> =
            columns.map(|one| text(&one["matcher"], "options").to_owned()).collect();
        let expected = values.union(&labels).cloned().collect::<BTreeSet<_>>();
        assert!(columns.is_subset(&expected), "{place}: {columns:?} of {expected:?}");
        assert!(values.is_subset(&columns), "{place}: {columns:?} lacks one of {values:?}");
        for sort in list(&panel["options"], "sortBy") {
            let title = &sort["displayName"];
            assert!(overrides(panel, "displayName").any(|name| name == title), "{place}: {title}");
        }
    });
}

/// The palette of Okabe and Ito, and Grafana's own red, yellow and orange, which have a shade for
/// each theme. The color-blind tell red from yellow by its lightness, and each number has a text.
#[test]
fn colors_are_from_a_palette_for_color_blind_readers() {
    let palette = [
        "#0072B2",
        "#56B4E9",
        "#009E73",
        "#F0E442",
        "#E69F00",
        "#D55E00",
        "#CC79A7",
        "#8E8E8E",
        "#6E6E6E",
        "dark-red",
        "red",
        "yellow",
        "orange",
        "transparent",
    ];
    for board in boards() {
        let mut colors = BTreeSet::new();
        collect_colors(&board.json, &mut colors);
        assert!(colors.len() > 8, "{}: {colors:?}", board.uid);
        for color in colors {
            assert!(palette.contains(&&*color), "{}: {color}", board.uid);
        }
    }
}

fn collect_colors(value: &Value, colors: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| collect_colors(item, colors)),
        Value::Object(object) => {
            for (key, item) in object {
                match item.as_str().filter(|_| key.to_lowercase().ends_with("color")) {
                    Some(color) => {
                        colors.insert(color.to_owned());
                    }
                    None => collect_colors(item, colors),
                }
            }
        }
        _ => {}
    }
}
