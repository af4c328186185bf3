//! One fault, and how it is played.

use std::time::Duration;

use longshore::report::Verdict;
use tokio::time::sleep;

use super::stage::Stage;

/// The time between two scrapes.
pub(crate) const SCRAPE: Duration = Duration::from_secs(15);
/// Scrapes a minute.
const A_MINUTE: usize = 4;

/// Something that goes wrong.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The alert that must fire, and its severity.
    pub(crate) alert: &'static str,
    pub(crate) severity: &'static str,
    /// Minutes without the fault before it begins.
    pub(crate) before: usize,
    /// Scrapes in each minute of the fault.
    pub(crate) scrapes: usize,
    /// Minutes of it that are played.
    pub(crate) lasts: usize,
    /// It is about workers that are gone or one of them, so the page of a worker cannot have its level.
    pub(crate) is_elsewhere: bool,
    /// Changes the stage before the first worker starts.
    pub(crate) prepare: fn(&mut Stage),
    /// Called when the fault begins.
    pub(crate) begin: fn(&mut Stage),
    /// Called every minute of the fault, with its number, from 0.
    pub(crate) minute: fn(&mut Stage, usize),
}

/// What was recorded.
pub(crate) struct Played {
    pub(crate) input_series: String,
    /// The verdict of the page at the end of each minute of the fault.
    pub(crate) pages: Vec<Option<Verdict>>,
}

impl Fault {
    /// An hour before, and an hour of it.
    pub(crate) fn new(
        name: &'static str,
        (alert, severity): (&'static str, &'static str),
        begin: fn(&mut Stage),
    ) -> Self {
        let (prepare, minute) = (|_: &mut Stage| {}, |_: &mut Stage, _: usize| {});
        Self {
            name,
            alert,
            severity,
            before: 60,
            scrapes: A_MINUTE,
            lasts: 60,
            is_elsewhere: false,
            prepare,
            begin,
            minute,
        }
    }

    pub(crate) fn play(&self) -> Played {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        fastrand::seed(7);
        runtime.block_on(self.run())
    }

    async fn run(&self) -> Played {
        let mut stage = Stage::new();
        (self.prepare)(&mut stage);
        stage.start_worker();
        stage.start_worker();
        for _ in 0..self.before {
            // Fewer scrapes are enough for the history.
            one_minute(&mut stage, 1).await;
        }
        (self.begin)(&mut stage);
        let mut pages = Vec::new();
        for minute in 0..self.lasts {
            (self.minute)(&mut stage, minute);
            one_minute(&mut stage, self.scrapes).await;
            pages.push(stage.page());
        }
        Played { input_series: stage.recording.input_series(), pages }
    }
}

/// A minute with this number of scrapes.
async fn one_minute(stage: &mut Stage, scrapes: usize) {
    for _ in 0..scrapes {
        let left_out = A_MINUTE / scrapes - 1;
        sleep(SCRAPE * left_out as u32).await;
        stage.recording.leave_out(left_out);
        sleep(SCRAPE).await;
        stage.scrape();
    }
}
