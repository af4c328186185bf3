//! The configuration of one queue.

use std::time::Duration;

use super::address::QueueAddress;
use super::batch::BatchConfig;
use super::breaker::BreakerConfig;
use super::envelope::EnvelopeConfig;
use super::objectives::ObjectivesConfig;
use super::payloads::PayloadsConfig;
use super::retry::{OnReject, RetryConfig};

/// The validated configuration of one queue.
///
/// ```
/// use std::time::Duration;
///
/// use longshore::QueueConfig;
///
/// let orders = QueueConfig::builder("orders")
///     .concurrency(50)
///     .handler_timeout(Duration::from_secs(10))
///     .build()?;
/// assert_eq!(orders.wait(), Duration::from_secs(20));
///
/// let error = QueueConfig::builder("orders").wait(Duration::from_secs(25)).build().unwrap_err();
/// assert!(error.to_string().contains("wait = 25s; expected whole seconds from 1s to 20s"));
/// # Ok::<(), longshore::config::InvalidConfig>(())
/// ```
#[derive(Debug, Clone)]
pub struct QueueConfig(pub(super) QueueConfigBuilder);

/// Settings that are copied: a field, a setter and a getter for each.
macro_rules! settings {
    ($($(#[$doc:meta])+ $name:ident: $type:ty,)+) => {
        /// The settings of one queue, which [`build`](Self::build) validates.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct QueueConfigBuilder {
            /// How the queue is found.
            pub address: QueueAddress,
            /// The queue's name in metrics and logs. Default: its name in SQS.
            pub name: String,
            /// The objectives that the queue is judged by.
            pub objectives: ObjectivesConfig,
            /// The payloads that are read from S3.
            pub payloads: PayloadsConfig,
            /// See [`gather`](Self::gather()). `None` is the default.
            pub gather: Option<Duration>,
            /// See [`max_hold`](Self::max_hold()). `None` is the default.
            pub max_hold: Option<Duration>,
            $($(#[$doc])+ pub $name: $type,)+
        }

        impl QueueConfigBuilder {
            $($(#[$doc])+
            #[must_use]
            pub fn $name(self, $name: $type) -> Self {
                Self { $name, ..self }
            })+
        }

        impl QueueConfig {
            $($(#[$doc])+
            pub fn $name(&self) -> $type {
                self.0.$name
            })+
        }
    };
}

settings! {
    /// How long a handler may take for one message: more than 0, at most 12 h. A handler that takes
    /// longer than the shutdown grace can be interrupted by a shutdown. Default: 20 s.
    handler_timeout: Duration,
    /// `WaitTimeSeconds` of each receive: whole seconds from 1 to 20, or 0 with `short_polling`.
    /// Default: 20 s.
    wait: Duration,
    /// Allows a `wait` of 0. Each receive then returns at once, and SQS bills an empty receive like
    /// a full one. Default: false.
    short_polling: bool,
    /// Maximum number of messages of this queue that are processed at the same time: 1 to 120,000.
    /// Default: 10.
    concurrency: usize,
    /// The batches of a queue whose handler gets several messages in one call. Default: `None`; a queue
    /// with a batch handler then has those of [`BatchConfig::default`].
    batch: Option<BatchConfig>,
    /// This queue's share when all queues together reach the shared concurrency limit: 1 or more.
    /// Default: 1.
    weight: u32,
    /// Maximum number of receives that are open at the same time when the queue is busy: 1 or more.
    /// An idle queue has one. Default: 4.
    max_pollers: usize,
    /// The visibility timeout of each receive, which the worker extends while a handler runs: whole
    /// seconds from 10 s to 12 h. Default: 30 s.
    visibility: Duration,
    /// How long a delete waits for other deletes to share its request: at most a quarter of
    /// `visibility`. Default: 1 s.
    delete_linger: Duration,
    /// When a message that is retried becomes visible again. Default: see [`RetryConfig`].
    retry: RetryConfig,
    /// What happens to a message that its handler rejects. Default: [`OnReject::Redrive`].
    on_reject: OnReject,
    /// The age since a message was sent, or published, from which on it is rejected without a call of
    /// the handler: 1 s to 14 days. Default: `None`, no message is too old.
    max_age: Option<Duration>,
    /// What messages are taken out of before the handler gets them. Default: see [`EnvelopeConfig`].
    envelopes: EnvelopeConfig,
    /// When polling pauses because the application fails. Default: see [`BreakerConfig`].
    breaker: BreakerConfig,
    /// Minimum time between two requests for the queue's attributes while messages arrive or all
    /// slots are taken. An idle queue sends one every 5 min; with zero a busy one does too.
    /// Default: 60 s.
    backlog_interval: Duration,
    /// Time between two requests for the number of messages in the dead-letter queue, which each
    /// worker sends: at most a day, or 0 for none. Default: 15 min, which is 2,880 requests a month.
    dead_letter_interval: Duration,
    /// The price of a million requests, in US dollars: 0 or more. Default: 0.40, or 0.50 for a FIFO
    /// queue. <https://aws.amazon.com/sqs/pricing/>
    price_per_million_usd: f64,
}

impl QueueConfig {
    /// US dollars for a million requests to a standard queue, first tier, in most regions.
    /// <https://aws.amazon.com/sqs/pricing/>
    pub const STANDARD_USD_PER_MILLION: f64 = 0.40;

    /// US dollars for a million requests to a FIFO queue, first tier, in most regions.
    /// <https://aws.amazon.com/sqs/pricing/>
    pub const FIFO_USD_PER_MILLION: f64 = 0.50;

    /// US dollars that a million requests cost in addition if the messages of a standard queue have a
    /// `MessageGroupId`, which makes it a fair queue. <https://aws.amazon.com/sqs/pricing/>
    pub const FAIR_USD_PER_MILLION: f64 = 0.10;

    /// Starts with the default of every setting. The address is a name, a URL or an ARN.
    pub fn builder(address: impl Into<QueueAddress>) -> QueueConfigBuilder {
        let address = address.into();
        let name = address.queue_name().to_owned();
        let price_per_million_usd = if address.is_fifo() {
            Self::FIFO_USD_PER_MILLION
        } else {
            Self::STANDARD_USD_PER_MILLION
        };
        QueueConfigBuilder {
            address,
            name,
            objectives: ObjectivesConfig::default(),
            payloads: PayloadsConfig::default(),
            gather: None,
            max_hold: None,
            handler_timeout: Duration::from_secs(20),
            wait: Duration::from_secs(20),
            short_polling: false,
            concurrency: 10,
            batch: None,
            weight: 1,
            max_pollers: 4,
            visibility: Duration::from_secs(30),
            delete_linger: Duration::from_secs(1),
            retry: RetryConfig::default(),
            on_reject: OnReject::default(),
            max_age: None,
            envelopes: EnvelopeConfig::default(),
            breaker: BreakerConfig::default(),
            backlog_interval: Duration::from_secs(60),
            dead_letter_interval: Duration::from_secs(900),
            price_per_million_usd,
        }
    }

    /// A builder with these settings.
    pub fn to_builder(&self) -> QueueConfigBuilder {
        self.0.clone()
    }

    /// How the queue is found.
    pub fn address(&self) -> &QueueAddress {
        &self.0.address
    }

    /// The queue's name in metrics and logs.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The objectives that the queue is judged by.
    pub fn objectives(&self) -> &ObjectivesConfig {
        &self.0.objectives
    }

    /// The payloads that are read from S3.
    pub fn payloads(&self) -> &PayloadsConfig {
        &self.0.payloads
    }

    /// See [`QueueConfigBuilder::gather`].
    pub fn gather(&self) -> Duration {
        self.0.effective_gather()
    }

    /// See [`QueueConfigBuilder::max_hold`].
    pub fn max_hold(&self) -> Duration {
        self.0.effective_max_hold()
    }
}

impl QueueConfigBuilder {
    /// Sets the queue's name in metrics and logs.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets the objectives that the queue is judged by.
    #[must_use]
    pub fn objectives(self, objectives: ObjectivesConfig) -> Self {
        Self { objectives, ..self }
    }

    /// Sets the payloads that are read from S3. Default: none, see [`PayloadsConfig`].
    #[must_use]
    pub fn payloads(self, payloads: PayloadsConfig) -> Self {
        Self { payloads, ..self }
    }

    /// How long the next receive waits so that it returns more messages: after a receive that was
    /// not full, for more messages; after a full one, for slots. Zero disables this. Less than the
    /// freshness threshold. Default: 2 % of the freshness threshold, at most 1 s.
    #[must_use]
    pub fn gather(self, gather: Duration) -> Self {
        Self { gather: Some(gather), ..self }
    }

    /// How long a message may be buffered before a slot is expected to be free. This prefetch makes
    /// receives fuller when slots become free one by one. Zero disables it. Less than the freshness
    /// threshold. Default: 10 % of the freshness threshold, at most 1 s.
    #[must_use]
    pub fn max_hold(self, max_hold: Duration) -> Self {
        Self { max_hold: Some(max_hold), ..self }
    }

    /// The value of [`gather`](Self::gather()), set or default.
    pub fn effective_gather(&self) -> Duration {
        let default = self.share_of_freshness(50);
        self.gather.unwrap_or(default)
    }

    /// The value of [`max_hold`](Self::max_hold()), set or default.
    pub fn effective_max_hold(&self) -> Duration {
        let default = self.share_of_freshness(10);
        self.max_hold.unwrap_or(default)
    }

    /// This part of the freshness threshold, at most 1 s; 1 s without a threshold.
    fn share_of_freshness(&self, part: u32) -> Duration {
        let (threshold, second) = (self.objectives.freshness_threshold, Duration::from_secs(1));
        if threshold.is_zero() { second } else { (threshold / part).min(second) }
    }
}
