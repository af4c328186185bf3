//! The texts of each panel: what it shows, its unit, and what a good value is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Board, boards, list, text};

/// Of the units that the linter knows, those in use. `mps`, messages a second, Grafana knows from
/// 11.0 to 13.2; the linter's list, which is older, has none that says so.
const UNITS: &[&str] = &[
    "bytes",
    "cps",
    "currencyUSD",
    "dateTimeAsIso",
    "mps",
    "none",
    "percentunit",
    "reqps",
    "s",
    "short",
    "string",
];

fn each(check: impl Fn(&str, &Value)) {
    for board in boards() {
        for panel in board.data_panels() {
            check(&board.place(panel), panel);
        }
    }
}

fn overrides<'a>(panel: &'a Value, property: &'a str) -> impl Iterator<Item = &'a Value> {
    let all =
        list(&panel["fieldConfig"], "overrides").iter().flat_map(|one| list(one, "properties"));
    all.filter(move |one| one["id"] == property).map(|one| &one["value"])
}

/// Linter: panel-title-description-rule, for every type of panel. Excluded: the line of text at the
/// top, which is its own description.
#[test]
fn every_panel_description_is_complete() {
    each(|place, panel| {
        assert!(!text(panel, "title").is_empty(), "{place}");
        let said = text(panel, "description");
        let (shows, rest) = said.split_once("\n\n**Good:** ").unwrap();
        let (good, otherwise) = rest.split_once("\n\n**Otherwise:** ").unwrap();
        for part in [shows, good, otherwise] {
            assert!(part.len() > 4 && part.ends_with('.'), "{place}: {part:?}");
            assert!(!part.contains("  "), "{place}: {part:?}");
        }
    });
}

#[test]
fn every_dashboard_begins_with_instructions() {
    for board in boards() {
        let first = &board.panels()[0];
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
    each(|place, panel| {
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
    each(|place, panel| {
        for one in list(panel, "targets").iter().chain([panel]) {
            assert_eq!(one["datasource"]["uid"], "${datasource}", "{place}");
            assert_eq!(one["datasource"]["type"], "prometheus", "{place}");
        }
    });
}

/// Linter: panel-no-targets-rule.
#[test]
fn every_panel_has_a_query() {
    each(|place, panel| {
        let ids: Vec<_> = list(panel, "targets").iter().map(|one| text(one, "refId")).collect();
        let letters: Vec<_> = ('A'..='Z').take(ids.len()).map(String::from).collect();
        assert!(!ids.is_empty() && ids == letters, "{place}: {ids:?}");
    });
}

#[test]
fn every_panel_has_a_text_for_no_data() {
    each(|place, panel| {
        assert!(!text(&panel["fieldConfig"]["defaults"], "noValue").is_empty(), "{place}");
    });
}

#[test]
fn lines_have_a_legend_with_values_and_gaps_stay_gaps() {
    each(|place, panel| {
        if text(panel, "type") != "timeseries" {
            return;
        }
        let legend = &panel["options"]["legend"];
        assert_eq!(legend["displayMode"], "table", "{place}");
        assert_eq!(legend["calcs"], serde_json::json!(["lastNotNull", "max"]), "{place}");
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
    each(|place, panel| {
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
    each(|place, panel| {
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
            .map(|one| super::Query { place: place.to_owned(), expr: text(one, "expr").to_owned() })
            .flat_map(|query| query.read().groupings.concat())
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

/// Status is blue or vermilion, which the colour-blind tell apart, and never colour alone.
#[test]
fn colors_are_from_a_palette_for_color_blind_readers() {
    let palette =
        ["#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#CC79A7", "#8E8E8E"];
    for Board { uid, json } in boards() {
        let whole = json.to_string();
        for word in ["\"green\"", "\"red\"", "dark-", "semi-dark", "\"background\""] {
            assert!(!whole.contains(word), "{uid}: {word}");
        }
        for code in whole.split("\"#").skip(1) {
            let code = format!("#{}", code.split('"').next().unwrap());
            assert!(palette.contains(&&*code), "{uid}: {code}");
        }
    }
}
