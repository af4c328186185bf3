//! The cost of consuming a queue: requests per message by action, for Longshore and for usual
//! consumers, compared with the minimum, and the wait that saving requests adds. Time is virtual
//! and the seed is fixed, so the same code prints the same figures on every machine.
//!
//! `cargo bench --bench cost [-- FILTER] [-- --picture FILE]`: the scenarios whose names contain
//! the filter; the picture of cost against arrivals, as SVG.

#![allow(unreachable_pub, reason = "a bench has no callers")]

mod floor;
mod gathering;
mod goals;
mod handler;
mod measured;
mod picture;
mod plain;
mod played;
mod report;
mod run;
mod scenario;
mod sheet;
mod short;
mod stage;
mod strategy;
mod traffic;
mod worker;

use std::error::Error;
use std::path::Path;

/// The seed of all random numbers.
const SEED: u64 = 5;

/// The duration of a request without its long poll. The request and the response take half each.
const ROUND_TRIP: std::time::Duration = longshore_cli::demo::ROUND_TRIP;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(""),
        ["--picture", path] => picture::draw(Path::new(path), &stage::play(scenario::curve())),
        [filter] if !filter.starts_with("--") => compare(filter),
        _ => {
            Err(format!("found {words:?}, expected part of a scenario name, or --picture FILE")
                .into())
        }
    }
}

fn compare(filter: &str) -> Result<(), Box<dyn Error>> {
    let wanted = scenario::matching(filter);
    if wanted.is_empty() {
        return Err(format!("no scenario name contains `{filter}`").into());
    }
    let played = stage::play(wanted);
    print!("{}", report::assumptions());
    for scenario in played.iter().filter(|played| !played.is_alone()) {
        print!("{}", report::table(scenario));
    }
    let gatherings = gathering::compare_all(&played);
    print!("{}", report::choices(&played));
    print!("{}", short::all(&played));
    print!("{}", gathering::table(&gatherings));
    print!("{}", goals::table(&played, &gatherings));
    println!("\n{}", sheet::write(&played)?.display());
    Ok(())
}
