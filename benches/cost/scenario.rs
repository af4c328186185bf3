//! The scenarios: traffic, handlers, concurrency, replicas.

use std::time::Duration;

use longshore::QueueConfig;
use longshore::config::BatchConfig;

use super::strategy::Strategy;
use super::traffic::{Handling, Spread, Traffic};
use super::worker;

/// The handler time in scenarios that do not test handlers.
const QUICK: Duration = Duration::from_millis(10);

/// One set of conditions, equal for every strategy.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub traffic: Traffic,
    pub handling: Handling,
    /// Handlers that run at the same time in each replica.
    pub concurrency: usize,
    pub replicas: usize,
    /// The visibility timeout of each receive.
    pub visibility: Duration,
    /// The `gather` of Longshore. The strategy `GatherOff` ignores it.
    pub gather: Duration,
    /// The time before requests are counted.
    pub warm_up: Duration,
    /// The time in which requests are counted.
    pub measured: Duration,
    pub strategies: &'static [Strategy],
    /// The number of message groups of a FIFO queue; 0 for a standard queue.
    pub groups: usize,
    /// Longshore's handler gets batches.
    pub batch: Option<BatchConfig>,
}

impl Scenario {
    fn new(name: String, traffic: Traffic, handling: Handling) -> Self {
        let mean = handling.mean;
        Self {
            name,
            traffic,
            handling,
            concurrency: worker::defaults().concurrency,
            replicas: 1,
            // Six times the mean handler time, as AWS recommends for Lambda, because a plain loop
            // has no heartbeats.
            visibility: worker::defaults().visibility.max(mean * 6),
            gather: worker::gather(),
            warm_up: seconds(30).max(mean * 3),
            measured: seconds(600),
            strategies: &Strategy::ALL,
            groups: 0,
            batch: None,
        }
    }

    /// The price of a million requests.
    pub fn usd_per_million(&self) -> f64 {
        match self.groups {
            0 => QueueConfig::STANDARD_USD_PER_MILLION,
            _ => QueueConfig::FIFO_USD_PER_MILLION,
        }
    }

    pub fn length(&self) -> Duration {
        self.warm_up + self.measured
    }
}

/// The prefix of the names of [`arrivals`].
pub const ARRIVALS: &str = "arrivals";

/// The name of a scenario of [`arrivals`].
pub fn arrivals_of(traffic: Traffic) -> String {
    format!("{ARRIVALS} {traffic}")
}

/// The name of a scenario of [`replicas`].
pub fn replicas_of(replicas: usize, traffic: Traffic) -> String {
    format!("replicas {replicas} x 10, {traffic}")
}

/// The name of a scenario of [`gathers`].
pub fn gather_of(gather: Duration, replicas: usize, traffic: Traffic) -> String {
    let gather = humantime::format_duration(gather);
    format!("gather {gather}, replicas {replicas} x 10, {traffic}")
}

/// The scenarios whose names contain the filter, in the order of the report. Without a filter, the
/// scenarios of the curve are left out.
pub fn matching(filter: &str) -> Vec<Scenario> {
    let report = [arrivals(), saturated(), handlers(), replicas(), gathers(), visibilities()];
    let report = [report.concat(), groups(), batches()].concat();
    let curve = if filter.is_empty() { Vec::new() } else { curve() };
    let all = report.into_iter().chain(curve);
    all.filter(|scenario| scenario.name.contains(filter)).collect()
}

/// One worker and quick handlers, with increasing arrival rates.
fn arrivals() -> Vec<Scenario> {
    [
        Traffic::None,
        Traffic::Poisson(1.0),
        Traffic::Poisson(10.0),
        Traffic::Poisson(100.0),
        Traffic::Bursty(1.0),
        Traffic::Bursty(10.0),
        Traffic::Bursty(100.0),
    ]
    .map(|traffic| Scenario {
        measured: seconds(1800),
        ..Scenario::new(arrivals_of(traffic), traffic, constant(QUICK))
    })
    .to_vec()
}

/// More messages than the handlers can process.
fn saturated() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for mean in [1, 100, 10_000].map(Duration::from_millis) {
        for concurrency in [10, 100, 500] {
            for handling in [constant(mean), spread(mean)] {
                let name = format!("saturated, handlers {handling} x {concurrency}");
                let scenario = Scenario::new(name, Traffic::Backlog, handling);
                // Enough time for 20,000 messages, or for 20 messages in each slot.
                let share = mean.max(QUICK) * 20_000 / concurrency as u32;
                scenarios.push(Scenario {
                    concurrency,
                    warm_up: seconds(3) + mean * 5,
                    measured: share.clamp(mean * 20, seconds(900)).max(seconds(3)),
                    ..scenario
                });
            }
        }
    }
    scenarios
}

