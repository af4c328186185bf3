//! Requests by action: one table per scenario, and one of all scenarios with only Longshore.

use std::fmt::Write;

use humantime::format_duration;

use super::ROUND_TRIP;
use super::measured::Measured;
use super::played::{Played, figure, shown};
use super::scenario::Scenario;
use super::traffic::Traffic;
use super::worker;

/// The text above the tables.
pub fn assumptions() -> String {
    let config = worker::validated_defaults();
    let (wait, gather, delete_linger) = (config.wait(), config.gather(), config.delete_linger());
    let [round_trip, answer, wait, gather, linger] =
        [ROUND_TRIP, ROUND_TRIP / 2, wait, gather, delete_linger].map(format_duration);
    let price = longshore::QueueConfig::STANDARD_USD_PER_MILLION;
    format!(
        "\
Requests that SQS bills, counted in virtual time; the same seed for all.
The round trip of a request is {round_trip}; a long poll waits up to {wait} more, and is answered when a message arrives.
Small bodies: ten messages are one billed request. ${price:.2} per million requests; free requests are not subtracted.
A handler time with ~ is the mean of an exponential distribution. Bursts: ten times the mean rate, for a second on
average. Concurrency: replicas x concurrent messages; a plain loop has ten. Minimum: a consumer that knows every
arrival and every end of a handler in advance, and lets a message wait at most {gather} before its receive and
{linger} before its delete, like the defaults of Longshore; 0.2 with full batches. Wait: from arrival to handler,
without the {answer} that the answer to an open receive takes.
"
    )
}

/// The table of one scenario, with a line per strategy.
pub fn table(played: &Played) -> String {
    let Scenario { name, handling, concurrency, replicas, visibility, measured, traffic, .. } =
        &played.scenario;
    let (visibility, measured) = (format_duration(*visibility), format_duration(*measured));
    let floor = played.floor.map(|floor| format!(", minimum {floor:.3}")).unwrap_or_default();
    let mut text = format!(
        "\n{name}: handlers {handling}, concurrency {replicas} x {concurrency}, visibility {visibility}, over {measured}{floor}\n"
    );
    text += &match traffic {
        Traffic::None => head("per minute", "$/month", 22),
        _ => head("per message", "$/million", 22),
    };
    for (strategy, measured) in &played.runs {
        text += &line(strategy.name(), 22, played, measured);
    }
    text
}

/// The effect of Longshore's settings, with a line per scenario.
pub fn choices(played: &[Played]) -> String {
    let alone: Vec<&Played> = played.iter().filter(|played| played.is_alone()).collect();
    if alone.is_empty() {
        return String::new();
    }
    let mut text =
        "\nLongshore, by its settings\n".to_owned() + &head("per message", "$/million", 40);
    for played in alone {
        for (_, measured) in &played.runs {
            text += &line(&played.scenario.name, 40, played, measured);
        }
    }
    text
}

fn head(per: &str, money: &str, width: usize) -> String {
    format!(
        "    {per:<width$} {:>7} {:>7} {:>7} {:>8} {:>7} {:>6} {:>9} {:>10} {:>8} {:>9} {money:>9}\n",
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
    )
}

fn line(label: &str, width: usize, played: &Played, measured: &Measured) -> String {
    let counts = &measured.counts;
    let units = played.units(measured);
    let mut line = format!("    {label:<width$}");
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
    let [p50, p99] = [0.5, 0.99].map(|share| shown(measured.added_wait(share)));
    let (pace, dollars) = (figure(played.pace(measured)), played.dollars(measured));
    let remarks = remarks(played, measured);
    line + &format!(" {pace:>10} {p50:>8} {p99:>9} {dollars:>9.3}{remarks}\n")
}

fn remarks(played: &Played, measured: &Measured) -> String {
    let mut remarks = String::new();
    if played.falls_behind(measured) {
        remarks += "  falls behind";
    }
    if measured.counts.redelivered > 0 {
        remarks += &format!("  {} redelivered", measured.counts.redelivered);
    }
    remarks
}
