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
use crate::queue::{Connection, Queue, Timeouts};
use crate::telemetry::Metrics;
use crate::trace::{Traces, TracesConfig};

/// Builds a [`Worker`].
#[derive(Default)]
pub struct WorkerBuilder {
    queues: Vec<(QueueConfig, Arc<dyn Queue>, Plan)>,
    shutdown: ShutdownConfig,
    concurrency: Option<usize>,
    until_empty: bool,
    metrics: Metrics,
    health: Health,
    traces: TracesConfig,
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
        let timeouts = Timeouts::for_wait(config.wait());
        let queue = connection.queue(config.address().clone(), timeouts);
        self.add(config, queue, handler)
    }

    /// Adds a queue of any kind. Its requests are counted and billed like those of SQS.
    #[must_use]
    pub fn add(mut self, config: QueueConfig, queue: impl Queue, handler: impl Handler) -> Self {
        let plan = Plan::One(Handling::single(handler));
        self.queues.push((config, Arc::new(queue), plan));
        self
    }

    /// Adds a queue of SQS whose handler gets several messages in one call. Sends no request.
    #[must_use]
    pub fn add_sqs_batch(
        self,
        connection: &Connection,
        config: QueueConfig,
        handler: impl BatchHandler,
    ) -> Self {
        let timeouts = Timeouts::for_wait(config.wait());
        let queue = connection.queue(config.address().clone(), timeouts);
        self.add_batch(config, queue, handler)
    }

    /// Adds a queue of any kind whose handler gets several messages in one call. Without
    /// [`batch`](crate::config::QueueConfigBuilder::batch()) in its configuration, it has the default
    /// batches.
    #[must_use]
    pub fn add_batch(
        mut self,
        config: QueueConfig,
        queue: impl Queue,
        handler: impl BatchHandler,
    ) -> Self {
        let plan = Plan::One(Handling::batch(handler));
        self.queues.push((config, Arc::new(queue), plan));
        self
    }

    /// Adds a queue of SQS with a handler for each of its routes. Sends no request.
    #[must_use]
    pub fn add_sqs_routes(
        self,
        connection: &Connection,
        config: QueueConfig,
        routes: Routes,
    ) -> Self {
        let timeouts = Timeouts::for_wait(config.wait());
        let queue = connection.queue(config.address().clone(), timeouts);
        self.add_routes(config, queue, routes)
    }

    /// Adds a queue of any kind with a handler for each of its routes. If one of them gets several
    /// messages in one call, [`add_batch`](Self::add_batch) says what its batches are.
    #[must_use]
    pub fn add_routes(mut self, config: QueueConfig, queue: impl Queue, routes: Routes) -> Self {
        self.queues.push((config, Arc::new(queue), Plan::Routes(routes)));
        self
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
    /// Without a queue, for two queues with the same name, for routes that cannot be used, and for an
    /// invalid `concurrency`.
    pub fn build(self) -> Result<Worker, BuildError> {
        let Self { queues, shutdown, concurrency, until_empty, metrics, health, traces } = self;
        check_concurrency(concurrency)?;
        if queues.is_empty() {
            return Err(BuildError::NoQueue);
        }
        for (index, (config, ..)) in queues.iter().enumerate() {
            let name = config.name();
            let earlier = queues[..index].iter().any(|(other, ..)| other.name() == name);
            if earlier || metrics.queue(name).is_some() {
                return Err(BuildError::DuplicateName(name.to_owned()));
            }
        }
        for (config, _, plan) in &queues {
            check_routes(config.name(), plan)?;
        }
        let parts = queues.into_iter().map(|(config, queue, plan)| {
            let config = fitting(config, &plan)?;
            health.add_queue(config.name());
            let metrics = metrics.register_with(&config, &plan.ends());
            let routing = Arc::new(plan.routing(&config, &metrics));
            Ok(Parts { config, queue, routing, metrics })
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
        let queues: Vec<_> = self.queues.iter().map(|(config, ..)| config.name()).collect();
        f.debug_struct("WorkerBuilder").field("queues", &queues).finish_non_exhaustive()
    }
}
