//! One queue's series, as verbs: what happened, said once, at the place where it happened.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use tokio::time::Instant;

use super::catalog;
use super::distribution::{Buckets, Distribution};
use super::history::{History, Moment, Past};
use super::labels::{
    Action, ApiResult, Awaited, BacklogState, Delivery, Ending, Fate, HandlerError, Heartbeat,
    Judgement, LabelSet, ReceiveOutcome, Settled, Settling, Slo,
};
use super::series::{Family, ReadGauge, Registrar};
use super::totals::{Snapshot, Totals, add};
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::config::{ObjectivesConfig, QueueConfig};

/// What "the last five minutes" of the catalogue are.
const RECENT: Duration = Duration::from_secs(300);

/// The metrics of one queue. Every series exists, at zero, from the moment this does.
pub struct QueueMetrics {
    queue: String,
    price_per_request_usd: f64,
    totals: Totals,
    handled: Distribution,
    handler_is_away: AtomicBool,
    history: Mutex<History>,
    ended: OnceLock<Instant>,
    objectives: ObjectivesConfig,
    wait: Duration,
    /// As SQS last told; the highest number until it has.
    waiting: AtomicU64,
    receive_duration: Family<ReceiveOutcome, Histogram>,
    receive_batch_size: Histogram,
    gather_duration: Family<Awaited, Histogram>,
    messages_received: Family<Delivery, Counter>,
    messages: Family<Settled, Counter>,
    messages_aborted: Counter,
    shutdown_messages: Family<Fate, Counter>,
    processing_duration: Family<Ending, Histogram>,
    queue_wait: Family<Delivery, Histogram>,
    redelivery_delay: Histogram,
    api_requests: Vec<Family<ApiResult, Counter>>,
    billed_requests: Family<Action, Counter>,
    cost_per_message: Gauge,
    empty_receive_ratio: Gauge,
    in_flight: Gauge,
    held: ReadGauge,
    pollers: ReadGauge,
    slots: Gauge,
    backlog: Family<BacklogState, Gauge>,
    heartbeats: Family<Heartbeat, Counter>,
    settle_batch_size: Family<Settling, Histogram>,
    handler_errors: Family<HandlerError, Counter>,
    queue_attributes: Vec<Gauge>,
    slo_events: Vec<Family<Judgement, Counter>>,
}

impl QueueMetrics {
    pub(super) fn register(r: &Registrar<'_>, config: &QueueConfig) -> Self {
        show_configured(r, config);
        let api_requests =
            |action| Family::new(|result| r.counter(&catalog::API_REQUESTS, &[action, result]));
        let slo_events =
            |slo| Family::new(|result| r.counter(&catalog::SLO_EVENTS, &[slo, result]));
        let attribute = |name: &&'static str| r.gauge(&catalog::QUEUE_ATTRIBUTE, &[name]);
        Self {
            queue: r.queue.to_owned(),
            price_per_request_usd: config.price_per_million_usd / 1e6,
            totals: Totals::default(),
            handled: Distribution::default(),
            handler_is_away: AtomicBool::new(false),
            history: Mutex::new(History::new(Instant::now())),
            ended: OnceLock::new(),
            objectives: config.objectives.clone(),
            wait: config.wait,
            waiting: AtomicU64::new(u64::MAX),
            receive_duration: r.histograms(&catalog::RECEIVE_DURATION),
            receive_batch_size: r.histogram(&catalog::RECEIVE_BATCH_SIZE, &[]),
            gather_duration: r.histograms(&catalog::GATHER_DURATION),
            messages_received: r.counters(&catalog::MESSAGES_RECEIVED),
            messages: r.counters(&catalog::MESSAGES),
            messages_aborted: r.counter(&catalog::MESSAGES_ABORTED, &[]),
            shutdown_messages: r.counters(&catalog::SHUTDOWN_MESSAGES),
            processing_duration: r.histograms(&catalog::PROCESSING_DURATION),
            queue_wait: r.histograms(&catalog::QUEUE_WAIT),
            redelivery_delay: r.histogram(&catalog::REDELIVERY_DELAY, &[]),
            api_requests: Action::VALUES.iter().map(|action| api_requests(action)).collect(),
            billed_requests: r.counters(&catalog::BILLED_REQUESTS),
            cost_per_message: r.gauge(&catalog::COST_PER_MESSAGE, &[]),
            empty_receive_ratio: r.gauge(&catalog::EMPTY_RECEIVE_RATIO, &[]),
            in_flight: r.gauge(&catalog::MESSAGES_IN_FLIGHT, &[]),
            held: r.read_gauge(&catalog::MESSAGES_HELD),
            pollers: r.read_gauge(&catalog::POLLERS),
            slots: r.gauge(&catalog::SLOTS, &[]),
            backlog: r.gauges(&catalog::BACKLOG),
            heartbeats: r.counters(&catalog::HEARTBEATS),
            settle_batch_size: r.histograms(&catalog::SETTLE_BATCH_SIZE),
            handler_errors: r.counters(&catalog::HANDLER_ERRORS),
            slo_events: Slo::VALUES.iter().map(|slo| slo_events(slo)).collect(),
            queue_attributes: catalog::QUEUE_ATTRIBUTES.iter().map(attribute).collect(),
        }
    }

