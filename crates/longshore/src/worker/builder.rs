//! Collects the queues and settings of a worker, and checks them.

use std::sync::Arc;

use super::pipeline::Parts;
use super::routing::Plan;
use super::run::Worker;
use crate::config::{
    BatchConfig, InvalidConfig, MAX_IN_FLIGHT, QueueConfig, ShutdownConfig, Violations,
};
use crate::handler::{BatchHandler, Handler, Handling, Routes};
use crate::health::Health;
use crate::queue::{Connection, PayloadStore, Queue, Timeouts};
use crate::telemetry::Metrics;
use crate::trace::{Traces, TracesConfig};

/// Builds a [`Worker`].
#[derive(Default)]
pub struct WorkerBuilder {
    queues: Vec<Added>,
    payload_store: Option<Arc<dyn PayloadStore>>,
    shutdown: ShutdownConfig,
    concurrency: Option<usize>,
    until_empty: bool,
    metrics: Metrics,
    health: Health,
    traces: TracesConfig,
}

/// A queue that was added.
struct Added {
    config: QueueConfig,
    queue: Arc<dyn Queue>,
    plan: Plan,
    /// S3 as its connection reaches it.
    payloads: Option<Arc<dyn PayloadStore>>,
}

/// Why a worker cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no queue.
    #[error("the worker has no queue; add one with `add_sqs` or `add`")]
    NoQueue,
    /// Two queues have the same name, in this worker or in the metrics that it reports to.
    #[error(
        "two queues have the name `{0}`, which is their label in metrics and logs; give one of them \
         another name with `QueueConfig::builder(..).name(..)`"
    )]
    DuplicateName(String),
    /// The configuration of the queue has batches, and its handler gets single messages.
    #[error(
        "queue `{0}` has batches; add it with `add_batch` or `add_sqs_batch`, or remove `batch`"
    )]
    NoBatchHandler(String),
    /// The routes of a queue cannot be used.
    #[error("the routes of queue `{queue}`: {problem}")]
    InvalidRoutes {
        /// The name of the queue.
        queue: String,
        /// What is wrong, and what is accepted.
        problem: String,
    },
    /// The configuration of the queue has buckets, and nothing can read them.
    #[error(
        "queue `{0}` has payloads; switch the feature `s3` on and add it with `add_sqs`, set \
         `payload_store`, or remove `payloads`"
    )]
    NoPayloadStore(String),
    /// A setting of the worker is invalid.
    #[error(transparent)]
    Invalid(#[from] InvalidConfig),
}

impl Worker {
    /// Starts with no queues and the default of every setting.
    pub fn builder() -> WorkerBuilder {
        WorkerBuilder::default()
    }
}

impl WorkerBuilder {
    /// Adds a queue of SQS. Sends no request.
    #[must_use]
    pub fn add_sqs(
        self,
        connection: &Connection,
        config: QueueConfig,
        handler: impl Handler,
    ) -> Self {
        self.add_queue_of_sqs(connection, config, Plan::One(Handling::single(handler)))
    }

    /// Adds a queue of any kind. Its requests are counted and billed like those of SQS.
    #[must_use]
    pub fn add(self, config: QueueConfig, queue: impl Queue, handler: impl Handler) -> Self {
        self.add_queue(config, queue, Plan::One(Handling::single(handler)))
    }

    /// Adds a queue of SQS whose handler gets several messages in one call. Sends no request.
    #[must_use]
    pub fn add_sqs_batch(
        self,
        connection: &Connection,
        config: QueueConfig,
        handler: impl BatchHandler,
    ) -> Self {
        self.add_queue_of_sqs(connection, config, Plan::One(Handling::batch(handler)))
    }

    /// Adds a queue of any kind whose handler gets several messages in one call. Without
    /// [`batch`](crate::config::QueueConfigBuilder::batch()) in its configuration, it has the default
    /// batches.
    #[must_use]
    pub fn add_batch(
        self,
        config: QueueConfig,
        queue: impl Queue,
        handler: impl BatchHandler,
    ) -> Self {
        self.add_queue(config, queue, Plan::One(Handling::batch(handler)))
    }

    /// Adds a queue of SQS with a handler for each of its routes. Sends no request.
    #[must_use]
    pub fn add_sqs_routes(
        self,
        connection: &Connection,
        config: QueueConfig,
        routes: Routes,
    ) -> Self {
        self.add_queue_of_sqs(connection, config, Plan::Routes(routes))
    }

    /// Adds a queue of any kind with a handler for each of its routes. If one of them gets several
    /// messages in one call, [`add_batch`](Self::add_batch) says what its batches are.
    #[must_use]
    pub fn add_routes(self, config: QueueConfig, queue: impl Queue, routes: Routes) -> Self {
        self.add_queue(config, queue, Plan::Routes(routes))
    }

    fn add_queue(mut self, config: QueueConfig, queue: impl Queue, plan: Plan) -> Self {
        self.queues.push(Added { config, queue: Arc::new(queue), plan, payloads: None });
        self
    }

    fn add_queue_of_sqs(
        mut self,
        connection: &Connection,
        config: QueueConfig,
        plan: Plan,
    ) -> Self {
        let timeouts = Timeouts::for_wait(config.wait());
        let queue = Arc::new(connection.queue(config.address().clone(), timeouts));
        let payloads = if config.payloads().is_on() { in_s3(connection, &config) } else { None };
        self.queues.push(Added { config, queue, plan, payloads });
        self
    }

