//! The wait that gathering adds: the same arrivals, with and without gathering.

use std::time::Duration;

use super::measured::{Measured, Wait, percentile};
use super::played::{Played, shown};
use super::scenario::ARRIVALS;
use super::strategy::Strategy;
use super::worker;

/// A message arrives at an idle queue if there was none for this time: longer than any request and
/// gather.
const IDLE: Duration = Duration::from_secs(1);

/// The comparison in one scenario.
pub struct Gathering {
    pub scenario: String,
    /// The p99 wait with gathering, minus the p99 wait without it.
    pub p99: Duration,
    with: Duration,
    without: Duration,
    /// The p99 of the added waits of single messages. It includes the round trip of a request,
    /// because a message can find an open receive without gathering, and none with it.
    each: Duration,
    /// The longest wait added to a message that arrived at an idle queue; `None` without such
    /// messages.
    pub at_idle: Option<Duration>,
    idle: usize,
}

/// Compares the scenarios of one worker with quick handlers that were run with and without
/// gathering.
pub fn compare_all(played: &[Played]) -> Vec<Gathering> {
    let both = |played: &Played| {
        let (on, off) =
            (played.measured_for(Strategy::Longshore)?, played.measured_for(Strategy::GatherOff)?);
        compare(&played.scenario.name, on, off)
    };
    let arrivals = |played: &&Played| played.scenario.name.starts_with(ARRIVALS);
    played.iter().filter(arrivals).filter_map(both).collect()
}

/// The comparisons as a table.
pub fn table(gatherings: &[Gathering]) -> String {
    if gatherings.is_empty() {
        return String::new();
    }
    let gather = shown(Some(worker::gather()));
    let mut text = format!(
        "\nWait added by gathering, at most {gather}\n    {:<24} {:>9} {:>9} {:>9} {:>13} {:>14} {:>9}\n",
        "", "p99 with", "without", "added", "per message", "idle queue max", "messages",
    );
    for Gathering { scenario, p99, with, without, each, at_idle, idle } in gatherings {
        let [p99, with, without, each] = [p99, with, without, each].map(|time| shown(Some(*time)));
        let at_idle = shown(*at_idle);
        text += &format!(
            "    {scenario:<24} {with:>9} {without:>9} {p99:>9} {each:>13} {at_idle:>14} {idle:>9}\n"
        );
    }
    text
}

fn compare(scenario: &str, on: &Measured, off: &Measured) -> Option<Gathering> {
    let both: Vec<(&Wait, &Wait)> = on.waits.iter().zip(&off.waits).collect();
    let each = both.iter().filter_map(|(on, off)| added(on, off)).collect();
    let at_idle: Vec<Duration> = both
        .windows(2)
        .filter(|pair| pair[1].0.arrived - pair[0].0.arrived > IDLE)
        .filter_map(|pair| added(pair[1].0, pair[1].1))
        .collect();
    let (with, without) = (on.added_wait(0.99)?, off.added_wait(0.99)?);
    Some(Gathering {
        scenario: scenario.to_owned(),
        p99: with.saturating_sub(without),
        with,
        without,
        each: percentile(each, 0.99)?,
        idle: at_idle.len(),
        at_idle: at_idle.into_iter().max(),
    })
}

fn added(on: &Wait, off: &Wait) -> Option<Duration> {
    Some(on.added?.saturating_sub(off.added?))
}
