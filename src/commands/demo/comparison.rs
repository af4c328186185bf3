//! Both acts side by side, row by row.

use super::number::change;
use super::text::{Line, Tone};
use crate::demo::{Acts, Figures, less};
use longshore::format::{dollars, percent, thousands};

/// The table's width.
pub(super) const WIDTH: usize = 58;

/// One row: what it is called, how it is written, and, where less is better, its rate.
struct Row {
    label: &'static str,
    cell: fn(&Figures) -> String,
    rate: Option<fn(&Figures) -> f64>,
}

const ROWS: [Row; 9] = [
    Row { label: "messages handled", cell: |act| thousands(act.counts.deleted), rate: None },
    Row { label: "errors, retried", cell: |act| thousands(act.counts.handler_errors), rate: None },
    Row { label: "median wait", cell: median_wait, rate: None },
    Row {
        label: "receives",
        cell: |act| thousands(act.counts.receives),
        rate: Some(|act| act.per_second(act.counts.receives)),
    },
    Row {
        label: "empty receives",
        cell: |act| thousands(act.counts.empty_receives),
        rate: Some(|act| act.per_second(act.counts.empty_receives)),
    },
    Row { label: "empty share", cell: |act| percent(act.counts.empty_ratio()), rate: None },
    Row {
        label: "requests",
        cell: |act| thousands(act.counts.billed_requests),
        rate: Some(|act| act.per_second(act.counts.billed_requests)),
    },
    Row { label: "requests a message", cell: requests_per_message, rate: None },
    Row {
        label: "at this rate, a month",
        cell: |act| dollars(act.usd_per_month()),
        rate: Some(Figures::usd_per_month),
    },
];

/// The table: a heading and the rows. Changes are of rates, so acts need not last equally long.
pub(super) fn table(acts: &Acts) -> Vec<Line> {
    let heading = format!("{:<21}{:>14}{:>14}", "", "short polling", "long polling");
    let rows = ROWS.iter().map(|row| {
        let cell = |act: &Option<Figures>| act.as_ref().map_or("-".to_owned(), row.cell);
        let (waste, good) = match row.rate {
            Some(_) => (Tone::Waste, Tone::Good),
            None => (Tone::Plain, Tone::Plain),
        };
        let line = Line::of(Tone::Plain, format!("{:<21}", row.label))
            .with(waste, format!("{:>14}", cell(&acts.short_polling)))
            .with(good, format!("{:>14}", cell(&acts.long_polling)));
        match changed(row, acts) {
            Some(changed) => line.with(Tone::Strong, format!("{changed:>9}")),
            None => line,
        }
    });
    std::iter::once(Line::of(Tone::Faint, heading)).chain(rows).collect()
}

fn changed(row: &Row, acts: &Acts) -> Option<String> {
    let (rate, before, after) = (row.rate?, acts.short_polling?, acts.long_polling?);
    Some(change(less(rate(&before), rate(&after))?))
}

fn median_wait(act: &Figures) -> String {
    act.median_wait.map_or("-".to_owned(), |wait| format!("{} ms", wait.as_millis()))
}

fn requests_per_message(act: &Figures) -> String {
    act.requests_per_message().map_or("-".to_owned(), |requests| format!("{requests:.2}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use longshore::telemetry::Snapshot;

    fn act(seconds: u64, receives: u64) -> Figures {
        let counts = Snapshot {
            receives,
            empty_receives: receives,
            billed_requests: receives,
            ..Snapshot::default()
        };
        Figures {
            took: Duration::from_secs(seconds),
            sent: 0,
            counts,
            price_per_request_usd: 0.40 / 1e6,
            median_wait: None,
        }
    }

    fn rows(acts: &Acts) -> Vec<String> {
        table(acts).iter().map(|line| line.plain().trim_end().to_owned()).collect()
    }

    #[test]
    fn changes_are_of_rates_and_every_line_fits() {
        let acts =
            Acts { short_polling: Some(act(10, 1_000)), long_polling: Some(act(100, 1_000)) };
        let rows = rows(&acts);
        assert_eq!(rows[4], "receives                      1,000         1,000  -90.0 %");
        assert!(rows[9].ends_with("$103.68        $10.37  -90.0 %"), "{}", rows[9]);
        assert!(rows.iter().all(|row| row.chars().count() <= WIDTH));
    }

    #[test]
    fn an_act_that_is_still_to_come_is_a_dash() {
        let acts = Acts { short_polling: Some(act(10, 1_000)), long_polling: None };
        assert_eq!(rows(&acts)[4], "receives                      1,000             -");
    }
}
