//! The live view: a terminal screen that is redrawn in place.

use std::io;
use std::time::Duration;

use console::Term;

use super::act::{meaning, title as name};
use super::comparison::{self, table};
use super::deploys;
use super::rates::{RateHistory, Rates};
use super::text::{Line, TextStyle, seconds};
use crate::demo::{Act, ROUND_TRIP, Status};

/// Maximum width of the view, in columns.
const MAX_WIDTH: usize = 78;
/// The columns of the label before a sparkline and of the number after it.
const SPARKLINE_MARGIN: usize = 12 + 6;

/// Owns the cursor while it is open.
pub(super) struct LiveView {
    term: Term,
    rates: RateHistory,
    /// Lines of the last drawing, all above the cursor.
    drawn: usize,
}

impl LiveView {
    /// Returns `None` if standard output is not a terminal that can show the view.
    pub(super) fn open() -> Option<Self> {
        let term = Term::buffered_stdout();
        let supported = term.is_term() && term.features().colors_supported();
        let supported = supported && term.size_checked().is_some() && term.hide_cursor().is_ok();
        supported.then(|| Self { term, rates: RateHistory::default(), drawn: 0 })
    }

    /// Draws the status over the last drawing, with a single write. Clears each line just before it
    /// writes it again, because a screen that is cleared from the top goes into the scrollback.
    pub(super) fn show(&mut self, status: &Status) -> io::Result<()> {
        self.rates.observe(status);
        let (height, width) = self.term.size();
        let (height, width) = (usize::from(height), usize::from(width));
        let mut lines = lines(status, &self.rates, width);
        // The cursor needs the last row. Lines that do not fit are dropped from the bottom.
        lines.truncate(height.saturating_sub(1));
        // If the window became smaller, the cursor cannot reach the top of the last drawing.
        self.term.move_cursor_up(self.drawn.min(height.saturating_sub(1)))?;
        for line in &lines {
            self.term.clear_line()?;
            self.term.write_line(&line.render(width))?;
        }
        self.term.clear_line()?;
        self.term.clear_to_end_of_screen()?;
        self.drawn = lines.len();
        self.term.flush()
    }

    /// Clears the view, so that the summary takes its place, and shows the cursor again.
    pub(super) fn close(self) -> io::Result<()> {
        let height = usize::from(self.term.size().0);
        self.term.clear_line()?;
        self.term.clear_last_lines(self.drawn.min(height.saturating_sub(1)))
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        if let Err(error) = self.term.show_cursor().and_then(|()| self.term.flush()) {
            tracing::debug!(%error, "cannot show the cursor again");
        }
    }
}

/// The lines of the view for a terminal of this width, most important first.
fn lines(status: &Status, rates: &RateHistory, width: usize) -> Vec<Line> {
    let width = width.clamp(comparison::WIDTH, MAX_WIDTH);
    let (in_flight, sent) = (status.current.counts.in_flight(), status.current.sent);
    let round_trip = ROUND_TRIP.as_millis();
    let mut lines = vec![
        Line::new(TextStyle::Strong, "Longshore demo")
            .with(TextStyle::Plain, ": polling, then deploys"),
        Line::new(
            TextStyle::Faint,
            format!("All in one process. Simulated round trip: {round_trip} ms."),
        ),
        Line::empty(),
        title(status),
        progress_bar(status, width),
        Line::empty(),
    ];
    // A terminal of 24 rows has no room for this and for the table of the deploys.
    if status.act.is_polling() {
        lines.extend([
            sparkline(rates, "receives/s", width, |column| column.receives),
            sparkline(rates, "messages/s", width, |column| column.messages),
            Line::new(TextStyle::Plain, format!("{:<12}{in_flight} of {sent} sent", "in flight")),
            Line::empty(),
        ]);
    }
    lines.extend(table(&status.results));
    lines.extend(deploys::lines(&status.results));
    lines.extend([
        Line::empty(),
        Line::new(TextStyle::Faint, "page     ")
            .with(TextStyle::Plain, format!("http://{}/", status.admin)),
        Line::new(TextStyle::Faint, "Ctrl-C   stop and show the summary"),
    ]);
    lines
}

