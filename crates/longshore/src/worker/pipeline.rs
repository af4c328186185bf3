//! One queue's pipeline and its drain. Its parts end in the direction of flow: the poll loops, then the
//! handlers, then the settler; heartbeats go on until nothing is left that needs one.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::faults::Faults;
use super::heartbeat;
use super::intake::{Intake, IntakeEnd};
use super::leases::Leases;
use super::outcome::Policy;
use super::pause::Pause;
use super::poller::Poller;
use super::processor::Processor;
use super::settler::{SettleSender, Settler};
use super::slots::{Share, Slots};
use super::stop::Stop;
use crate::config::{QueueConfig, ShutdownConfig};
use crate::handler::AnyHandler;
use crate::health::Health;
use crate::queue::{Queue, VISIBILITY_CEILING};
use crate::slo::Objectives;
use crate::telemetry::QueueMetrics;
use crate::trace::Traces;

/// A handler that was dropped at the end of its time needs no more than this to be gone.
const LAST_MOMENT: Duration = Duration::from_millis(500);
/// The shortest long poll. It asks all of SQS's servers.
const ONE_SECOND: Duration = Duration::from_secs(1);

/// What one queue is made of.
pub(super) struct Parts {
    pub(super) config: QueueConfig,
    pub(super) queue: Arc<dyn Queue>,
    pub(super) handler: AnyHandler,
    pub(super) metrics: Arc<QueueMetrics>,
}

/// What all queues of a worker have in common.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) shutdown: ShutdownConfig,
    pub(super) share: Option<Share>,
    pub(super) until_empty: bool,
    pub(super) health: Health,
    pub(super) stop: Stop,
    pub(super) traces: Arc<Traces>,
}

/// One queue, ready to run.
pub(super) struct Pipeline {
    intake: Arc<Intake>,
    settle_sender: SettleSender,
    settler: Settler,
    shutdown: ShutdownConfig,
}

impl Pipeline {
    pub(super) fn new(parts: Parts, around: Surroundings) -> Self {
        let Parts { config, queue, handler, metrics } = parts;
        let stop = around.stop;
        let visibility = config.visibility.min(VISIBILITY_CEILING);
        let leases = Leases::new(visibility, metrics.clone(), stop.clone());
        // A delete that comes later may find its message handed out again.
        let linger = config.delete_linger.min(visibility / 4);
        let faults = Arc::new(Faults::new(&config.name));
        let (settle_sender, settler) =
            Settler::new(queue.clone(), metrics.clone(), faults.clone(), linger);
        let backlog = Arc::new(Backlog::new(config.backlog_interval, metrics.clone()));
        let processor = Processor {
            queue: config.name.as_str().into(),
            handler,
            // For longer than that SQS keeps no message from others.
            limit: config.handler_timeout.min(VISIBILITY_CEILING),
            wind_down: around.shutdown.interrupt,
            policy: Policy { retry: config.retry, on_reject: config.on_reject },
            objectives: Objectives::from(&config.objectives),
            backlog: backlog.clone(),
            metrics: metrics.clone(),
            traces: around.traces,
            faults: faults.clone(),
            pause: Arc::new(Pause::default()),
            stop: stop.clone(),
        };
        let intake = Intake {
            queue,
            // A short poll asks some of SQS's servers, and cannot say that the queue is empty.
            wait: if around.until_empty { config.wait.max(ONE_SECOND) } else { config.wait },
            gather: config.gather,
            visibility,
            max_pollers: config.max_pollers,
            until_empty: around.until_empty,
            slots: Slots::new(config.concurrency, around.share, config.max_hold, metrics.clone()),
            leases,
            processor: Arc::new(processor),
            handling: TaskTracker::new(),
            company: TaskTracker::new(),
            questions: TaskTracker::new(),
            polls_over: CancellationToken::new(),
            pollers: AtomicUsize::new(0),
            backlog,
            metrics,
            health: around.health,
            stop,
        };
        Self { intake: Arc::new(intake), settle_sender, settler, shutdown: around.shutdown }
    }

    /// Runs until its intake ends and everything it took is settled, or its time is up. Dropping it
    /// abandons what it has.
    pub(super) async fn run(self) -> (IntakeEnd, Arc<Leases>) {
        let Self { intake, settle_sender, settler, shutdown } = self;
        let (leases, metrics) = (intake.leases.clone(), intake.metrics.clone());
        let beats = heartbeat::keep(&intake);
        let mut settler = tokio::spawn(settler.run());
        let end = tokio::select! {
            // In turn, so that what falls on one instant goes the same way each time.
            biased;
            end = drain(&intake, settle_sender, &shutdown) => end,
            () = beats => IntakeEnd::Stopped,
        };
        // The last sender went with the drain. What is left to settle has as long as the leases last,
        // or, once a stop has begun, as the budget says.
        tokio::select! {
            _ = &mut settler => {}
            () = after(intake.stop.begun(), shutdown.settle) => settler.abort(),
        }
        leases.close();
        intake.processor.faults.say_the_rest();
        metrics.ended();
        (end, leases)
    }
}

/// Polls to the end of the intake, then waits for the handlers: as long as they take, or, once a stop
/// has begun, until the grace is over and their last moment with it.
async fn drain(
    intake: &Arc<Intake>,
    settler: SettleSender,
    shutdown: &ShutdownConfig,
) -> IntakeEnd {
    let flow = async {
        let end = Poller::new(intake.clone(), settler, false).run().await;
        intake.company.close();
        intake.company.wait().await;
        intake.polls_over.cancel();
        intake.handling.close();
        intake.handling.wait().await;
        intake.questions.close();
        intake.questions.wait().await;
        end
    };
    tokio::select! {
        end = flow => end,
        () = after(intake.stop.hurried(), shutdown.interrupt + LAST_MOMENT) => {
            let queue = intake.metrics.queue();
            tracing::error!(queue, "handlers block their threads, or SQS settles nothing; messages in hand are abandoned");
            IntakeEnd::Stopped
        }
    }
}

async fn after(event: impl Future<Output = ()>, time: Duration) {
    event.await;
    sleep(time).await;
}
