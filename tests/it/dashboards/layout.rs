//! Where panels stand.

use serde_json::Value;

use super::boards;

/// Grafana's units in a line.
const LINE: u64 = 24;

fn rectangle(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap())
}

fn overlap([ax, ay, aw, ah]: [u64; 4], [bx, by, bw, bh]: [u64; 4]) -> bool {
    ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah
}

#[test]
fn panels_do_not_overlap_and_none_reaches_past_the_edge() {
    for board in boards() {
        let panels = board.panels();
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

/// No holes: the areas of all panels are the area of the page.
#[test]
fn every_row_is_full() {
    for board in boards() {
        let rectangles: Vec<_> = board.panels().iter().map(rectangle).collect();
        let area: u64 = rectangles.iter().map(|[_, _, width, height]| width * height).sum();
        let bottom = rectangles.iter().map(|[_, y, _, height]| y + height).max().unwrap();
        assert_eq!(area, bottom * LINE, "{} has holes", board.uid);
    }
}

#[test]
fn panel_ids_are_unique() {
    for board in boards() {
        let numbers: Vec<_> =
            board.panels().iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(numbers, Vec::from_iter(1..=numbers.len() as u64), "{}", board.uid);
    }
}

/// Ten seconds are enough for what is on the first screen: how to read it, the numbers, what to do.
#[test]
fn statistics_come_first() {
    for board in boards() {
        let kinds: Vec<_> =
            board.panels().iter().take(10).map(|panel| panel["type"].as_str().unwrap()).collect();
        let expected =
            ["text", "stat", "stat", "stat", "stat", "stat", "stat", "stat", "stat", "table"];
        assert_eq!(kinds, expected, "{}", board.uid);
    }
}
