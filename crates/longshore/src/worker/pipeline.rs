//! One queue's pipeline and its drain. Its parts end in the direction of flow: first the poll
//! loops, then the handlers, then the settler. Heartbeats continue until no message needs one.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::breaker::Breaker;
use super::dead_letters::DeadLetters;
use super::disposition::Policy;
use super::expiry::Expiry;
use super::fault_log::FaultLog;
use super::groups::Fifo;
use super::heartbeat;
use super::invoker::Invoker;
use super::lease_table::LeaseTable;
use super::metered::MeteredQueue;
use super::observer::Observer;
use super::payloads::Payloads;
use super::poll_loop::PollLoop;
use super::polling::{PollEnd, Polling};
use super::processor::Processor;
use super::receiver::Receiver;
use super::rejects::Rejects;
use super::routing::Routing;
use super::settle_pauses::SettlePauses;
use super::settler::{SettleSender, Settler};
use super::slots::{Share, SlotPool};
use super::stop::Stop;
use crate::config::{OnReject, QueueConfig, ShutdownConfig};
use crate::envelope::Unwrapper;
use crate::health::Health;
use crate::queue::{PayloadStore, Queue};
use crate::slo::{DeliveryJudge, Objectives};
use crate::telemetry::QueueMetrics;
use crate::trace::Traces;

/// A handler whose future was dropped ends within this time, unless it blocks its thread.
const DROP_TIME: Duration = Duration::from_millis(500);
/// The shortest long poll.
const ONE_SECOND: Duration = Duration::from_secs(1);

/// The parts of one queue.
pub(super) struct Parts {
    pub(super) config: QueueConfig,
    pub(super) queue: Arc<dyn Queue>,
    pub(super) routing: Arc<Routing>,
    /// `None` if no payload is read.
    pub(super) payloads: Option<Arc<dyn PayloadStore>>,
    pub(super) metrics: Arc<QueueMetrics>,
}

/// What all queues of a worker have in common.
#[derive(Clone)]
pub(super) struct Environment {
    pub(super) shutdown: ShutdownConfig,
    pub(super) share: Option<Share>,
    pub(super) until_empty: bool,
    pub(super) health: Health,
    pub(super) stop: Stop,
    pub(super) traces: Arc<Traces>,
}

/// One queue, ready to run.
pub(super) struct Pipeline {
    polling: Arc<Polling>,
    dead_letters: DeadLetters,
    settle_sender: SettleSender,
    settler: Settler,
    shutdown: ShutdownConfig,
}

impl Pipeline {
    pub(super) fn new(parts: Parts, environment: Environment) -> Self {
        let Parts { config, queue, routing, payloads: store, metrics } = parts;
        let Environment { shutdown, share, until_empty, health, stop, traces } = environment;
        let queue = Arc::new(MeteredQueue::new(queue, metrics.clone()));
        let faults = Arc::new(FaultLog::new(metrics.clone()));
        let payloads = Arc::new(Payloads {
            config: config.payloads().clone(),
            store,
            metrics: metrics.clone(),
            faults: faults.clone(),
            traces: traces.clone(),
        });
        let (settle_sender, settler) = Settler::new(
            queue.clone(),
            metrics.clone(),
            faults.clone(),
            payloads.clone(),
            config.delete_linger(),
            until_empty,
            SettlePauses::new(stop.clone(), shutdown.settle),
        );
        let delivery = Arc::new(DeliveryJudge::new(config.objectives().delivery_attempts));
        let backlog = Backlog::new(
            config.backlog_interval(),
            config.concurrency(),
            delivery.clone(),
            metrics.clone(),
        );
        let backlog = Arc::new(backlog);
        // A job that ends with its queue is scraped too rarely for a gauge.
        let interval = if until_empty { Duration::ZERO } else { config.dead_letter_interval() };
        let dead_letters = DeadLetters::new(interval, backlog.dead_letter_arn(), metrics.clone());
        let slots = SlotPool::new(config.concurrency(), share, config.max_hold(), metrics.clone());
        let breaker =
            Breaker::new(config.breaker(), config.concurrency(), routing.clone(), metrics.clone());
        let polls_over = CancellationToken::new();
        let rejects = (config.on_reject() == OnReject::DeadLetter).then(|| Rejects {
            queue: queue.clone(),
            backlog: backlog.clone(),
            metrics: metrics.clone(),
            faults: faults.clone(),
            stop: stop.clone(),
            interrupt: shutdown.interrupt,
        });
        let processor = Processor {
            queue: config.name().into(),
            invoker: Invoker {
                queue: config.name().into(),
                routing,
                limit: config.handler_timeout(),
                wind_down: shutdown.interrupt,
                traces,
                stop: stop.clone(),
            },
            policy: Policy { retry: config.retry(), on_reject: config.on_reject() },
            expiry: Expiry { max_age: config.max_age() },
            rejects,
            payloads,
            backlog: backlog.clone(),
            observer: Observer::new(
                Objectives::from(config.objectives()),
                backlog.clone(),
                metrics.clone(),
            ),
            faults,
            breaker: breaker.clone(),
            slots: slots.clone(),
            stop: stop.clone(),
            polls_over: polls_over.clone(),
        };
        let polling = Polling {
            queue,
            // A short poll reads only a part of SQS's servers, so it cannot show that the queue is
            // empty.
            wait: if until_empty { config.wait().max(ONE_SECOND) } else { config.wait() },
            gather: config.gather(),
            visibility: config.visibility(),
            max_pollers: config.max_pollers(),
            until_empty,
            slots,
            fifo: config
                .address()
                .is_fifo()
                .then(|| Fifo::new(config.visibility(), metrics.clone())),
            leases: LeaseTable::new(config.visibility(), metrics.clone(), delivery, stop.clone()),
            unwrapper: Unwrapper::new(config.envelopes()),
            processor: Arc::new(processor),
            breaker,
            message_tasks: TaskTracker::new(),
            extra_loops: TaskTracker::new(),
            polls_over,
            pollers: AtomicUsize::new(0),
            backlog,
            metrics,
            health,
            stop,
        };
        Self { polling: Arc::new(polling), dead_letters, settle_sender, settler, shutdown }
    }

