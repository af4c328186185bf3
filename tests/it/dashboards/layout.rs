//! Where panels stand.

use serde_json::Value;

use super::{Board, boards, list, text};

/// Grafana's units in a line.
const LINE: u64 = 24;

fn rectangle(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap())
}

fn overlap([ax, ay, aw, ah]: [u64; 4], [bx, by, bw, bh]: [u64; 4]) -> bool {
    ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah
}

/// The panels that stand next to each other: those of the page, and those of each closed row.
fn groups(board: &Board) -> Vec<Vec<&Value>> {
    let page = board.list("/panels");
    let rows = page.iter().filter(|panel| panel["collapsed"] == true);
    let inside = rows.map(|row| list(row, "panels").iter().collect());
    std::iter::once(page.iter().collect()).chain(inside).collect()
}

#[test]
fn panels_do_not_overlap_and_none_reaches_past_the_edge() {
    for board in boards() {
        for panels in groups(&board) {
            for (at, panel) in panels.iter().enumerate() {
                let [x, _, width, height] = rectangle(panel);
                assert!(width > 0 && height > 0 && x + width <= LINE, "{}", board.place(panel));
                for other in &panels[..at] {
                    let both = overlap(rectangle(panel), rectangle(other));
                    assert!(!both, "{} lies over {}", board.place(panel), board.place(other));
                }
            }
        }
    }
}

/// No holes: the areas of all panels are the area of the page, or of the row.
#[test]
fn every_row_is_full() {
    for board in boards() {
        for panels in groups(&board) {
            let rectangles: Vec<_> = panels.iter().map(|panel| rectangle(panel)).collect();
            let area: u64 = rectangles.iter().map(|[_, _, width, height]| width * height).sum();
            let top = rectangles.iter().map(|[_, y, ..]| y).min().unwrap();
            let bottom = rectangles.iter().map(|[_, y, _, height]| y + height).max().unwrap();
            assert_eq!(area, (bottom - top) * LINE, "{} has holes", board.uid);
        }
    }
}

/// Grafana sends no query for the panels of a closed row, so they stand in the row itself.
#[test]
fn a_row_is_closed_exactly_if_its_panels_are_in_it() {
    for board in boards() {
        let rows: Vec<_> =
            board.list("/panels").iter().filter(|panel| text(panel, "type") == "row").collect();
        assert!(rows.iter().any(|row| row["collapsed"] == true), "{}", board.uid);
        assert!(rows[0]["collapsed"] == false, "{} begins with a closed row", board.uid);
        for row in rows {
            let is_empty = list(row, "panels").is_empty();
            assert_eq!(row["collapsed"] == true, !is_empty, "{}", board.place(row));
        }
    }
}

#[test]
fn panel_ids_are_unique() {
    for board in boards() {
        let numbers: Vec<_> = board.panels().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(numbers, Vec::from_iter(1..=numbers.len() as u64), "{}", board.uid);
    }
}

/// Ten seconds are enough for what is on the first screen: how to read it, the numbers, what to do.
#[test]
fn statistics_come_first_and_then_what_to_do() {
    for board in boards() {
        let mut panels = board.panels();
        assert_eq!(text(panels.next().unwrap(), "type"), "text", "{}", board.uid);
        let mut panels = panels.skip_while(|panel| text(panel, "type") == "stat");
        let table = panels.next().unwrap();
        assert_eq!(text(table, "title"), "Firing alerts: what to do", "{}", board.uid);
        let [_, top, _, height] = rectangle(table);
        assert!(top + height <= 15, "{}: the table is below the first screen", board.uid);
        assert!(panels.all(|panel| text(panel, "type") != "stat"), "{}", board.uid);
    }
}

/// Is work failing? On each dashboard, these are among the first numbers.
#[test]
fn failures_dead_letters_and_ages_are_among_the_first_numbers() {
    let wanted = ["handler_errors", "dead_letter_messages", "oldest_received_message"];
    for board in boards() {
        for series in wanted {
            let mut stats = board.panels().filter(|panel| text(panel, "type") == "stat");
            let found = stats.any(|panel| {
                list(panel, "targets").iter().any(|target| text(target, "expr").contains(series))
            });
            assert!(found, "no number of {} reads {series}", board.uid);
        }
    }
}