/// The same traffic, with increasing handler times.
fn handlers() -> Vec<Scenario> {
    let rate = 10.0;
    let mut scenarios = Vec::new();
    for mean in [1, 10, 100, 1_000, 10_000, 60_000].map(Duration::from_millis) {
        for handling in [constant(mean), spread(mean)] {
            let name = format!("handlers {handling} at {rate}/s");
            let scenario = Scenario::new(name, Traffic::Poisson(rate), handling);
            let concurrency = concurrency_for(rate, mean).max(scenario.concurrency);
            scenarios.push(Scenario { concurrency, ..scenario });
        }
    }
    scenarios
}

/// The same slow handlers, with increasing visibility timeouts.
fn visibilities() -> Vec<Scenario> {
    let (rate, mean) = (10.0, seconds(60));
    [30, 60, 180, 360]
        .map(seconds)
        .map(|visibility| {
            let handling = spread(mean);
            let shown = humantime::format_duration(visibility);
            let name = format!("visibility {shown}, handlers {handling} at {rate}/s");
            let scenario = Scenario::new(name, Traffic::Poisson(rate), handling);
            let strategies = &[Strategy::Longshore];
            Scenario {
                concurrency: concurrency_for(rate, mean),
                visibility,
                strategies,
                ..scenario
            }
        })
        .to_vec()
}

/// FIFO queues with few and many groups.
fn groups() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for groups in [10, 1_000] {
        for traffic in [1.0, 10.0, 100.0].map(Traffic::Poisson) {
            let name = format!("FIFO, {groups} groups, {traffic}");
            let scenario = Scenario::new(name, traffic, constant(QUICK));
            let strategies = &[Strategy::Longshore];
            let measured = seconds(120);
            scenarios.push(Scenario { groups, strategies, measured, ..scenario });
        }
    }
    scenarios
}

/// Batch handlers, which take as long as the slowest of their messages.
fn batches() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    let sizes = [(10, Duration::from_millis(200)), (100, seconds(1))];
    for (max, window) in sizes {
        for traffic in [Traffic::Poisson(10.0), Traffic::Poisson(100.0), Traffic::Backlog] {
            let shown = humantime::format_duration(window);
            let name = format!("batches of {max} in {shown}, {traffic}");
            let scenario = Scenario::new(name, traffic, constant(QUICK));
            let batch = Some(BatchConfig::new(max, window));
            let (strategies, measured) = (&[Strategy::Longshore], seconds(120));
            scenarios.push(Scenario { batch, concurrency: 100, strategies, measured, ..scenario });
        }
    }
    scenarios
}

/// One worker and twenty workers, with increasing `gather`.
fn gathers() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for replicas in [1, 20] {
        for traffic in [1.0, 10.0, 100.0].map(Traffic::Poisson) {
            for gather in [0, 50, 200, 500, 1_000].map(Duration::from_millis) {
                let name = gather_of(gather, replicas, traffic);
                let scenario = Scenario::new(name, traffic, constant(QUICK));
                let strategies = &[Strategy::Longshore];
                scenarios.push(Scenario { replicas, gather, strategies, ..scenario });
            }
        }
    }
    scenarios
}

/// Increasing numbers of replicas with their defaults, and one total concurrency in 1 or 20
/// replicas.
fn replicas() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for traffic in [Traffic::None, Traffic::Poisson(10.0), Traffic::Poisson(100.0)] {
        for replicas in [1, 5, 20] {
            let name = replicas_of(replicas, traffic);
            scenarios.push(Scenario { replicas, ..Scenario::new(name, traffic, constant(QUICK)) });
        }
    }
    for (replicas, concurrency) in [(1, 400), (20, 20)] {
        let (traffic, handling) = (Traffic::Poisson(100.0), spread(seconds(1)));
        let name = format!("replicas {replicas} x {concurrency}, {traffic}, handlers {handling}");
        let scenario = Scenario::new(name, traffic, handling);
        scenarios.push(Scenario { replicas, concurrency, ..scenario });
    }
    scenarios
}

/// The scenarios of the picture: one worker and quick handlers, from one message per 10 s to 1,000
/// messages per second. The concurrency grows by the default for every 100 messages per second.
pub fn curve() -> Vec<Scenario> {
    let rates = (-2..=6).map(|halves| 10f64.powf(f64::from(halves) / 2.0));
    rates
        .map(|rate| {
            let traffic = Traffic::Poisson(rate);
            let scenario = Scenario::new(format!("curve {rate:.3}/s"), traffic, constant(QUICK));
            let concurrency = scenario.concurrency * (rate / 100.0).ceil() as usize;
            let measured = Duration::from_secs_f64((10_000.0 / rate).clamp(30.0, 7200.0));
            Scenario { concurrency, measured, ..scenario }
        })
        .collect()
}

/// Four times the average number of messages in flight, by Little's law: a plain loop that waits
/// for the slowest of ten needs three times.
fn concurrency_for(rate: f64, mean: Duration) -> usize {
    (4.0 * rate * mean.as_secs_f64()).ceil() as usize
}

fn constant(mean: Duration) -> Handling {
    Handling { mean, spread: Spread::Constant }
}

fn spread(mean: Duration) -> Handling {
    Handling { mean, spread: Spread::Exponential }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
