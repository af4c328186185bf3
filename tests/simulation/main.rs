//! Runs of the production pipeline in virtual time against a model of SQS. A seed decides the
//! settings, the faults and when they happen.
//!
//! ```sh
//! cargo test --release --test simulation                      # 10,000 seeds
//! SEEDS=1000000 cargo test --release --test simulation        # a million
//! cargo test --release --test simulation -- --seed 4711       # one, with its trace
//! cargo test --release --test simulation -- --write           # 10,000, and docs/proof.md
//! ```
//!
//! Exits with 1 if a run finds a problem, if two runs of a seed differ, or if a branch is not
//! reached.

mod account;
mod application;
mod call;
mod delivery;
mod mark;
mod plan;
mod run;
mod server;
mod sqs;
mod table;
mod theme;
mod verdict;
mod wire;
mod world;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use mark::Marks;
use table::Table;
use tokio::time::Instant;

/// Seeds that find an error again if it comes back. A change of the plan changes what a seed does:
/// find others then, with the error put back.
const REGRESSIONS: &[(u64, &str)] = &[
    (1_140, "the ledger did not count interrupted messages of a FIFO batch as aborted"),
    (2_866, "the heartbeat of a message that waited for its delete was sent as its lease ended"),
    (111_846, "a delete waited for the answer of a heartbeat, and its worker gave up"),
    (169_738, "after a suspension, a lease was lost although its heartbeat had extended it"),
    (529_346, "releases of a group waited for the heartbeat of another message"),
    (866_688, "the end of the grace did not release a group whose first message had a heartbeat"),
];
const SEEDS: u64 = 10_000;
/// One of this number of seeds is played twice.
const TWICE: u64 = 20;
/// Without a terminal, progress is a line for each of these.
const LOGGED: u64 = 50_000;
/// Problems are printed for this number of seeds.
const PRINTED: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--quiet").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    silence_panics();
    match words[..] {
        ["--seed", seed] => one(seed.parse().expect("a seed is a number")),
        [] => all(false),
        ["--write"] => all(true),
        _ => {
            eprintln!("unknown arguments {words:?}; use none, --write, or --seed NUMBER");
            ExitCode::from(64)
        }
    }
}

/// Prints the trace of one run.
fn one(seed: u64) -> ExitCode {
    let outcome = run::play(seed, &Arc::new(Marks::new()));
    println!("{:#?}\n{}{:#?}", outcome.plan, outcome.trace, outcome.verdict);
    ExitCode::from(u8::from(!outcome.verdict.problems.is_empty()))
}

fn all(is_written: bool) -> ExitCode {
    let seeds = seeds();
    let (marks, next, began) = (Arc::new(Marks::new()), AtomicU64::new(0), Instant::now());
    let table = Mutex::new(Table::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(seeds, &next, &marks, &table));
        }
    });
    let table = table.into_inner().expect("no thread panicked");
    let unreached = marks.unreached();
    print!("{}", table.text(&marks));
    println!("{seeds} seeds in {:.0?}", began.elapsed());
    for mark in &unreached {
        println!("FAILED: not reached: {}", mark.name());
    }
    for (seed, problems) in table.failed.iter().take(PRINTED) {
        println!("FAILED: seed {seed}: {problems:#?}");
        println!("again: cargo test --release --test simulation -- --seed {seed}");
    }
    let others: Vec<u64> = table.failed.iter().skip(PRINTED).map(|(seed, _)| *seed).collect();
    if !others.is_empty() {
        println!("FAILED: also the seeds {others:?}");
    }
    let has_failed = !table.failed.is_empty() || !unreached.is_empty();
    println!(
        "{} {} seeds with problems",
        if has_failed { "FAILED" } else { "ok    " },
        table.failed.len()
    );
    if is_written && !has_failed {
        table.write(seeds, &marks);
    }
    ExitCode::from(u8::from(has_failed))
}

#[expect(clippy::disallowed_methods, reason = "this test has no configuration")]
fn seeds() -> u64 {
    std::env::var("SEEDS").map_or(SEEDS, |text| text.parse().expect("SEEDS is a number"))
}

/// Plays seeds until there are no more.
fn work(seeds: u64, next: &AtomicU64, marks: &Arc<Marks>, table: &Mutex<Table>) {
    loop {
        let number = next.fetch_add(1, Relaxed);
        let regressions = REGRESSIONS.len() as u64;
        let seed = match REGRESSIONS.get(number as usize) {
            Some((seed, _)) => *seed,
            None if number - regressions < seeds => number - regressions,
            None => return,
        };
        let mut outcome = run::play(seed, marks);
        let is_twice = number < regressions || number.is_multiple_of(TWICE);
        if is_twice && run::play(seed, marks).trace != outcome.trace {
            outcome.verdict.problems.push("two runs of this seed differ".to_owned());
        }
        table.lock().expect("no thread panicked").add(seed, outcome);
        progress(number, seeds);
    }
}

fn progress(number: u64, seeds: u64) {
    if std::io::stderr().is_terminal() {
        if number.is_multiple_of(100) {
            eprint!("\r{number} of {seeds} seeds");
        }
    } else if number > 0 && number.is_multiple_of(LOGGED) {
        eprintln!("{number} of {seeds} seeds");
    }
}

/// The panics of handlers are a part of the test.
fn silence_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_planned = info.payload().downcast_ref::<&str>() == Some(&application::PANIC);
        if !is_planned {
            default(info);
        }
    }));
}
