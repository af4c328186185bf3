//! The detection table of docs/slo.md: real workers in virtual time, one fault at a time. Every 15
//! seconds their metrics become samples, and promtool evaluates the shipped rules over them. For
//! each fault the table has the alert, the minutes until it fires, and what the status page says.
//!
//! `cargo test --test detection [-- FILTER]` plays the faults whose names contain the filter, and
//! without a filter compares the table in the document; `-- --write` writes it. `-- --healthy` plays
//! three days without a fault. All need promtool.

mod application;
mod fault;
mod faults;
mod healthy;
mod link;
mod promtool;
mod recording;
mod stage;
mod table;

use std::process::ExitCode;

use fault::Fault;
use table::Row;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let write = words.iter().any(|word| word == "--write");
    let filter = words.iter().find(|word| !word.starts_with("--")).map_or("", |word| word);
    if let Err(error) = promtool::find() {
        println!("NOT RUN: {error}");
        return ExitCode::SUCCESS;
    }
    let (count, wrong) = if words.iter().any(|word| word == "--healthy") {
        (0, healthy::objections())
    } else {
        judge(filter, write)
    };
    wrong.iter().for_each(|wrong| println!("FAILED {wrong}"));
    println!("{count} faults, {} objections", wrong.len());
    ExitCode::from(u8::from(!wrong.is_empty()))
}

/// Plays the faults. Returns their number and what is wrong.
fn judge(filter: &str, write: bool) -> (usize, Vec<String>) {
    let wanted: Vec<Fault> =
        faults::all().into_iter().filter(|fault| fault.name.contains(filter)).collect();
    let rows = play(&wanted);
    let mut wrong: Vec<String> = rows.iter().filter_map(Row::objection).collect();
    if filter.is_empty() {
        wrong.extend(table::too_slow(&rows));
        wrong.extend(table::publish(&rows, write).err());
    }
    (rows.len(), wrong)
}

/// Two at a time.
fn play(faults: &[Fault]) -> Vec<Row> {
    let half = faults.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = faults
            .chunks(half)
            .map(|part| scope.spawn(move || part.iter().map(Row::play).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("a fault is played")).collect()
    })
}
