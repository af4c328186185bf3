//! The same faults under another engine: each expected alert and each critical one must fire there
//! too, at about the same minute.

use std::collections::BTreeMap;

use super::engine::{Engine, Firing};
use super::fault::{Fault, Played};

/// What is wrong under the other engines, compared with what promtool found.
pub(crate) fn objections<'a>(
    fault: &Fault,
    played: &Played,
    found: &BTreeMap<Firing, usize>,
    others: impl Iterator<Item = &'a Engine>,
) -> Vec<String> {
    let expected = compared(fault, found.clone());
    others
        .flat_map(|other| {
            let found = compared(fault, other.alerts(fault, played));
            println!("{}: {} | {other}: {}", fault.name, text(&expected), text(&found));
            differences(&expected, &found, other.tolerance())
                .into_iter()
                .map(move |wrong| format!("{}, {other}: {wrong}", fault.name))
        })
        .collect()
}

/// The alerts that must be the same.
fn compared(fault: &Fault, mut found: BTreeMap<Firing, usize>) -> BTreeMap<Firing, usize> {
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
