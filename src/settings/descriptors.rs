//! The file descriptors that a configuration can need at the same time, and the limit.

use longshore::QueueConfig;
use longshore::admin::MAX_CONNECTIONS;
use longshore::limits::{BATCH, PAYLOAD_DELETES, SETTLE_REQUESTS};
use rustix::process::{Resource, getrlimit};

use super::config::Config;
use super::handler::HandlerConfig;
use super::queue_settings::QueueSettings;

/// Standard streams, the event loop, the listener of the admin endpoint, files that are read.
const PROCESS: u64 = 40;
/// Next to receives and settling, a queue has a heartbeat and a request for attributes.
const OTHER_REQUESTS: usize = 2;
/// The pipes and the handle of a command while it starts and runs.
const COMMAND: u64 = 5;
/// The pipes and the handle of a runtime, the listener of its API, and two connections.
const RUNTIME: u64 = 7;

/// The file descriptors of a configuration at its busiest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptors {
    /// What needs them, and how many.
    pub terms: [(&'static str, u64); 5],
    /// The hard limit of this process, to which Longshore raises the soft limit; `None` if there is
    /// no limit.
    pub limit: Option<u64>,
}

impl Descriptors {
    /// For this configuration, with the limit of this process.
    pub fn new(config: &Config) -> Self {
        let queues = || config.queues.iter().map(|queue| &queue.config);
        let requests =
            queues().map(|queue| (queue.max_pollers() + SETTLE_REQUESTS + OTHER_REQUESTS) as u64);
        // Each periodic task has one request at a time.
        let tasks = config.queues.iter().filter_map(|queue| queue.cron.as_ref());
        let tasks = tasks.map(|cron| cron.file.tasks.len() as u64).sum::<u64>();
        let requests = requests.sum::<u64>() + tasks;
        let terms = [
            ("process", PROCESS),
            ("admin connections", MAX_CONNECTIONS as u64),
            ("connections to SQS", requests),
            ("connections to S3", queues().map(to_s3).sum()),
            ("handlers", handlers(config)),
        ];
        Self { terms, limit: getrlimit(Resource::Nofile).maximum }
    }

    /// The sum.
    pub fn needed(&self) -> u64 {
        self.terms.iter().map(|(_, count)| count).sum()
    }

    /// A warning if the limit is below the sum.
    pub fn warning(&self) -> Option<String> {
        let (needed, limit) = (self.needed(), self.limit?);
        (needed > limit).then(|| {
            format!(
                "the configuration can need {needed} file descriptors, and the hard limit of this \
                 process is {limit}: raise it (LimitNOFILE of systemd, --ulimit nofile of docker, \
                 ulimit -Hn), or lower concurrency"
            )
        })
    }
}

/// A slot reads the payload of its message. In a FIFO queue with batches, it reads those of all
/// messages of a group that one receive returned.
fn to_s3(queue: &QueueConfig) -> u64 {
    let payloads = queue.payloads();
    if !payloads.is_on() {
        return 0;
    }
    let is_of_receives = queue.address().is_fifo() && queue.batch().is_some();
    let reads = queue.concurrency() * if is_of_receives { BATCH } else { 1 };
    (reads + if payloads.delete { PAYLOAD_DELETES } else { 0 }) as u64
}

/// The handlers that need the most run, up to the shared concurrency limit.
fn handlers(config: &Config) -> u64 {
    let mut by_need: Vec<(u64, u64)> = config.queues.iter().flat_map(need).collect();
    by_need.sort_unstable_by(|a, b| b.cmp(a));
    let mut left = config.concurrency.map_or(u64::MAX, |limit| limit as u64);
    let mut sum = 0;
    for (each, count) in by_need {
        let running = count.min(left);
        left -= running;
        sum += each * running;
    }
    sum
}

/// The descriptors of the handlers of a queue, and how many of them there are: of the calls the route
/// that needs the most, and of the runtimes all.
fn need(queue: &QueueSettings) -> Vec<(u64, u64)> {
    let calls = queue.config.concurrency() as u64;
    let of_a_call = queue.handlers().filter_map(|handler| match handler {
        HandlerConfig::Command { .. } => Some(COMMAND),
        HandlerConfig::Http(_) | HandlerConfig::LambdaUrl(_) => Some(1),
        HandlerConfig::Lambda(_) => None,
    });
    let runtimes = queue.handlers().filter_map(|handler| match handler {
        HandlerConfig::Lambda(lambda) => Some((RUNTIME, lambda.runtimes(&queue.config) as u64)),
        HandlerConfig::Command { .. } | HandlerConfig::Http(_) | HandlerConfig::LambdaUrl(_) => {
            None
        }
    });
    runtimes.chain(of_a_call.max().map(|most| (most, calls))).collect()
}
