//! What consuming a queue costs: requests a message, by action, of Longshore and of what people write
//! today, against the least that is possible, with the wait that saving adds. Time is virtual and all
//! chance is drawn from one seed, so the same code prints the same figures on every machine.
//!
//! `cargo bench --bench cost [-- FILTER] [-- --picture FILE]`: the scenarios whose names contain the filter; the
//! picture of cost against arrivals, as SVG.

#![allow(unreachable_pub, reason = "a bench has no callers")]

mod counts;
mod floor;
mod gathering;
mod goals;
mod handler;
mod line;
mod measured;
mod picture;
mod plain;
mod played;
mod report;
mod run;
mod scenario;
mod sheet;
mod short;
mod sqs;
mod stage;
mod strategy;
mod traffic;
mod worker;

use std::error::Error;
use std::path::Path;

/// Of all that is drawn.
const SEED: u64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(""),
        ["--picture", path] => picture::draw(Path::new(path), &stage::play(scenario::curve())),
        [filter] if !filter.starts_with("--") => compare(filter),
        _ => {
            Err(format!("found {words:?}, expected a part of a scenario's name, or --picture FILE")
                .into())
        }
    }
}

fn compare(filter: &str) -> Result<(), Box<dyn Error>> {
    let wanted = scenario::those(filter);
    if wanted.is_empty() {
        return Err(format!("no scenario's name contains `{filter}`").into());
    }
    let played = stage::play(wanted);
    print!("{}", report::assumptions());
    for scenario in played.iter().filter(|played| !played.is_alone()) {
        print!("{}", report::table(scenario));
    }
    let gatherings = gathering::of(&played);
    print!("{}", report::choices(&played));
    print!("{}", short::all(&played));
    print!("{}", gathering::table(&gatherings));
    print!("{}", goals::table(&played, &gatherings));
    println!("\n{}", sheet::write(&played)?.display());
    Ok(())
}
