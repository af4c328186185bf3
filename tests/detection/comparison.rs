//! The same faults under another engine: each expected alert and each critical one must fire there
//! too, at about the same minute.

use std::collections::BTreeMap;

use super::engine::{Engine, Firing};
use super::fault::{Fault, Played};

/// What is wrong under the other engines.
pub(crate) fn objections(fault: &Fault, promtool: &Engine, others: &[Engine]) -> Vec<String> {
    let played = fault.play();
    let expected = minutes(fault, &played, promtool);
    others
        .iter()
        .flat_map(|other| {
            let found = minutes(fault, &played, other);
            println!("{}: {} | {other}: {}", fault.name, text(&expected), text(&found));
            differences(&expected, &found, other.tolerance())
                .into_iter()
                .map(move |wrong| format!("{}, {other}: {wrong}", fault.name))
        })
        .collect()
}

/// The minutes of the alerts that must be the same.
fn minutes(fault: &Fault, played: &Played, engine: &Engine) -> BTreeMap<Firing, usize> {
    let lasts = (fault.before, fault.before + fault.lasts);
    let found = engine.first_minutes(fault.name, &played.input_series, lasts);
    let mut found = found.expect("the engine evaluates the rules");
    found.retain(|(alert, severity), _| alert == fault.alert || severity == "critical");
    found
}

fn differences(
    expected: &BTreeMap<Firing, usize>,
    found: &BTreeMap<Firing, usize>,
    tolerance: usize,
) -> Vec<String> {
    let missing = expected.iter().filter_map(|(firing, minute)| match found.get(firing) {
        None => Some(format!("{} ({}) does not fire", firing.0, firing.1)),
        Some(other) if other.abs_diff(*minute) > tolerance => {
            Some(format!("{} fires at minute {other} instead of {minute}", firing.0))
        }
        Some(_) => None,
    });
    let more = found.keys().filter(|firing| !expected.contains_key(*firing));
    missing.chain(more.map(|(alert, severity)| format!("{alert} ({severity}) fires"))).collect()
}

fn text(minutes: &BTreeMap<Firing, usize>) -> String {
    let one = |((alert, _), minute): (&Firing, &usize)| {
        format!("{} {minute}", alert.trim_start_matches("Longshore"))
    };
    minutes.iter().map(one).collect::<Vec<_>>().join(", ")
}
