//! The table that compares short and long polling.

use super::text::{Line, TextStyle, change};
use crate::demo::{ActStats, Results, reduction};
use longshore::format::{dollars, percent, thousands};

/// The width of the table, in columns.
pub(super) const WIDTH: usize = 58;

/// One row. `rate` is set if a lower value is better; the last column then shows its change.
struct Row {
    label: &'static str,
    cell: fn(&ActStats) -> String,
    rate: Option<fn(&ActStats) -> f64>,
}

const ROWS: [Row; 9] = [
    Row { label: "messages processed", cell: |act| thousands(act.counts.deleted), rate: None },
    Row { label: "handler errors", cell: |act| thousands(act.counts.handler_errors), rate: None },
    Row { label: "p50 wait", cell: p50_wait, rate: None },
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
    Row { label: "empty receive ratio", cell: |act| percent(act.counts.empty_ratio()), rate: None },
    Row {
        label: "billed requests",
        cell: |act| thousands(act.counts.billed_requests),
        rate: Some(|act| act.per_second(act.counts.billed_requests)),
    },
    Row { label: "requests per message", cell: requests_per_message, rate: None },
    Row {
        label: "cost per month",
        cell: |act| dollars(act.usd_per_month()),
        rate: Some(ActStats::usd_per_month),
    },
];

/// The table: a header and the rows. Changes compare rates, so the acts may differ in duration.
pub(super) fn table(results: &Results) -> Vec<Line> {
    let header = format!("{:<21}{:>14}{:>14}", "", "short polling", "long polling");
    let rows = ROWS.iter().map(|row| {
        let cell = |act: &Option<ActStats>| act.as_ref().map_or("-".to_owned(), row.cell);
        let (short_style, long_style) = match row.rate {
            Some(_) => (TextStyle::Waste, TextStyle::Good),
            None => (TextStyle::Plain, TextStyle::Plain),
        };
        let line = Line::new(TextStyle::Plain, format!("{:<21}", row.label))
            .with(short_style, format!("{:>14}", cell(&results.short_polling)))
            .with(long_style, format!("{:>14}", cell(&results.long_polling)));
        match change_of(row, results) {
            Some(change) => line.with(TextStyle::Strong, format!("{change:>9}")),
            None => line,
        }
    });
    std::iter::once(Line::new(TextStyle::Faint, header)).chain(rows).collect()
}

fn change_of(row: &Row, results: &Results) -> Option<String> {
    let (rate, before, after) = (row.rate?, results.short_polling?, results.long_polling?);
    Some(change(reduction(rate(&before), rate(&after))?))
}

fn p50_wait(act: &ActStats) -> String {
    act.p50_wait.map_or("-".to_owned(), |wait| format!("{} ms", wait.as_millis()))
}

fn requests_per_message(act: &ActStats) -> String {
    act.requests_per_message().map_or("-".to_owned(), |requests| format!("{requests:.2}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use longshore::telemetry::Snapshot;

    fn act(seconds: u64, receives: u64) -> ActStats {
        let counts = Snapshot {
            receives,
            empty_receives: receives,
            billed_requests: receives,
            ..Snapshot::default()
        };
        ActStats {
            elapsed: Duration::from_secs(seconds),
            sent: 0,
            counts,
            price_per_request_usd: 0.40 / 1e6,
            p50_wait: None,
        }
    }

    fn rows(results: &Results) -> Vec<String> {
        table(results).iter().map(|line| line.plain().trim_end().to_owned()).collect()
    }

    #[test]
    fn changes_compare_rates_and_every_line_fits() {
        let results = Results {
            short_polling: Some(act(10, 1_000)),
            long_polling: Some(act(100, 1_000)),
            ..Results::default()
        };
        let rows = rows(&results);
        assert_eq!(rows[4], "receives                      1,000         1,000  -90.0 %");
        assert!(rows[9].ends_with("$103.68        $10.37  -90.0 %"), "{}", rows[9]);
        assert!(rows.iter().all(|row| row.chars().count() <= WIDTH));
    }

    #[test]
    fn an_act_that_has_not_started_is_a_dash() {
        let results = Results { short_polling: Some(act(10, 1_000)), ..Results::default() };
        assert_eq!(rows(&results)[4], "receives                      1,000             -");
    }
}