    /// Runs until polling ends and every message is settled, or until the shutdown is over.
    /// Dropping the future abandons the messages in flight.
    pub(super) async fn run(self) -> (PollEnd, Arc<LeaseTable>) {
        let Self { polling, dead_letters, settle_sender, settler, shutdown } = self;
        let (leases, metrics) = (polling.leases.clone(), polling.metrics.clone());
        let heartbeats = heartbeat::run(&polling);
        let Polling { backlog, queue, polls_over, .. } = &*polling;
        // Dropping this future ends the tasks too.
        let _ended = polls_over.clone().drop_guard();
        let attributes = backlog.clone().run(queue.clone(), polls_over.clone());
        let attributes = tokio::spawn(attributes);
        let dead_letters = dead_letters.run(queue.clone(), polls_over.clone());
        let dead_letters = tokio::spawn(dead_letters);
        let mut settler = tokio::spawn(settler.run());
        let end = tokio::select! {
            // Biased, so that events at the same instant have a fixed order.
            biased;
            end = drain(&polling, settle_sender, &shutdown) => end,
            () = heartbeats => PollEnd::Stopped,
        };
        polling.polls_over.cancel();
        attributes.await.ok();
        dead_letters.await.ok();
        // The last sender is gone. The settler has as long as the leases last, or, after a stop, as
        // long as the budget allows.
        let settled = async {
            tokio::select! {
                biased;
                _ = &mut settler => {}
                () = after(polling.stop.begun(), shutdown.settle) => settler.abort(),
            }
        };
        let closed = timeout(shutdown.settle, polling.processor.invoker.routing.close());
        let ((), _closed) = tokio::join!(settled, closed);
        leases.close();
        polling.processor.faults.flush();
        metrics.ended();
        (end, leases)
    }
}

/// Polls until polling ends, then waits for the handlers. After a stop it waits at most until the
/// end of the grace and of the interruption.
async fn drain(
    polling: &Arc<Polling>,
    settler: SettleSender,
    shutdown: &ShutdownConfig,
) -> PollEnd {
    let flow = async {
        let end = PollLoop::new(polling.clone(), settler.clone()).run().await;
        polling.extra_loops.close();
        polling.extra_loops.wait().await;
        Receiver::new(polling.clone(), settler).repeat_unanswered().await;
        polling.polls_over.cancel();
        if matches!(end, PollEnd::Failed(_)) {
            polling.breaker.polls_failed();
        }
        polling.message_tasks.close();
        polling.message_tasks.wait().await;
        end
    };
    tokio::select! {
        biased;
        end = flow => end,
        () = after(polling.stop.hurried(), shutdown.interrupt + DROP_TIME) => {
            tracing::error!(
                queue = polling.metrics.queue(),
                advice = "check for handlers that block their thread, and for errors of SQS",
                "shutdown time is over; messages in flight are abandoned"
            );
            PollEnd::Stopped
        }
    }
}

async fn after(event: impl Future<Output = ()>, time: Duration) {
    event.await;
    sleep(time).await;
}
