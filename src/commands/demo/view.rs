//! How the progress is shown: the live view on a terminal, and one line per second elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::live_view::LiveView;
use crate::demo::{Polling, Status};
use longshore::format::{dollars, percent, thousands};

pub(super) enum View {
    Live(LiveView),
    Lines(ProgressLines),
}

impl View {
    /// Chooses the live view if standard output is a terminal that can show it. JSON goes to
    /// standard output alone, and log lines on the same terminal would break the live view.
    pub(super) fn choose(json: bool, log_level_is_set: bool) -> Self {
        if json {
            return Self::Lines(ProgressLines::new(Box::new(io::stderr())));
        }
        let logs_to_terminal = log_level_is_set && io::stderr().is_terminal();
        let live = if logs_to_terminal { None } else { LiveView::open() };
        live.map_or_else(|| Self::Lines(ProgressLines::new(Box::new(io::stdout()))), Self::Live)
    }

    pub(super) fn show(&mut self, status: &Status) -> io::Result<()> {
        match self {
            Self::Live(live) => live.show(status),
            Self::Lines(lines) => lines.show(status),
        }
    }

    pub(super) fn close(self) -> io::Result<()> {
        match self {
            Self::Live(live) => live.close(),
            Self::Lines(_) => Ok(()),
        }
    }
}

/// The time between two lines, and before the first line of a phase.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Progress as plain lines, for pipes and logs.
pub(super) struct ProgressLines {
    out: Box<dyn Write>,
    phase: Option<Polling>,
    /// When the next line is due, measured from the start of the phase.
    due: Duration,
}

impl ProgressLines {
    fn new(out: Box<dyn Write>) -> Self {
        Self { out, phase: None, due: LINE_INTERVAL }
    }

    /// Writes a line if a phase has started, and a line if one is due.
    fn show(&mut self, status: &Status) -> io::Result<()> {
        if self.phase != Some(status.polling) {
            (self.phase, self.due) = (Some(status.polling), LINE_INTERVAL);
            writeln!(self.out, "{}", phase_line(status))?;
        }
        if status.current.elapsed >= self.due {
            self.due = Duration::from_secs(status.current.elapsed.as_secs()) + LINE_INTERVAL;
            writeln!(self.out, "{}", progress_line(status))?;
        }
        self.out.flush()
    }
}

fn phase_line(status: &Status) -> String {
    let phase = match status.polling {
        Polling::Short => "Phase 1: short polling, every receive returns at once",
        Polling::Long => "Phase 2: long polling, a receive waits for a message",
    };
    format!("{phase}. Status page: http://{}/", status.admin)
}

fn progress_line(status: &Status) -> String {
    let counts = &status.current.counts;
    format!(
        "{:>4} s  requests {}, receives {}, empty {} ({}), messages {}, errors {}, in flight {}, \
         {} per month",
        status.current.elapsed.as_secs(),
        thousands(counts.billed_requests),
        thousands(counts.receives),
        thousands(counts.empty_receives),
        percent(counts.empty_ratio()),
        thousands(counts.deleted),
        thousands(counts.handler_errors),
        thousands(counts.in_flight()),
        dollars(status.current.usd_per_month()),
    )
}
