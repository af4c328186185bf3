//! How the progress is shown: the live view on a terminal, and one line per second elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::act::{meaning, title};
use super::live_view::LiveView;
use crate::demo::{Act, Status};
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

/// The time between two lines, and before the first line of an act.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Progress as plain lines, for pipes and logs.
pub(super) struct ProgressLines {
    out: Box<dyn Write>,
    act: Option<Act>,
    /// When the next line is due, measured from the start of the act.
    due: Duration,
}

impl ProgressLines {
    fn new(out: Box<dyn Write>) -> Self {
        Self { out, act: None, due: LINE_INTERVAL }
    }

    /// Writes a line if an act has started, and a line if one is due.
    fn show(&mut self, status: &Status) -> io::Result<()> {
        if self.act != Some(status.act) {
            (self.act, self.due) = (Some(status.act), LINE_INTERVAL);
            writeln!(self.out, "{}", act_line(status))?;
        }
        if status.current.elapsed >= self.due {
            self.due = Duration::from_secs(status.current.elapsed.as_secs()) + LINE_INTERVAL;
            writeln!(self.out, "{}", progress_line(status))?;
        }
        self.out.flush()
    }
}

fn act_line(status: &Status) -> String {
    let act = status.act;
    format!(
        "Act {}: {}, {}. Status page: http://{}/",
        act.number(),
        title(act),
        meaning(act),
        status.admin
    )
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
