//! The incident of the README, played again with real workers in virtual time, at its own rates: 3
//! million messages per hour, and 7.2 billion empty receives per month. Writes the metrics that
//! Prometheus would have scraped, as OpenMetrics with timestamps, and the counts of the queue and
//! of the handlers.
//!
//! ```sh
//! cargo test --release --test incident -- DIRECTORY     # four days: about four minutes
//! cargo test --test incident -- --check                 # without files: a part of each day
//! ```
//!
//! The fleet is equal cells: some workers of a queue, and their part of its messages. One cell is
//! played, and its series are written once for each. `--check` also plays all cells with one queue,
//! and compares the requests of a message.

mod application;
mod cell;
mod facts;
mod fleet;
#[path = "../detection/link.rs"]
#[allow(dead_code, reason = "this test needs a part of it")]
mod link;
mod load;
mod openmetrics;
mod phase;
mod play;
mod wanted;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use facts::Facts;
use phase::Phase;

/// The queues, and the cells of each.
pub(crate) const QUEUES: [(&str, usize); 3] = [("orders", 6), ("emails", 4), ("invoices", 2)];
/// The cells of the fleet.
pub(crate) const CELLS: usize = QUEUES[0].1 + QUEUES[1].1 + QUEUES[2].1;

const HOUR: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--quiet").collect();
    match &words[..] {
        [check] if check == "--check" => fleet::check(),
        [directory] if !directory.starts_with('-') => write(Path::new(directory)),
        _ => {
            eprintln!("usage: incident DIRECTORY | --check");
            ExitCode::from(2)
        }
    }
}

/// Plays the four days, and writes their files.
fn write(directory: &Path) -> ExitCode {
    std::fs::create_dir_all(directory).expect("the directory can be made");
    // Two days at the same time, because one needs about a gigabyte. Those that poll short take
    // longest.
    let halves = [[Phase::ShortPolling, Phase::Drained], [Phase::LongPolling, Phase::Killed]];
    let play = |phase: Phase| play::play(phase, (1, phase.lasts()), Some(directory));
    let mut facts: Vec<Facts> = std::thread::scope(|scope| {
        let threads = halves.map(|half| scope.spawn(move || half.map(play)));
        threads.into_iter().flat_map(|thread| thread.join().expect("a day is played")).collect()
    });
    facts.sort_by_key(|facts| facts.phase);
    facts.iter().for_each(|facts| println!("{facts}"));
    let wrong: Vec<String> = facts.iter().flat_map(Facts::objections).collect();
    wrong.iter().for_each(|wrong| println!("FAILED {wrong}"));
    let played = serde_json::json!({ "queues": QUEUES.map(|(queue, _)| queue), "days": facts });
    let text = serde_json::to_string_pretty(&played).expect("facts have a JSON form");
    std::fs::write(directory.join("facts.json"), text + "\n").expect("the facts can be written");
    ExitCode::from(u8::from(!wrong.is_empty()))
}