    /// The queue's name, as its label has it.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// Price of one request, in US dollars.
    pub fn price_per_request_usd(&self) -> f64 {
        self.price_per_request_usd
    }

    /// The running counts.
    pub fn totals(&self) -> Snapshot {
        self.totals.snapshot()
    }

    /// A receive ended, this long after it was sent.
    pub fn receive_ended(&self, outcome: ReceiveOutcome, took: Duration) {
        self.receive_duration.of(outcome).record(took);
        match outcome {
            ReceiveOutcome::Full | ReceiveOutcome::Partial => add(&self.totals.receives, 1),
            ReceiveOutcome::Empty => {
                add(&self.totals.receives, 1);
                add(&self.totals.empty_receives, 1);
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                add(&self.totals.empty_receive_micros, micros);
            }
            ReceiveOutcome::Error | ReceiveOutcome::Abandoned => {
                add(&self.totals.failed_receives, 1)
            }
        }
    }

    /// A receive brought so many messages.
    pub fn receive_brought(&self, messages: usize) {
        self.receive_batch_size.record(messages as f64);
    }

    /// A poll loop waited so long before it asked again.
    pub fn gathered(&self, awaited: Awaited, took: Duration) {
        self.gather_duration.of(awaited).record(took);
    }

    /// A message came; somebody answers for it from here on.
    pub fn message_received(&self, delivery: Delivery) {
        self.messages_received.of(delivery).increment(1);
        self.in_flight.increment(1);
        self.held.increment();
        add(&self.totals.received, 1);
    }

    /// A message that was held is no longer: its handler starts, or it is given back.
    pub fn message_unheld(&self) {
        self.held.decrement();
    }

    /// A receive of a message came to its end.
    pub fn message_settled(&self, settled: Settled) {
        self.messages.of(settled).increment(1);
        self.in_flight.decrement(1);
        match settled {
            Settled::Abandoned => add(&self.totals.abandoned, 1),
            Settled::Deleted => {
                add(&self.totals.settled, 1);
                add(&self.totals.deleted, 1);
            }
            Settled::Retried | Settled::Rejected | Settled::Released | Settled::LeaseLost => {
                add(&self.totals.settled, 1);
            }
        }
    }

    /// A message that was in hand during a shutdown met its fate.
    pub fn shutdown_message(&self, fate: Fate) {
        self.shutdown_messages.of(fate).increment(1);
        match fate {
            Fate::Completed => add(&self.totals.completed, 1),
            Fate::Released => add(&self.totals.released, 1),
            // Counted where they happen, shutdown or not.
            Fate::Aborted | Fate::Abandoned => {}
        }
    }

    /// A handler starts, so long after the message was sent.
    pub fn handler_started(&self, delivery: Delivery, queue_wait: Option<Duration>) {
        if let Some(wait) = queue_wait {
            self.queue_wait.of(delivery).record(wait);
        }
    }

    /// A redelivered message's handler starts, so long after the message's first receive.
    pub fn redelivered_after(&self, delay: Duration) {
        self.redelivery_delay.record(delay);
    }

    /// A handler ended.
    pub fn handler_ended(&self, ending: Ending, ran: Duration) {
        self.processing_duration.of(ending).record(ran);
        self.handled.record(ran);
        self.handler_is_away.store(ending == Ending::Unavailable, Relaxed);
        if let Some(error) = ending.handler_error() {
            self.handler_errors.of(error).increment(1);
            add(&self.totals.handler_errors, 1);
        }
        if ending == Ending::Interrupted {
            self.messages_aborted.increment(1);
            add(&self.totals.aborted, 1);
        }
    }

    /// An event that counts for an objective was judged.
    pub fn slo_event(&self, slo: Slo, judgement: Judgement) {
        self.slo_events[slo.index()].of(judgement).increment(1);
        self.totals.slo_event(slo, judgement);
    }

    /// An attempt on the wire ended.
    pub fn api_request(&self, action: Action, result: ApiResult) {
        self.api_requests[action.index()].of(result).increment(1);
        add(&self.totals.requests, 1);
    }

    /// SQS will bill so many requests.
    pub fn billed(&self, action: Action, requests: u64) {
        self.billed_requests.of(action).increment(requests);
        add(&self.totals.billed_requests, requests);
    }

    /// A poll loop starts.
    pub fn poller_started(&self) {
        self.pollers.increment();
    }

    /// A poll loop ends.
    pub fn poller_ended(&self) {
        self.pollers.decrement();
    }

    /// A slot is taken.
    pub fn slot_taken(&self) {
        self.slots.decrement(1);
    }

    /// So many slots are free that were not.
    pub fn slots_freed(&self, slots: usize) {
        self.slots.increment(slots as f64);
    }