    /// Where the payloads of the queues with [`payloads`](crate::QueueConfig::payloads) are.
    /// Default: S3, for queues of SQS, with the feature `s3`.
    #[must_use]
    pub fn payload_store(self, store: impl PayloadStore) -> Self {
        Self { payload_store: Some(Arc::new(store)), ..self }
    }

    /// The time budget of a shutdown. Default: see [`ShutdownConfig`].
    #[must_use]
    pub fn shutdown(self, shutdown: ShutdownConfig) -> Self {
        Self { shutdown, ..self }
    }

    /// Maximum number of messages that all queues together process at the same time: 1 to 120,000.
    /// Default: only the limit of each queue applies.
    #[must_use]
    pub fn concurrency(self, limit: usize) -> Self {
        Self { concurrency: Some(limit), ..self }
    }

    /// Ends the worker when every queue was empty twice in a row and no message is in flight.
    /// Messages that are delayed, wait for a retry, or are in flight elsewhere stay for the next
    /// run. Default: the worker runs until it is stopped.
    #[must_use]
    pub fn until_empty(self) -> Self {
        Self { until_empty: true, ..self }
    }

    /// Which trace contexts messages carry, and how the span of a handler refers to the sender's. A
    /// subscriber of `tracing` with a layer of `tracing-opentelemetry` exports the spans.
    /// Default: see [`TracesConfig`].
    #[must_use]
    pub fn traces(self, traces: TracesConfig) -> Self {
        Self { traces, ..self }
    }

    /// The metrics that the worker reports to: those of `otlp::Otlp::worker_metrics`, or those of
    /// an earlier worker of this process. Default: its own.
    #[must_use]
    pub fn metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The health that the worker reports to, such as that of an earlier worker of this process.
    /// Default: its own.
    #[must_use]
    pub fn health(self, health: Health) -> Self {
        Self { health, ..self }
    }

    /// Checks the settings and registers the metrics of every queue.
    ///
    /// # Errors
    /// Without a queue, for two queues with the same name, for routes that cannot be used, for a queue
    /// with payloads that nothing can read, and for an invalid `concurrency`.
    pub fn build(self) -> Result<Worker, BuildError> {
        let Self { queues, payload_store, shutdown, concurrency, until_empty, .. } = self;
        let (metrics, health, traces) = (self.metrics, self.health, self.traces);
        check_concurrency(concurrency)?;
        if queues.is_empty() {
            return Err(BuildError::NoQueue);
        }
        for (index, added) in queues.iter().enumerate() {
            let name = added.config.name();
            let earlier = queues[..index].iter().any(|other| other.config.name() == name);
            if earlier || metrics.queue(name).is_some() {
                return Err(BuildError::DuplicateName(name.to_owned()));
            }
        }
        let parts = queues.into_iter().map(|added| {
            let Added { config, queue, plan, payloads } = added;
            check_routes(config.name(), &plan)?;
            let config = fitting(config, &plan)?;
            let store = payload_store.clone().or(payloads).filter(|_| config.payloads().is_on());
            if store.is_none() && config.payloads().is_on() {
                return Err(BuildError::NoPayloadStore(config.name().to_owned()));
            }
            health.add_queue(config.name());
            let metrics = metrics.register_with(&config, &plan.ends());
            let routing = Arc::new(plan.routing(&config, &metrics));
            Ok(Parts { config, queue, routing, payloads: store, metrics })
        });
        let parts = parts.collect::<Result<_, BuildError>>()?;
        let traces = Arc::new(Traces::new(&traces));
        Ok(Worker { parts, shutdown, concurrency, until_empty, metrics, health, traces })
    }
}

/// The configuration, with batches if a handler needs them.
fn fitting(config: QueueConfig, plan: &Plan) -> Result<QueueConfig, BuildError> {
    match (plan.has_batches(), config.batch()) {
        (false, Some(_)) => Err(BuildError::NoBatchHandler(config.name().to_owned())),
        (true, None) => Ok(config.to_builder().batch(Some(BatchConfig::default())).build()?),
        (false, None) | (true, Some(_)) => Ok(config),
    }
}

fn check_routes(queue: &str, plan: &Plan) -> Result<(), BuildError> {
    let Plan::Routes(routes) = plan else { return Ok(()) };
    match routes.problem() {
        Some(problem) => Err(BuildError::InvalidRoutes { queue: queue.to_owned(), problem }),
        None => Ok(()),
    }
}

#[cfg(feature = "s3")]
fn in_s3(connection: &Connection, config: &QueueConfig) -> Option<Arc<dyn PayloadStore>> {
    Some(Arc::new(connection.payload_store(config.address())))
}

#[cfg(not(feature = "s3"))]
fn in_s3(_: &Connection, _: &QueueConfig) -> Option<Arc<dyn PayloadStore>> {
    None
}

fn check_concurrency(concurrency: Option<usize>) -> Result<(), InvalidConfig> {
    let mut violations = Violations::default();
    if let Some(limit) = concurrency {
        let holds = (1..=MAX_IN_FLIGHT).contains(&limit);
        violations.require(holds, &[("concurrency", &limit)], "1 to 120000");
    }
    violations.check("the worker")
}

impl std::fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let queues: Vec<_> = self.queues.iter().map(|added| added.config.name()).collect();
        f.debug_struct("WorkerBuilder").field("queues", &queues).finish_non_exhaustive()
    }
}
