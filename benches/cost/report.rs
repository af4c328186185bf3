//! What a person reads: a table a scenario, and all scenarios in short.

use std::fmt::Write;
use std::time::Duration;

use longshore::QueueConfig;
use longshore::queue::pricing::{MONTH, usd};

use super::measured::Measured;
use super::scenario::Scenario;
use super::strategy::Strategy;
use super::traffic::Traffic;

/// What stands above the tables.
pub const ASSUMPTIONS: &str = "\
Requests that SQS bills, counted in virtual time; the same seed for all.
A request takes 10 ms there and back; a long poll waits up to 20 s on top, and is answered when a message comes.
Bodies of 1 KiB: ten of them are one billed request. $0.40 a million requests, the free ones not taken off.
A handler time with ~ is a mean, and times are spread exponentially around it. Bursts: ten times the mean rate,
for a second on average. Room: replicas x messages handled at once; plain loops handle ten each, so many loops.
Floor: a consumer that knew every arrival and end of a handler beforehand, and let a message wait at most 200 ms
for company before its receive and 1 s before its delete, as Longshore may by default; 0.2 with full batches.
Wait: from arrival to handler, beyond the 5 ms that the answer to an open receive takes.
";

/// A scenario that was played, with what came of each strategy.
pub struct Played {
    pub scenario: Scenario,
    pub floor: Option<f64>,
    pub runs: Vec<(Strategy, Measured)>,
}

impl Played {
    pub fn of(&self, strategy: Strategy) -> Option<&Measured> {
        self.runs.iter().find(|(other, _)| *other == strategy).map(|(_, measured)| measured)
    }

    /// What requests are counted by: messages, or minutes where there are none.
    pub fn units(&self, measured: &Measured) -> f64 {
        if self.scenario.traffic == Traffic::None {
            self.scenario.measured.as_secs_f64() / 60.0
        } else {
            measured.counts.deleted as f64
        }
    }

    pub fn requests_a_unit(&self, measured: &Measured) -> f64 {
        measured.counts.requests() as f64 / self.units(measured)
    }

    /// Dollars for a million messages; for a month where there are none.
    pub fn dollars(&self, measured: &Measured) -> f64 {
        let dollars = usd(measured.counts.billed, QueueConfig::STANDARD_USD_PER_MILLION);
        if self.scenario.traffic == Traffic::None {
            dollars * MONTH.as_secs_f64() / self.scenario.measured.as_secs_f64()
        } else {
            dollars / measured.counts.deleted as f64 * 1e6
        }
    }

    /// Messages a second.
    pub fn pace(&self, measured: &Measured) -> f64 {
        measured.counts.deleted as f64 / self.scenario.measured.as_secs_f64()
    }

    /// Strategy by strategy, action by action.
    pub fn table(&self) -> String {
        let mut text = self.title();
        let (per, money) = match self.scenario.traffic {
            Traffic::None => ("a minute", "$ a month"),
            _ => ("a message", "$/million"),
        };
        text += &format!(
            "    {:<22} {:>7} {:>7} {:>7} {:>8} {:>7} {:>6} {:>9} {:>10} {:>8} {:>9} {:>9}\n",
            per,
            "full",
            "partial",
            "empty",
            "deletes",
            "visib.",
            "attr.",
            "requests",
            "messages/s",
            "wait p50",
            "wait p99",
            money,
        );
        for (strategy, measured) in &self.runs {
            text += &self.line(*strategy, measured);
        }
        text
    }

    fn title(&self) -> String {
        let Scenario { name, handling, concurrency, replicas, visibility, measured, .. } =
            &self.scenario;
        let floor = self.floor.map(|floor| format!(", floor {floor:.3}")).unwrap_or_default();
        format!(
            "\n{name}: handlers {handling}, room {replicas} x {concurrency}, visibility {}, over {}{floor}\n",
            humantime::format_duration(*visibility),
            humantime::format_duration(*measured),
        )
    }

    fn line(&self, strategy: Strategy, measured: &Measured) -> String {
        let counts = &measured.counts;
        let units = self.units(measured);
        let mut line = format!("    {:<22}", strategy.name());
        for (width, requests) in [
            (7, counts.full),
            (7, counts.partial),
            (7, counts.empty),
            (8, counts.deletes),
            (7, counts.changes),
            (6, counts.attributes),
            (9, counts.requests()),
        ] {
            write!(line, " {:>width$}", figure(requests as f64 / units)).expect("to a string");
        }
        let rate = self.pace(measured);
        let [p50, p99] = [0.5, 0.99].map(|share| shown(measured.added_wait(share)));
        let dollars = self.dollars(measured);
        writeln!(
            line,
            " {:>10} {p50:>8} {p99:>9} {dollars:>9.3}{}",
            figure(rate),
            self.remarks(measured)
        )
        .expect("to a string");
        line
    }

    fn remarks(&self, measured: &Measured) -> String {
        let mut remarks = String::new();
        if self.falls_behind(measured) {
            remarks += "  falls behind";
        }
        if measured.counts.redelivered > 0 {
            remarks += &format!("  {} came twice", measured.counts.redelivered);
        }
        remarks
    }

    /// More than a second's arrivals, and more than a twentieth of all, are left at the end.
    pub fn falls_behind(&self, measured: &Measured) -> bool {
        let arrived = measured.counts.deleted as f64 + measured.left as f64;
        self.scenario.traffic != Traffic::Backlog && measured.left as f64 > arrived / 20.0
    }
}

/// A line a scenario: requests a message of each strategy, and the floor; and what a backlog is worked off
/// with, for who asks rarely may also work slowly.
pub fn in_short(played: &[Played]) -> String {
    let requests = |played: &Played, measured: &Measured| played.requests_a_unit(measured);
    let pace = |played: &Played, measured: &Measured| played.pace(measured);
    let with_messages: Vec<&Played> =
        played.iter().filter(|played| played.floor.is_some()).collect();
    let backlogs: Vec<&Played> =
        played.iter().filter(|played| played.scenario.traffic == Traffic::Backlog).collect();
    let mut text = short("requests a message", &with_messages, requests, |played| played.floor);
    if text.contains('*') {
        text += "    * falls behind: messages pile up in the queue\n";
    }
    text + &short("messages a second, of a backlog", &backlogs, pace, |_| None)
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
    let mut text = format!("\nIn short: {title}\n    {:<40}", "");
    for strategy in Strategy::ALL {
        write!(text, " {:>10}", strategy.short_name()).expect("to a string");
    }
    let any_floor = played.iter().any(|played| floor(played).is_some());
    text += if any_floor { "      floor\n" } else { "\n" };
    for played in played {
        write!(text, "    {:<40}", played.scenario.name).expect("to a string");
        for strategy in Strategy::ALL {
            let cell = played.of(strategy).map(|measured| {
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

/// Three decimals, fewer where they say nothing.
pub fn figure(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        ..10.0 => format!("{value:.3}"),
        ..1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Milliseconds, seconds from ten of them on.
pub fn shown(time: Option<Duration>) -> String {
    match time {
        None => "-".to_owned(),
        Some(time) if time < Duration::from_secs(10) => format!("{} ms", time.as_millis()),
        Some(time) => format!("{:.0} s", time.as_secs_f64()),
    }
}