    /// SQS told, or an empty long poll showed, how many messages the queue has in this state.
    pub fn backlog(&self, state: BacklogState, messages: u64) {
        self.backlog.of(state).set(messages as f64);
        if state == BacklogState::Visible {
            self.waiting.store(messages, Relaxed);
        }
    }

    /// So many messages' visibility timeouts were to be extended, and this came of it.
    pub fn heartbeats(&self, result: Heartbeat, messages: u64) {
        self.heartbeats.of(result).increment(messages);
    }

    /// A delete or a change of visibility carried so many messages.
    pub fn settle_sent(&self, action: Settling, messages: usize) {
        self.settle_batch_size.of(action).record(messages as f64);
    }

    /// SQS told the queue's own attributes, in the order of [`catalog::QUEUE_ATTRIBUTES`].
    pub fn queue_attributes(&self, values: [f64; catalog::QUEUE_ATTRIBUTES.len()]) {
        for (gauge, value) in self.queue_attributes.iter().zip(values) {
            gauge.set(value);
        }
    }

    /// All work on the queue is over: from here on, "the last hour" is the last hour of it.
    pub fn ended(&self) {
        self.observe();
        self.ended.get_or_init(Instant::now);
    }

    /// Whether all work on the queue is over.
    pub fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// What came within the last `window`, as far as this process is that old. Right to ten seconds up
    /// to an hour, and to five minutes beyond.
    pub fn past(&self, window: Duration) -> Past {
        self.lock_history().since(window, self.now(), self.totals.snapshot())
    }

    /// How long the handlers ran that ended within the last hour, right to a minute.
    pub fn handled(&self) -> Past<Buckets> {
        self.lock_history().handled(self.now(), self.handled.snapshot())
    }

    /// The totals as they were over the last hour, oldest first, up to now.
    pub fn course(&self) -> Vec<Moment> {
        self.lock_history().course(self.now(), self.totals.snapshot())
    }

    /// What the queue is held to.
    pub fn objectives(&self) -> &ObjectivesConfig {
        &self.objectives
    }

    /// The wait of each receive, as configured.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Poll loops that are running.
    pub fn pollers(&self) -> u64 {
        self.pollers.get()
    }

    /// Messages received whose handler has not started.
    pub fn held(&self) -> u64 {
        self.held.get()
    }

    /// Whether nobody was there to handle the last message.
    pub fn handler_is_away(&self) -> bool {
        self.handler_is_away.load(Relaxed)
    }

    /// Messages in the queue that wait for a consumer, if SQS has told.
    pub fn waiting(&self) -> Option<u64> {
        Some(self.waiting.load(Relaxed)).filter(|waiting| *waiting != u64::MAX)
    }

    pub(super) fn observe(&self) {
        if !self.has_ended() {
            let now = Instant::now();
            self.lock_history().observe(now, self.totals.snapshot(), self.handled.snapshot());
        }
    }

    pub(super) fn refresh(&self) {
        self.observe();
        let last = self.past(RECENT).events;
        self.empty_receive_ratio.set(last.empty_ratio());
        self.cost_per_message.set(last.cost_per_message(self.price_per_request_usd));
    }

    /// The moment that its figures are of.
    fn now(&self) -> Instant {
        self.ended.get().copied().unwrap_or_else(Instant::now)
    }

    fn lock_history(&self) -> std::sync::MutexGuard<'_, History> {
        self.history.lock().expect("no code panics while it holds this lock")
    }
}

impl std::fmt::Debug for QueueMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueMetrics").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// What rules and dashboards would otherwise have to know.
fn show_configured(r: &Registrar<'_>, config: &QueueConfig) {
    let slo = &config.objectives;
    let objective = |name| match name {
        Slo::Delivery => slo.delivery,
        Slo::Latency => slo.latency,
        Slo::Freshness => slo.freshness,
        Slo::Polling => slo.polling,
    };
    let objectives = r.gauges::<Slo>(&catalog::SLO_OBJECTIVE);
    let min_bad_events = r.gauges::<Slo>(&catalog::SLO_MIN_BAD_EVENTS);
    for name in Slo::ALL {
        objectives.of(*name).set(objective(*name));
        min_bad_events.of(*name).set(slo.min_bad_events);
    }
    let message_cost = slo.cost_per_million_messages_usd / 1e6;
    for (metric, value) in [
        (&catalog::REQUEST_PRICE, config.price_per_million_usd / 1e6),
        (&catalog::CONFIGURED_WAIT, config.wait.as_secs_f64()),
        (&catalog::CONFIGURED_VISIBILITY, config.visibility.as_secs_f64()),
        (&catalog::CONFIGURED_CONCURRENCY, config.concurrency as f64),
        (&catalog::LONG_POLL_REFERENCE, LONG_POLL_REFERENCE.as_secs_f64()),
        (&catalog::WASTE_BUDGET, slo.waste_budget_per_month_usd),
        (&catalog::MESSAGE_COST_OBJECTIVE, message_cost),
    ] {
        r.gauge(metric, &[]).set(value);
    }
}
