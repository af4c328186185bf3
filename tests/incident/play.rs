//! Plays a phase.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::cell::Cell;
use crate::facts::Facts;
use crate::load;
use crate::openmetrics::Recorder;
use crate::phase::Phase;

/// The time between two scrapes.
const SCRAPE: Duration = Duration::from_secs(60);
/// The next settings are deployed this many minutes before the end of a day.
const DEPLOYED: u64 = 20;
/// The counts of a day end this many minutes after the deploy, when the messages of workers that were
/// killed have been received again.
const COUNTED: u64 = 3;

/// Plays this number of cells with one queue for this time, and writes the samples.
pub(crate) fn play(phase: Phase, cells: (usize, Duration), directory: Option<&Path>) -> Facts {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    fastrand::seed(phase as u64 + 1);
    runtime.block_on(run(phase, cells, directory))
}

async fn run(phase: Phase, (cells, lasts): (usize, Duration), directory: Option<&Path>) -> Facts {
    let begin = Instant::now();
    let arrivals = load::arrivals(cells, lasts, phase as u64);
    let mut cell = Cell::new(phase, arrivals);
    let mut recorder = directory.map(|directory| Recorder::new(directory, phase));
    let minutes = lasts.as_secs() / 60;
    let deployed = if lasts == phase.lasts() { minutes - DEPLOYED } else { minutes };
    let (mut facts, mut aborted) = (None, Vec::new());
    for minute in 0..minutes {
        let workers = if phase.is_scaled() { load::workers(minute) } else { load::MOST_WORKERS };
        if minute == deployed {
            cell.deploy(phase.prepares(), workers * cells);
        }
        // The next day has workers of its own.
        let is_last = minute + 1 == minutes && deployed < minutes;
        cell.scale(if is_last { 0 } else { workers * cells });
        cell.pass(SCRAPE).await;
        if let Some(recorder) = &mut recorder {
            recorder.scrape(&cell);
        }
        cell.forget_ended();
        if (minute + 1).is_multiple_of(60) {
            aborted.push(cell.application.calls().aborted);
        }
        if minute + 1 == deployed + COUNTED {
            facts = Some(Facts::of(phase, &cell, cells as u64, begin));
        }
    }
    if let Some(recorder) = recorder {
        recorder.finish();
    }
    let facts = facts.unwrap_or_else(|| Facts::of(phase, &cell, cells as u64, begin));
    facts.with_end(Duration::from_secs(deployed * 60), &aborted)
}
