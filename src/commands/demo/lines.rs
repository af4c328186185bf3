//! The demo by the line, about one a second, for pipes, logs and other non-terminals.

use std::io::{self, Write};
use std::time::Duration;

use crate::demo::{Polling, Scene};
use longshore::format::{dollars, percent, thousands};

/// Time between two lines, and between the beginning of an act and its first.
const APART: Duration = Duration::from_secs(1);

pub(super) struct Lines {
    out: Box<dyn Write>,
    act: Option<Polling>,
    /// When the next line is due, in the act's time.
    due: Duration,
}

impl Lines {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out, act: None, due: APART }
    }

    /// Writes what is new: that an act begins, or a line that is due.
    pub(super) fn show(&mut self, scene: &Scene) -> io::Result<()> {
        if self.act != Some(scene.polling) {
            (self.act, self.due) = (Some(scene.polling), APART);
            writeln!(self.out, "{}", opening(scene))?;
        }
        if scene.now.took >= self.due {
            self.due = Duration::from_secs(scene.now.took.as_secs()) + APART;
            writeln!(self.out, "{}", line(scene))?;
        }
        self.out.flush()
    }
}

fn opening(scene: &Scene) -> String {
    let page = format!("the page is http://{}/", scene.admin);
    match scene.polling {
        Polling::Short => format!("Act 1: short polling, a receive returns at once; {page}"),
        Polling::Long => format!("Act 2: long polling, a receive waits for a message; {page}"),
    }
}

fn line(scene: &Scene) -> String {
    let counts = &scene.now.counts;
    format!(
        "{:>4} s  requests {}, receives {}, empty {} ({}), messages {}, errors {}, in flight {}, {} a month",
        scene.now.took.as_secs(),
        thousands(counts.billed_requests),
        thousands(counts.receives),
        thousands(counts.empty_receives),
        percent(counts.empty_ratio()),
        thousands(counts.deleted),
        thousands(counts.handler_errors),
        thousands(counts.in_flight()),
        dollars(scene.now.usd_per_month()),
    )
}
