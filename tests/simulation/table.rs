//! The results of all runs, a row for each kind of fault.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::mark::{Mark, Marks};
use crate::run::Outcome;
use crate::theme::Theme;
use crate::verdict::Found;

const PAGE: &str = "docs/proof.md";
const BEGIN: &str = "<!-- simulation: begin -->\n";
const END: &str = "<!-- simulation: end -->";
const HEADINGS: [&str; 13] = [
    "fault",
    "seeds",
    "messages",
    "lost",
    "stranded",
    "processed again, explained",
    "unexplained",
    "out of order, two holders",
    "dead letters",
    "recovery, p99",
    "recovery, worst",
    "requests per message",
    "beyond no fault",
];

#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<Theme, Row>,
    /// Seeds with problems.
    pub(crate) failed: Vec<(u64, Vec<String>)>,
}

#[derive(Default)]
struct Row {
    seeds: u64,
    sum: Found,
    disordered: u64,
    recoveries: Vec<Duration>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn add(&mut self, seed: u64, outcome: Outcome) {
        let Outcome { plan, verdict, trace: _ } = outcome;
        let row = self.rows.entry(plan.theme).or_default();
        row.seeds += 1;
        row.disordered += verdict
            .problems
            .iter()
            .filter(|text| text.contains("begins") || text.contains("holders"))
            .count() as u64;
        row.recoveries.push(verdict.recovery);
        let sum = &mut row.sum;
        sum.messages += verdict.messages;
        sum.lost += verdict.lost;
        sum.stranded += verdict.stranded;
        sum.again_explained += verdict.again_explained;
        sum.again_unexplained += verdict.again_unexplained;
        sum.dead_letters += verdict.dead_letters;
        sum.requests += verdict.requests;
        if !verdict.problems.is_empty() {
            self.failed.push((seed, verdict.problems));
        }
    }

    /// The table and the branches, in Markdown.
    pub(crate) fn text(&self, marks: &Marks) -> String {
        let mut text =
            format!("| {} |\n|{}\n", HEADINGS.join(" | "), " --- |".repeat(HEADINGS.len()));
        let quiet = self.rows.get(&Theme::Quiet).map(Row::requests_per_message);
        for (theme, row) in &self.rows {
            let mut cells = row.cells(theme.name());
            cells.push(row.beyond(quiet));
            writeln!(text, "| {} |", cells.join(" | ")).expect("a string can be written to");
        }
        text.push_str("\n| branch | times reached |\n| --- | --- |\n");
        for mark in Mark::ALL {
            let (name, count) = (mark.name(), grouped(marks.count(*mark)));
            writeln!(text, "| {name} | {count} |").expect("a string can be written to");
        }
        text
    }

    /// Writes both into the documentation.
    pub(crate) fn write(&self, seeds: u64, marks: &Marks) {
        let page = std::fs::read_to_string(PAGE).expect("the page exists");
        let (before, rest) = page.split_once(BEGIN).expect("the page has the markers");
        let (_, after) = rest.split_once(END).expect("the page has the markers");
        let text = self.text(marks);
        let page = format!("{before}{BEGIN}\n{} seeds:\n\n{text}\n{END}{after}", grouped(seeds));
        std::fs::write(PAGE, page).expect("the page can be written");
    }
}

impl Row {
    fn cells(&self, name: &str) -> Vec<String> {
        let mut recoveries = self.recoveries.clone();
        recoveries.sort();
        let at = |share: f64| {
            let last = recoveries.len().saturating_sub(1);
            let place = (last as f64 * share).round() as usize;
            format!("{:.0} s", recoveries[place].as_secs_f64())
        };
        let sum = &self.sum;
        let counts = [
            self.seeds,
            sum.messages,
            sum.lost,
            sum.stranded,
            sum.again_explained,
            sum.again_unexplained,
            self.disordered,
            sum.dead_letters,
        ];
        let mut cells = vec![name.to_owned()];
        cells.extend(counts.map(grouped));
        cells.extend([at(0.99), at(1.0), format!("{:.2}", self.requests_per_message())]);
        cells
    }

    fn requests_per_message(&self) -> f64 {
        self.sum.requests as f64 / self.sum.messages as f64
    }

    /// Requests per message beyond those of runs without faults, if there are any.
    fn beyond(&self, quiet: Option<f64>) -> String {
        quiet.map_or_else(String::new, |quiet| {
            let percent = (self.requests_per_message() / quiet - 1.0) * 100.0;
            format!("{:+} %", percent.round() as i64)
        })
    }
}

/// With a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
