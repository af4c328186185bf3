//! Runs the scenarios in parallel, one per core. Each run has its own clock and its own random
//! numbers, so their order does not change the results.

use std::io::{IsTerminal, Write, stderr};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::floor;
use super::measured::Measured;
use super::played::Played;
use super::run;
use super::scenario::Scenario;
use super::strategy::Strategy;

/// Runs every strategy of every scenario.
pub fn play(scenarios: Vec<Scenario>) -> Vec<Played> {
    let jobs: Vec<(&Scenario, Strategy)> = scenarios
        .iter()
        .flat_map(|scenario| scenario.strategies.iter().map(move |strategy| (scenario, *strategy)))
        .collect();
    let ends: Vec<Mutex<Option<Measured>>> = jobs.iter().map(|_| Mutex::default()).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some((scenario, strategy)) = jobs.get(at) else { return };
            let measured = run::run(scenario, *strategy);
            *ends[at].lock().expect("no code panics while it holds this lock") = Some(measured);
            progress(done.fetch_add(1, Relaxed) + 1, jobs.len());
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut ends = ends.into_iter().map(|end| end.into_inner().expect("no run panicked"));
    let mut runs = |scenario: &Scenario| {
        let end = |strategy: &Strategy| Some((*strategy, ends.next()??));
        scenario.strategies.iter().map_while(end).collect()
    };
    let runs: Vec<Vec<(Strategy, Measured)>> = scenarios.iter().map(&mut runs).collect();
    scenarios
        .into_iter()
        .zip(runs)
        .map(|(scenario, runs)| Played { floor: floor::minimum(&scenario), scenario, runs })
        .collect()
}

/// Shows the progress on standard error, if that is a terminal.
fn progress(done: usize, all: usize) {
    let mut out = stderr();
    if out.is_terminal() {
        let end = if done == all { "\r\x1b[K" } else { "" };
        let width = done * 30 / all;
        let line =
            format!("\r{:━<width$}{:─<rest$} {done} of {all} runs{end}", "", "", rest = 30 - width);
        // The run continues if the terminal is closed.
        drop(out.write_all(line.as_bytes()));
    }
}
