//! Whether one cell stands for the fleet, and the days are as they must be.

use std::process::ExitCode;
use std::time::Duration;

use crate::facts::Facts;
use crate::phase::Phase;
use crate::{CELLS, play};

/// The whole fleet is played for this time.
const TIME: Duration = Duration::from_secs(180);
/// The requests of a message may differ by this part.
const TOLERANCE: f64 = 0.05;

/// Plays a part of each day, and three minutes of the whole fleet.
pub(crate) fn check() -> ExitCode {
    let mut wrong = Vec::new();
    for phase in Phase::ALL {
        let facts = play::play(phase, (1, part(phase)), None);
        println!("{facts}");
        wrong.extend(facts.objections());
    }
    for phase in [Phase::ShortPolling, Phase::LongPolling] {
        wrong.extend(compare(phase));
    }
    wrong.iter().for_each(|wrong| println!("FAILED {wrong}"));
    ExitCode::from(u8::from(!wrong.is_empty()))
}

/// With an autoscaler, until the first workers are removed.
fn part(phase: Phase) -> Duration {
    match phase.is_scaled() {
        true => Duration::from_secs(45 * 60),
        false => Duration::from_secs(10 * 60),
    }
}

/// One cell with its part of the traffic, and all cells with one queue.
fn compare(phase: Phase) -> Option<String> {
    let [cell, fleet] = [1, CELLS].map(|cells| play::play(phase, (cells, TIME), None));
    let [cell, fleet] = [&cell, &fleet].map(Facts::requests_per_message);
    println!("{phase:?}: {cell:.3} requests per message in a cell, {fleet:.3} in the fleet");
    let differs = (cell / fleet - 1.0).abs() > TOLERANCE;
    differs.then(|| format!("{phase:?}: one cell does not stand for the fleet"))
}
