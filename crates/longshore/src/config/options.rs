//! The configuration as the rest of the program sees it: plain values, already checked. Each default
//! is written here once.

use std::time::Duration;

use super::objectives::ObjectivesConfig;

/// Where SQS is. What is left out comes from the usual AWS chain.
#[derive(Debug, Clone, Default)]
pub struct AwsConfig {
    /// Region, as in `us-east-1`.
    pub region: Option<String>,
    /// Another endpoint than AWS's own: a local queue, a VPC endpoint.
    pub endpoint_url: Option<String>,
}

/// How long each part of a stop may take. They follow one another, except that the last polls finish
/// within `grace`.
#[derive(Debug, Clone)]
pub struct ShutdownConfig {
    /// How long handlers may run on after the signal.
    pub grace: Duration,
    /// How long handlers have to end after being told to, when the grace is over.
    pub interrupt: Duration,
    /// How long deletes and releases may take after the last handler.
    pub settle: Duration,
    /// How long traces and pushed metrics may take to leave.
    pub flush: Duration,
    /// How long the metrics stay up, at most, until all who scrape them have done so once more. Zero: not
    /// at all.
    pub last_scrape: Duration,
    /// What the platform allows between SIGTERM and SIGKILL.
    pub limit: Duration,
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(22),
            interrupt: Duration::from_secs(2),
            settle: Duration::from_secs(3),
            flush: Duration::from_secs(1),
            last_scrape: Duration::from_secs(2),
            limit: Duration::from_secs(30),
        }
    }
}

/// One queue and how it is worked.
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// The queue's name: its label in metrics and logs.
    pub name: String,
    /// How to find the queue.
    pub address: QueueAddress,
    /// Who handles its messages. `None` where a Rust program brings its own handler.
    pub handler: Option<HandlerConfig>,
    /// How long a handler may take for one message. Less than the grace, and a stop interrupts nobody.
    pub handler_timeout: Duration,
    /// `WaitTimeSeconds` of each receive, sent always: whole seconds, 1 to 20; 0 with `short_polling`.
    pub wait: Duration,
    /// Permits a `wait` of 0: every receive returns at once, and each empty one costs as much as a full one.
    pub short_polling: bool,
    /// Messages of this queue that may be handled at once.
    pub concurrency: usize,
    /// This queue's share when all queues together are short of slots.
    pub weight: u32,
    /// Receives that may be open at once when the queue is busy; while quiet there is one.
    pub max_pollers: usize,
    /// The visibility timeout of each receive, extended while a handler runs: whole seconds.
    pub visibility: Duration,
    /// How long a delete may wait for others to travel with.
    pub delete_linger: Duration,
    /// How long a receive may wait so that it brings more: after one that brought a few messages, for
    /// others to come; after a full one, for slots. Zero for never.
    pub gather: Duration,
    /// How long a message may be in hand without a slot, so that a receive travels full although slots
    /// come free one by one. A bound on what is expected, not on what happens. Zero for no look-ahead.
    pub max_hold: Duration,
    /// When a message that is to be retried becomes visible again.
    pub retry: RetryConfig,
    /// What becomes of a message that its handler rejects.
    pub on_reject: OnReject,
    /// How often, at the most, a busy queue is asked for its backlog; zero for never. An idle one never is.
    pub backlog_interval: Duration,
    /// Price of a million requests, in US dollars.
    pub price_per_million_usd: f64,
    /// What the queue is held to.
    pub objectives: ObjectivesConfig,
}

impl QueueConfig {
    /// US dollars for a million requests to a standard queue, first tier, in most regions.
    /// <https://aws.amazon.com/sqs/pricing/>
    pub const STANDARD_USD_PER_MILLION: f64 = 0.40;

    /// US dollars for a million requests to a FIFO queue, first tier, in most regions.
    /// <https://aws.amazon.com/sqs/pricing/>
    pub const FIFO_USD_PER_MILLION: f64 = 0.50;

    /// The `gather` that this freshness objective pays for: 2 % of its threshold, at most a second.
    pub fn default_gather(freshness_threshold: Duration) -> Duration {
        (freshness_threshold / 50).min(Duration::from_secs(1))
    }

    /// The `max_hold` that this freshness objective pays for: 10 % of its threshold, at most a second.
    pub fn default_max_hold(freshness_threshold: Duration) -> Duration {
        (freshness_threshold / 10).min(Duration::from_secs(1))
    }

    /// A queue with everything at its default.
    pub fn new(address: QueueAddress) -> Self {
        let objectives = ObjectivesConfig::default();
        let name = address.queue_name().to_owned();
        let price_per_million_usd = if name.ends_with(".fifo") {
            Self::FIFO_USD_PER_MILLION
        } else {
            Self::STANDARD_USD_PER_MILLION
        };
        Self {
            name,
            address,
            handler: None,
            handler_timeout: Duration::from_secs(20),
            wait: Duration::from_secs(20),
            short_polling: false,
            concurrency: 10,
            weight: 1,
            max_pollers: 4,
            visibility: Duration::from_secs(30),
            delete_linger: Duration::from_secs(1),
            gather: Self::default_gather(objectives.freshness_threshold),
            max_hold: Self::default_max_hold(objectives.freshness_threshold),
            retry: RetryConfig::default(),
            on_reject: OnReject::default(),
            backlog_interval: Duration::from_secs(60),
            price_per_million_usd,
            objectives,
        }
    }
}

/// How a queue is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueAddress {
    /// By name, in the credentials' own account; its URL is asked for once at the start.
    Name(String),
    /// By URL, which is used as it stands.
    Url(String),
    /// By ARN, `arn:aws:sqs:REGION:ACCOUNT:NAME`; its URL is asked for once at the start.
    Arn(String),
}

/// A URL if the text has a scheme, an ARN if it starts with `arn:`, otherwise a name.
impl From<&str> for QueueAddress {
    fn from(text: &str) -> Self {
        if text.contains("://") {
            Self::Url(text.to_owned())
        } else if text.starts_with("arn:") {
            Self::Arn(text.to_owned())
        } else {
            Self::Name(text.to_owned())
        }
    }
}

impl QueueAddress {
    /// The queue's bare name.
    pub fn queue_name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Url(url) => url.rsplit('/').next().unwrap_or(url),
            Self::Arn(arn) => arn.rsplit(':').next().unwrap_or(arn),
        }
    }
}

/// A handler that needs no Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerConfig {
    /// A process for each message: program and arguments, no shell.
    Command(Vec<String>),
    /// A POST for each message to this URL.
    Http(String),
}

/// Exponential back-off with full jitter: a random time up to `base` doubled with each receive, at
/// most `max`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryConfig {
    /// The bound after the first receive.
    pub base: Duration,
    /// The bound after many.
    pub max: Duration,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { base: Duration::from_secs(2), max: Duration::from_secs(15 * 60) }
    }
}

/// What becomes of a rejected message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnReject {
    /// It is retried with the usual back-off until the queue's redrive policy moves it to the
    /// dead-letter queue. Nothing is lost.
    #[default]
    Redrive,
    /// It is deleted. For queues whose rejected messages nobody wants to see again.
    Delete,
}