fn title(status: &Status) -> Line {
    let act = status.act;
    let style = match act {
        Act::ShortPolling | Act::WithoutDrain => TextStyle::Waste,
        Act::LongPolling | Act::WithDrain => TextStyle::Good,
    };
    Line::new(TextStyle::Strong, format!("Act {} of {}  ", act.number(), Act::ALL.len()))
        .with(style, name(act))
        .with(TextStyle::Plain, format!(": {}", meaning(act)))
}

fn progress_bar(status: &Status, width: usize) -> Line {
    let elapsed = status.current.elapsed;
    let Some(duration) = status.duration else {
        return Line::new(TextStyle::Faint, seconds(elapsed));
    };
    let time = format!("  {:>4} of {}", seconds(elapsed.min(duration)), seconds(duration));
    let columns = width.saturating_sub(time.chars().count());
    let filled = filled_columns(elapsed, duration, columns);
    Line::new(TextStyle::Strong, "━".repeat(filled))
        .with(TextStyle::Faint, "─".repeat(columns - filled))
        .with(TextStyle::Plain, time)
}

/// How many of `columns` are filled after `elapsed` of `duration`.
fn filled_columns(elapsed: Duration, duration: Duration, columns: usize) -> usize {
    let share = elapsed.as_secs_f64() / duration.as_secs_f64().max(f64::MIN_POSITIVE);
    ((share * columns as f64) as usize).min(columns)
}

fn sparkline(rates: &RateHistory, label: &str, width: usize, rate: fn(&Rates) -> f64) -> Line {
    let columns = width - SPARKLINE_MARGIN;
    let sparkline = rates.sparkline(columns, rate);
    let current = rates.current(rate);
    Line::new(TextStyle::Plain, format!("{label:<12}"))
        .with(TextStyle::Plain, format!("{sparkline:<columns$}"))
        .with(TextStyle::Strong, format!("{current:>6.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{ActStats, DeployStats, Results};
    use longshore::telemetry::Snapshot;

    fn status(act: Act, elapsed: u64, duration: Option<u64>) -> Status {
        let current = ActStats {
            elapsed: Duration::from_secs(elapsed),
            sent: 5,
            counts: Snapshot { received: 5, settled: 3, ..Snapshot::default() },
            price_per_request_usd: 0.40 / 1e6,
            p50_wait: None,
        };
        let results = Results { short_polling: Some(current), ..Results::default() };
        let admin = ([127, 0, 0, 1], 65_535).into();
        Status { results, act, current, duration: duration.map(Duration::from_secs), admin }
    }

    fn plain(status: &Status, width: usize) -> Vec<String> {
        lines(status, &RateHistory::default(), width).iter().map(Line::plain).collect()
    }

    #[test]
    fn the_view_fits_terminals_of_60_and_of_80_columns() {
        for width in [60, 80, 200] {
            for (act, duration) in [(Act::LongPolling, Some(15)), (Act::WithDrain, None)] {
                let mut status = status(act, 7, duration);
                if !act.is_polling() {
                    status.results.without_drain = Some(DeployStats::default());
                    status.results.with_drain = Some(DeployStats::default());
                }
                let lines = plain(&status, width);
                assert!(lines.len() < 24, "{}", lines.len());
                for line in lines {
                    assert!(line.chars().count() <= width.min(80), "{line}");
                }
            }
        }
    }

    #[test]
    fn the_progress_bar_fills_and_never_overflows() {
        let bar =
            |elapsed| filled_columns(Duration::from_secs(elapsed), Duration::from_secs(10), 50);
        assert_eq!([bar(0), bar(5), bar(10), bar(11)], [0, 25, 50, 50]);
        assert_eq!(filled_columns(Duration::ZERO, Duration::ZERO, 50), 0);
    }

    #[test]
    fn the_view_names_the_act_and_counts_messages_in_flight() {
        let lines = plain(&status(Act::ShortPolling, 7, Some(15)), 80);
        assert!(lines[3].starts_with("Act 1 of 4  short polling"));
        assert!(lines[4].ends_with(" 7.0 s of 15.0 s"));
        assert_eq!(lines[8], "in flight   2 of 5 sent");
    }
}
