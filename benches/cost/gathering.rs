//! What gathering adds to the wait of messages: each message's wait with it, less its own wait without,
//! for the same arrivals.

use std::time::Duration;

use super::measured::{Wait, percentile};
use super::report::{Played, shown};
use super::scenario::ARRIVALS;
use super::strategy::Strategy;
use super::worker;

/// A message finds the queue idle when none came for so long: more than any request and gathering takes.
const IDLE: Duration = Duration::from_secs(1);

/// In one scenario.
pub struct Gathering {
    pub scenario: String,
    /// What 99 % of the messages did not exceed.
    pub p99: Duration,
    /// The most of any message that came to an idle queue; `None` where none did.
    pub at_idle: Option<Duration>,
    idle: usize,
}

/// In each scenario of one worker with quick handlers that was played with and without.
pub fn of(played: &[Played]) -> Vec<Gathering> {
    let both = |played: &Played| {
        let on = &played.of(Strategy::Longshore)?.waits;
        let off = &played.of(Strategy::GatherOff)?.waits;
        compare(&played.scenario.name, on, off)
    };
    let arrivals = |played: &&Played| played.scenario.name.starts_with(ARRIVALS);
    played.iter().filter(arrivals).filter_map(both).collect()
}

/// A table of them.
pub fn table(gatherings: &[Gathering]) -> String {
    let mut text = format!(
        "\nWait added by gathering (at most {} is allowed), message by message against gather off\n    {:<44} {:>9} {:>22} {:>9}\n",
        shown(Some(worker::gather())),
        "",
        "p99",
        "most, at an idle queue",
        "messages",
    );
    for Gathering { scenario, p99, at_idle, idle } in gatherings {
        let (p99, at_idle) = (shown(Some(*p99)), shown(*at_idle));
        text += &format!("    {scenario:<44} {p99:>9} {at_idle:>22} {idle:>9}\n");
    }
    text
}

fn compare(scenario: &str, on: &[Wait], off: &[Wait]) -> Option<Gathering> {
    let both: Vec<(&Wait, &Wait)> = on.iter().zip(off).collect();
    let all = both.iter().filter_map(|(on, off)| added(on, off)).collect();
    let at_idle: Vec<Duration> = both
        .windows(2)
        .filter(|pair| pair[1].0.arrived - pair[0].0.arrived > IDLE)
        .filter_map(|pair| added(pair[1].0, pair[1].1))
        .collect();
    Some(Gathering {
        scenario: scenario.to_owned(),
        p99: percentile(all, 0.99)?,
        idle: at_idle.len(),
        at_idle: at_idle.into_iter().max(),
    })
}

fn added(on: &Wait, off: &Wait) -> Option<Duration> {
    Some(on.added?.saturating_sub(off.added?))
}
