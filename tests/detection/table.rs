//! The rows of the table, what is wrong with them, and the table in the document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use longshore::report::Level;

use super::engine::Firing;
use super::fault::{Fault, Played};

const DOCUMENT: &str = "docs/slo.md";
const BEGIN: &str = "<!-- detection: begin -->\n";
const END: &str = "<!-- detection: end -->\n";
/// The median of the alerts that wake an operator must not be above this.
const MEDIAN: usize = 5;

/// What was found for one fault.
pub(crate) struct Row {
    name: &'static str,
    alert: &'static str,
    severity: &'static str,
    /// Minutes until the alert fired; `None` if it did not.
    minutes: Option<usize>,
    /// What the page said then.
    page: String,
    /// What is wrong with the level of the page.
    disagreement: Option<String>,
    /// Alerts that fired before the fault.
    early: BTreeSet<String>,
    /// Other alerts that fired.
    others: BTreeSet<String>,
}

impl Row {
    /// `found` are the alerts, each with the minute at which it fired.
    pub(crate) fn new(fault: &Fault, played: &Played, found: &BTreeMap<Firing, usize>) -> Self {
        let expected = (fault.alert.to_owned(), fault.severity.to_owned());
        let minutes = found.get(&expected).copied();
        let page = minutes.and_then(|minutes| played.pages.get(minutes.max(1) - 1));
        let names = |early| {
            let found = found.iter().filter(move |(_, minute)| (**minute == 0) == early);
            found.map(|((name, _), _)| name.clone()).filter(|name| name != fault.alert).collect()
        };
        let row = Self {
            name: fault.name,
            alert: fault.alert,
            severity: fault.severity,
            minutes,
            page: match page {
                Some(Some(verdict)) => verdict.says.clone(),
                Some(None) => "no worker, so no page".to_owned(),
                None => String::new(),
            },
            disagreement: page.and_then(Option::as_ref).filter(|_| !fault.is_elsewhere).and_then(
                |verdict| {
                    disagreement(verdict.level, found.keys().map(|(_, severity)| &**severity))
                },
            ),
            early: names(true),
            others: names(false),
        };
        println!("{}", row.markdown());
        row
    }

    /// What is wrong with this row.
    pub(crate) fn objection(&self) -> Option<String> {
        let wrong = if !self.early.is_empty() {
            format!("fires before the fault: {:?}", self.early)
        } else if self.minutes.is_none() {
            format!("{} does not fire, but {:?}", self.alert, self.others)
        } else if let Some(disagreement) = &self.disagreement {
            format!("{disagreement}: {}", self.page)
        } else {
            return None;
        };
        Some(format!("{}: {wrong}", self.name))
    }

    fn markdown(&self) -> String {
        let Self { name, alert, severity, page, .. } = self;
        let minutes = self.minutes.map_or("never".to_owned(), |minutes| minutes.to_string());
        let others: Vec<&str> =
            self.others.iter().map(|name| name.trim_start_matches("Longshore")).collect();
        let alert = alert.trim_start_matches("Longshore");
        format!("| {name} | {alert}, {severity} | {minutes} | {page} | {} |", others.join(", "))
    }
}

/// The page must have the level of the most severe alert.
fn disagreement<'a>(level: Level, severities: impl Iterator<Item = &'a str>) -> Option<String> {
    let is_critical = severities.into_iter().any(|severity| severity == "critical");
    let agrees = match level {
        Level::Failing => is_critical,
        Level::AtRisk | Level::Wasting => !is_critical,
        Level::Well | Level::Unknown => false,
    };
    (!agrees).then(|| format!("a critical alert fires: {is_critical}; the page is {level:?}"))
}

/// The median of the pages, if it is above its limit.
pub(crate) fn too_slow(rows: &[Row]) -> Option<String> {
    let median = median(rows)?;
    (median > MEDIAN).then(|| format!("the median of the pages is {median} minutes"))
}

fn median(rows: &[Row]) -> Option<usize> {
    let pages = rows.iter().filter(|row| row.severity == "critical");
    let mut minutes: Vec<usize> = pages.filter_map(|row| row.minutes).collect();
    minutes.sort_unstable();
    minutes.get(minutes.len() / 2).copied()
}

/// Writes the table into the document, or compares it with what is there.
pub(crate) fn publish(rows: &[Row], write: bool) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    let found = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (table, after) = rest.split_once(END)?;
        Some((before, table, after))
    });
    let (before, old, after) = found.ok_or(format!("{DOCUMENT} has no place for the table"))?;
    let table = table(rows);
    if write {
        let text = format!("{before}{BEGIN}{table}{END}{after}");
        return std::fs::write(&path, text).map_err(|error| format!("{DOCUMENT}: {error}"));
    }
    // The counts in the texts depend on the order in which threads ran.
    (without_numbers(old) == without_numbers(&table)).then_some(()).ok_or_else(|| {
        format!(
            "the table in {DOCUMENT} is old; run `cargo test --test detection -- --write`\n{table}"
        )
    })
}

fn table(rows: &[Row]) -> String {
    let mut table = "| fault | alert | minutes | the status page says | other alerts |\n\
                     | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for row in rows {
        table += &row.markdown();
        table.push('\n');
    }
    if let Some(median) = median(rows) {
        table += &format!("\nMedian of the critical alerts: {median} minutes.\n");
    }
    table
}

fn without_numbers(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit() && *c != ',').collect()
}
