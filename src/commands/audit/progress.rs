//! The progress of an audit on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use longshore_audit::account::{Progress, Step};

/// A bar on stderr. Nothing if stderr is no terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    fn start(&self, length: usize, message: &'static str, template: &str) {
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        self.0.set_style(style.progress_chars("=> "));
        self.0.set_length(length as u64);
        self.0.set_position(0);
        self.0.set_message(message);
    }
}

const BAR: &str = "{msg:20} [{bar:30}] {pos}/{len}  {eta} left";

impl Progress for Bar {
    fn begin(&self, step: Step) {
        match step {
            Step::Listing => self.start(0, "Listing queues", "{spinner} {msg}"),
            Step::Reading(queues) => self.start(queues, "Reading queues", BAR),
            Step::Measuring(requests) => self.start(requests, "Reading metrics", BAR),
        }
    }

    fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
