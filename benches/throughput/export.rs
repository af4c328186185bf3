//! The cost of tracing every message. A slow, refusing or unreachable collector must not add to it.

use std::time::Duration;

use longshore::otlp::Otlp;
use longshore::otlp::{Endpoint, OtlpConfig};
use longshore::trace::TARGET;
use reqwest::Url;
use tokio::time::Instant;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::collector::{CollectorProcess, Volume};
use super::server::{self, ServerProcess};
use super::{Outcome, PACE, PACED_GOAL_PERCENT, PACED_SECONDS, measure, median, pipeline, row};

const MESSAGES: usize = 20_000;
const ROUNDS: usize = 5;
/// The default of `shutdown.flush`.
const FLUSH: Duration = Duration::from_secs(1);
const THROUGHPUT_GOAL: f64 = 0.95;

/// The result of one run of a worker with traces, which another process prints.
#[derive(Debug, Clone, Copy)]
struct Run {
    cpu_micros: f64,
    per_second: f64,
    flush_seconds: f64,
    volume: Volume,
}

/// Runs the five cases alternately for several rounds.
pub fn compare() -> Outcome<()> {
    const BEHAVIORS: [&str; 5] = ["none", "good", "slow", "refusing", "away"];
    println!(
        "\n{ROUNDS} rounds of {MESSAGES} messages, each one traced, by behavior of the collector\n"
    );
    let mut runs: Vec<[Run; BEHAVIORS.len()]> = Vec::new();
    for round in 1..=ROUNDS {
        let mut of_round = Vec::new();
        for behavior in BEHAVIORS {
            let run = one(behavior)?;
            println!(
                "round {round}   {behavior:<9} {:5.1} us, {:6.0} messages/s, flushed in {:.2} s",
                run.cpu_micros, run.per_second, run.flush_seconds
            );
            of_round.push(run);
        }
        runs.push(of_round.try_into().map_err(|_| "a round has fewer runs than expected")?);
    }
    let median_of =
        |index: usize, value: fn(&Run) -> f64| median(runs.iter().map(|run| value(&run[index])));
    println!();
    row("CPU per message, not traced (us)", median_of(0, |run| run.cpu_micros), "");
    row("CPU per message, traced (us)", median_of(1, |run| run.cpu_micros), "");
    for (index, behavior) in BEHAVIORS.iter().enumerate().skip(2) {
        let ratio = median(runs.iter().map(|run| run[index].per_second / run[1].per_second));
        row(&format!("throughput, {behavior} / good"), ratio, &format!(">= {THROUGHPUT_GOAL}"));
        let flush = median_of(index, |run| run.flush_seconds);
        row(
            &format!("flush at the end, {behavior} (s)"),
            flush,
            &format!("<= {}", FLUSH.as_secs()),
        );
    }
    let volume = runs[0][1].volume;
    row("spans per message", volume.spans as f64 / MESSAGES as f64, "");
    row("bytes per span, not compressed", volume.bytes as f64 / volume.spans as f64, "");
    paced()
}

/// CPU at 3 million messages per hour, each message traced.
fn paced() -> Outcome<()> {
    let messages = PACE * PACED_SECONDS;
    let (queue, collector) = (ServerProcess::start(0)?, CollectorProcess::start("good")?);
    let mut producer = server::producer(&queue.queue_url, messages)?;
    let printed =
        measure::child(&["export", &collector.url, &queue.queue_url, &messages.to_string()])?;
    producer.wait()?;
    queue.stop()?;
    let volume = collector.stop()?;
    let run = Run { volume, ..parse(&printed)? };
    let percent = run.cpu_micros * run.per_second / 1e4;
    row("CPU at 3 million/hour, traced (% of a core)", percent, &format!("< {PACED_GOAL_PERCENT}"));
    let per_second = volume.bytes as f64 / messages as f64;
    row("bytes per message at this rate, uncompressed", per_second, "");
    row("spans per message at this rate", volume.spans as f64 / messages as f64, "");
    Ok(())
}

fn one(behavior: &str) -> Outcome<Run> {
    let queue = ServerProcess::start(MESSAGES)?;
    let messages = MESSAGES.to_string();
    if behavior == "none" {
        let printed = measure::child(&["export", "-", &queue.queue_url, &messages])?;
        queue.stop()?;
        return parse(&printed);
    }
    let collector = CollectorProcess::start(behavior)?;
    let printed = measure::child(&["export", &collector.url, &queue.queue_url, &messages])?;
    queue.stop()?;
    Ok(Run { volume: collector.stop()?, ..parse(&printed)? })
}

fn parse(printed: &str) -> Outcome<Run> {
    let numbers: Result<Vec<f64>, _> = printed.split(' ').map(str::parse).collect();
    let [cpu_micros, per_second, flush_seconds] = numbers?[..] else {
        return Err(format!("expected three numbers, found: {printed}").into());
    };
    Ok(Run { cpu_micros, per_second, flush_seconds, volume: Volume::default() })
}

/// A worker that exports to `collector`, unless that is `-`.
pub fn run(collector: &str, queue_url: &str, messages: usize) -> Outcome<()> {
    let endpoint = match collector {
        "-" => None,
        url => Some(Endpoint(Url::parse(url)?)),
    };
    let mut config = OtlpConfig::default();
    config.endpoint = endpoint;
    let otlp = Otlp::start(&config)?;
    // The program uses the same filter.
    let ours = Targets::new().with_target(TARGET, LevelFilter::DEBUG);
    let traces = otlp.layer().map(|layer| layer.with_filter(ours));
    tracing_subscriber::registry().with(traces).init();
    let cost = pipeline::run(queue_url, messages)?;
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(otlp.flush(FLUSH));
    let per_second = messages as f64 / cost.wall.as_secs_f64();
    println!("{} {per_second} {}", cost.cpu_micros(), began.elapsed().as_secs_f64());
    Ok(())
}
