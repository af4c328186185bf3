//! The summary: one line per scenario.

use std::fmt::Write;

use super::measured::Measured;
use super::played::{Played, figure};
use super::strategy::Strategy;
use super::traffic::Traffic;

/// Requests per message of each strategy, and the minimum. Then the messages per second with a
/// backlog, because a strategy that receives less often could also be slower.
pub fn all(played: &[Played]) -> String {
    let requests = |played: &Played, measured: &Measured| played.requests_per_unit(measured);
    let pace = |played: &Played, measured: &Measured| played.pace(measured);
    let with_messages: Vec<&Played> =
        played.iter().filter(|played| played.floor.is_some() && !played.is_alone()).collect();
    let backlogs: Vec<&Played> =
        played.iter().filter(|played| played.scenario.traffic == Traffic::Backlog).collect();
    let mut text = short("requests per message", &with_messages, requests, |played| played.floor);
    if text.contains('*') {
        text += "    * falls behind: messages pile up in the queue\n";
    }
    text + &short("messages per second, with a backlog", &backlogs, pace, |_| None)
}

fn short(
    title: &str,
    played: &[&Played],
    value: impl Fn(&Played, &Measured) -> f64,
    floor: impl Fn(&Played) -> Option<f64>,
) -> String {
    if played.is_empty() {
        return String::new();
    }
    let mut text = format!("\nSummary: {title}\n    {:<40}", "");
    for strategy in Strategy::ALL {
        write!(text, " {:>10}", strategy.short_name()).expect("to a string");
    }
    let any_floor = played.iter().any(|played| floor(played).is_some());
    text += if any_floor { "    minimum\n" } else { "\n" };
    for played in played {
        write!(text, "    {:<40}", played.scenario.name).expect("to a string");
        for strategy in Strategy::ALL {
            let cell = played.measured_for(strategy).map(|measured| {
                let behind = if played.falls_behind(measured) { "*" } else { "" };
                figure(value(played, measured)) + behind
            });
            write!(text, " {:>10}", cell.unwrap_or_default()).expect("to a string");
        }
        let floor = floor(played).map(|floor| format!(" {:>10}", figure(floor)));
        text += &floor.unwrap_or_default();
        text.push('\n');
    }
    text
}
