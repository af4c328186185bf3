//! The detection table of docs/slo.md: real workers in virtual time, one fault at a time. Every 15
//! seconds their metrics become samples, and promtool evaluates the shipped rules over them. For
//! each fault the table has the alert, the minutes until it fires, and what the status page says.
//!
//! `cargo test --test detection [-- FILTER]` plays the faults whose names contain the filter, and
//! without a filter compares the table in the document; `-- --write` writes it. `-- --healthy` plays
//! three days without a fault. With `--compare PROGRAM=RULES`, promtool of another version or
//! vmalert-tool also evaluates the faults of at most 7 hours, and must find the same alerts. All need
//! promtool.

mod application;
mod comparison;
mod engine;
mod fault;
mod faults;
mod healthy;
mod link;
mod recording;
mod stage;
mod table;

use std::process::ExitCode;

use engine::Engine;
use fault::Fault;
use table::Row;

/// Minutes. vmalert-tool needs minutes of real time for a fault that lasts a day.
const LONGEST_COMPARED: usize = 7 * 60;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| words.iter().any(|word| word == option);
    let promtool = match Engine::promtool() {
        Ok(promtool) => promtool,
        Err(error) => {
            println!("NOT RUN: {error}");
            return ExitCode::SUCCESS;
        }
    };
    let (count, wrong) = if has("--healthy") {
        (0, healthy::objections(&promtool))
    } else {
        let filter = words.iter().find(|word| !word.starts_with("--") && !word.contains('='));
        let filter = filter.map_or("", |word| word);
        judge(&promtool, &others(&words), filter, has("--write"))
    };
    wrong.iter().for_each(|wrong| println!("FAILED {wrong}"));
    println!("{count} faults, {} objections", wrong.len());
    ExitCode::from(u8::from(!wrong.is_empty()))
}

/// The engines that are given as `PROGRAM=RULES`.
fn others(words: &[String]) -> Vec<Engine> {
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(program, rules)| Engine::new(program.into(), rules.into())).collect()
}

/// Plays the faults. Returns their number and what is wrong.
fn judge(promtool: &Engine, others: &[Engine], filter: &str, write: bool) -> (usize, Vec<String>) {
    let wanted: Vec<Fault> =
        faults::all().into_iter().filter(|fault| fault.name.contains(filter)).collect();
    let (rows, wrong): (Vec<_>, Vec<_>) = play(&wanted, |fault| {
        let played = fault.play();
        let found = promtool.alerts(fault, &played);
        let others = others.iter().filter(|_| fault.lasts <= LONGEST_COMPARED);
        let wrong = comparison::objections(fault, &played, &found, others);
        (Row::new(fault, &played, &found), wrong)
    })
    .into_iter()
    .unzip();
    let mut wrong: Vec<String> = wrong.into_iter().flatten().collect();
    wrong.extend(rows.iter().filter_map(Row::objection));
    if filter.is_empty() {
        wrong.extend(table::too_slow(&rows));
        wrong.extend(table::publish(&rows, write).err());
    }
    (rows.len(), wrong)
}

/// Plays two faults at a time, and returns the results in the order of the faults.
fn play<T: Send>(faults: &[Fault], one: impl Fn(&Fault) -> T + Sync) -> Vec<T> {
    let (half, one) = (faults.len().div_ceil(2).max(1), &one);
    std::thread::scope(|scope| {
        let parts: Vec<_> = faults
            .chunks(half)
            .map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("a fault is played")).collect()
    })
}
