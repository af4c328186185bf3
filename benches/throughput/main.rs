//! The cost of the pipeline compared with plain SDK loops, with as many loops as the worker has
//! poll loops: CPU per message and requests per message in one run, and CPU at a rate of three
//! million messages per hour. Then the memory of an idle and a busy worker, then the cost of
//! traces. The queue server is a separate process, and its CPU is listed separately. `cargo bench
//! --bench throughput`.

#![allow(unreachable_pub, reason = "a bench has no callers")]

mod bare;
mod collector;
mod export;
mod measure;
mod pipeline;
mod server;

use std::error::Error;

use measure::Cost;
use server::ServerProcess;
use tracing_subscriber::filter::LevelFilter;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Messages in each measured run. Enough for seconds of work, so that starting up is noise.
const MESSAGES: usize = 40_000;
/// Alternating rounds, so that a change of the machine's speed affects both.
const ROUNDS: usize = 5;
const SIDES: [&str; 4] = ["bare loop", "with attributes", "pipeline", "batches of ten"];
const CPU_GOAL: f64 = 1.15;
const BATCH_CPU_GOAL: f64 = 1.0;
/// 3 million messages per hour, in messages per second.
const PACE: usize = 3_000_000 / 3600;
const PACED_SECONDS: usize = 20;
const PACED_GOAL_PERCENT: f64 = 3.0;
const IDLE_GOAL_MIB: f64 = 20.0;
const BUSY_GOAL_MIB: f64 = 40.0;

/// The allocator of the program, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcome<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => compare(),
        ["serve", messages] => server::serve(messages.parse()?),
        ["produce", url, messages] => server::produce(url, messages.parse()?, PACE),
        ["hold", url, messages] => pipeline::hold(url, messages.parse()?),
        ["paced"] => compare_paced(),
        ["traced"] => export::compare(),
        ["collect", behavior] => collector::collect(behavior),
        ["export", collector, url, messages] => export::run(collector, url, messages.parse()?),
        // Only one side, so that a profiler can observe it.
        ["bare", url, messages] => show(bare::run(url, messages.parse()?)?),
        ["attributes", url, messages] => show(bare::run_with_attributes(url, messages.parse()?)?),
        ["pipeline", url, messages] => show(pipeline::run(url, messages.parse()?)?),
        ["batches", url, messages] => show(pipeline::run_batches(url, messages.parse()?)?),
        _ => Err(format!("unknown mode {words:?}; use no argument, `paced` or `traced`").into()),
    }
}

fn compare() -> Outcome<()> {
    // Like the program, but without an output: enabled log levels cost time in any case.
    tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(std::io::sink).init();
    println!(
        "{ROUNDS} rounds of {MESSAGES} messages of 1 KiB, alternating; the handlers do nothing\n"
    );
    let mut costs: Vec<[Cost; 4]> = Vec::new();
    for round in 1..=ROUNDS {
        let sides = [
            one(bare::run)?,
            one(bare::run_with_attributes)?,
            one(pipeline::run)?,
            one(pipeline::run_batches)?,
        ];
        for (side, cost) in SIDES.iter().zip(&sides) {
            println!("round {round}   {side:<15} {cost}");
        }
        costs.push(sides);
    }
    let cpu = |side: usize| median(costs.iter().map(|sides| sides[side].cpu_micros()));
    let ratio = |side: usize| {
        median(costs.iter().map(|sides| sides[side].cpu_micros() / sides[0].cpu_micros()))
    };
    println!("\n{:<44}{:>12}{:>12}", "", "measured", "goal");
    row("CPU per message, bare loop (us, median)", cpu(0), "");
    row("CPU per message, bare with attributes (us)", cpu(1), "");
    row("CPU per message, pipeline (us, median)", cpu(2), "");
    row("CPU per message, pipeline / bare (median)", ratio(2), &format!("<= {CPU_GOAL}"));
    row("CPU per message, batches of ten (us, median)", cpu(3), "");
    row("CPU per message, batches / bare (median)", ratio(3), &format!("<= {BATCH_CPU_GOAL}"));
    compare_paced()?;
    row("memory, idle (MiB)", memory(0)?, &format!("<= {IDLE_GOAL_MIB}"));
    row("memory, 1,000 in flight (MiB)", memory(1000)?, &format!("<= {BUSY_GOAL_MIB}"));
    export::compare()
}

fn show(cost: Cost) -> Outcome<()> {
    println!("{cost}");
    Ok(())
}

fn one(run: fn(&str, usize) -> Outcome<Cost>) -> Outcome<Cost> {
    let server = ServerProcess::start(MESSAGES)?;
    let cost = run(&server.queue_url, MESSAGES)?;
    let server_cpu = server.stop()?;
    Ok(Cost { server_cpu, ..cost })
}

/// Messages that arrive one by one. Gathering saves requests here, and so it also saves CPU.
fn compare_paced() -> Outcome<()> {
    row("CPU at 3 million/hour, bare (% of a core)", paced(bare::run)?, "");
    let percent = paced(pipeline::run)?;
    row("CPU at 3 million/hour, pipeline", percent, &format!("< {PACED_GOAL_PERCENT}"));
    Ok(())
}

/// CPU of one side while another process sends messages at [`PACE`].
fn paced(run: fn(&str, usize) -> Outcome<Cost>) -> Outcome<f64> {
    let messages = PACE * PACED_SECONDS;
    let server = ServerProcess::start(0)?;
    let mut producer = server::producer(&server.queue_url, messages)?;
    let cost = run(&server.queue_url, messages)?;
    producer.wait()?;
    server.stop()?;
    Ok(100.0 * cost.cpu.as_secs_f64() / cost.wall.as_secs_f64())
}

/// Resident memory of a new worker with this number of messages in flight.
fn memory(in_flight: usize) -> Outcome<f64> {
    let server = ServerProcess::start(in_flight)?;
    let mebibytes = measure::child(&["hold", &server.queue_url, &in_flight.to_string()])?;
    server.stop()?;
    Ok(mebibytes.parse()?)
}

fn row(what: &str, measured: f64, goal: &str) {
    println!("{what:<44}{measured:>12.2}{goal:>12}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
