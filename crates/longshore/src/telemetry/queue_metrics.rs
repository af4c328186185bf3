//! One queue's metrics. The worker calls one method for each event, where the event happens.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};
use tokio::time::Instant;

use super::activity::{Awaited, BreakerState, Heartbeat};
use super::exemplars::{Exemplars, QueueExemplars};
use super::figures::{Figures, OpenBreaker};
use super::group_metrics::GroupMetrics;
use super::messaging::Messaging;
use super::payload_metrics::PayloadMetrics;
use super::possible::Possible;
use super::reject_metrics::RejectMetrics;
use super::reported::Reported;
use super::route_metrics::RouteMetrics;
use super::series::{Family, LateGauge, Registrar, all};
use super::totals::{Snapshot, add};
use super::{catalog, configured};
use crate::config::QueueConfig;
use crate::label::LabelSet;
use crate::outcome::{DeadLetterMove, Fate, ReceiveOutcome, Settled, Settling};
use crate::queue::{Action, ApiResult, Delivery};
use crate::slo::{Judgement, Slo};

/// The window of the gauges that compare recent counts.
const RECENT: Duration = Duration::from_secs(300);

/// The metrics of one queue. Every series that an alert or an objective counts exists, at zero, from
/// the moment this does.
pub struct QueueMetrics {
    queue: String,
    pub(super) figures: Figures,
    receive_duration: Family<ReceiveOutcome, Histogram>,
    receive_batch_size: Histogram,
    gather_duration: Family<Awaited, Histogram>,
    messages_received: Family<Delivery, Counter>,
    messages: Family<Settled, Counter>,
    pub(super) messages_aborted: Counter,
    shutdown_messages: Family<Fate, Counter>,
    /// Of each route; a queue without routes has one.
    pub(super) routes: Box<[RouteMetrics]>,
    pub(super) queue_wait: Family<Delivery, Histogram>,
    pub(super) redelivery_delay: Histogram,
    pub(super) api_requests: Vec<Family<ApiResult, Counter>>,
    pub(super) billed_requests: Family<Action, Counter>,
    cost_per_message: Gauge,
    empty_receive_ratio: Gauge,
    in_flight: Gauge,
    buffered: Gauge,
    pollers: Gauge,
    slots: Gauge,
    oldest_in_flight: Gauge,
    pub(super) oldest_received: LateGauge,
    breaker_state: Family<BreakerState, Gauge>,
    heartbeats: Family<Heartbeat, Counter>,
    settle_batch_size: Family<Settling, Histogram>,
    pub(super) reported: Reported,
    slo_events: Vec<Family<Judgement, Counter>>,
    /// Only of a FIFO queue.
    pub(super) groups: Option<GroupMetrics>,
    /// Only of a queue with a batch handler.
    handler_batch_size: Option<Histogram>,
    rejects: RejectMetrics,
    pub(super) payloads: Option<PayloadMetrics>,
    /// For the push, if it uses the names of OpenTelemetry.
    pub(super) messaging: Option<Messaging>,
    exemplars: QueueExemplars,
}

impl QueueMetrics {
    pub(super) fn register(
        r: &Registrar,
        config: &QueueConfig,
        possible: &Possible<'_>,
        routes: Box<[RouteMetrics]>,
        messaging: Option<Messaging>,
    ) -> Self {
        configured::show(r, config, possible);
        Self {
            queue: r.queue().to_owned(),
            figures: Figures::new(config),
            receive_duration: r
                .histograms(&catalog::RECEIVE_DURATION, |outcome| possible.receive(outcome)),
            receive_batch_size: r.histogram(&catalog::RECEIVE_BATCH_SIZE, &[]),
            gather_duration: r.histograms(&catalog::GATHER_DURATION, |_| possible.gather()),
            messages_received: r.counters(&catalog::MESSAGES_RECEIVED, all),
            messages: r.counters(&catalog::MESSAGES, |settled| possible.settled(settled)),
            messages_aborted: r.counter(&catalog::MESSAGES_ABORTED, &[]),
            shutdown_messages: r.counters(&catalog::SHUTDOWN_MESSAGES, all),
            routes,
            queue_wait: r.histograms(&catalog::QUEUE_WAIT, all),
            redelivery_delay: r.histogram(&catalog::REDELIVERY_DELAY, &[]),
            api_requests: r.counters_by(&catalog::API_REQUESTS, |action, result| {
                possible.request(action, result)
            }),
            billed_requests: r
                .counters(&catalog::BILLED_REQUESTS, |action| possible.action(action)),
            cost_per_message: r.gauge(&catalog::COST_PER_MESSAGE, &[]),
            empty_receive_ratio: r.gauge(&catalog::EMPTY_RECEIVE_RATIO, &[]),
            in_flight: r.gauge(&catalog::MESSAGES_IN_FLIGHT, &[]),
            buffered: r.gauge(&catalog::MESSAGES_HELD, &[]),
            pollers: r.gauge(&catalog::POLLERS, &[]),
            slots: r.gauge(&catalog::SLOTS, &[]),
            oldest_in_flight: r.gauge(&catalog::OLDEST_IN_FLIGHT, &[]),
            oldest_received: r.late_gauge(&catalog::OLDEST_RECEIVED, &[]),
            breaker_state: r.gauges(&catalog::BREAKER_STATE, all),
            heartbeats: r.counters(&catalog::HEARTBEATS, all),
            settle_batch_size: r.histograms(&catalog::SETTLE_BATCH_SIZE, all),
            slo_events: r.counters_by(&catalog::SLO_EVENTS, |slo, _| possible.objective(slo)),
            reported: Reported::new(r),
            groups: config.address().is_fifo().then(|| GroupMetrics::register(r)),
            handler_batch_size: config
                .batch()
                .map(|_| r.histogram(&catalog::HANDLER_BATCH_SIZE, &[])),
            rejects: RejectMetrics::register(r, config),
            payloads: PayloadMetrics::register(r, config.payloads()),
            messaging,
            exemplars: QueueExemplars::new(r),
        }
    }

    /// The queue's name, as in its label.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// The traces of messages that waited for long.
    pub fn exemplars(&self) -> &QueueExemplars {
        &self.exemplars
    }

    /// The exemplars of all series that have one.
    pub(super) fn all_exemplars(&self) -> impl Iterator<Item = &Exemplars> {
        self.routes.iter().flat_map(RouteMetrics::exemplars).chain(self.exemplars.all())
    }

    /// The figures that the process reads back.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The running counts since the start.
    pub fn totals(&self) -> Snapshot {
        self.figures.totals()
    }

    /// A receive ended, `took` after it was sent.
    pub fn receive_ended(&self, outcome: ReceiveOutcome, took: Duration) {
        self.receive_duration.get(outcome).record(took);
        let totals = &self.figures.totals;
        match outcome {
            ReceiveOutcome::Full | ReceiveOutcome::Partial => add(&totals.receives, 1),
            ReceiveOutcome::Empty => {
                add(&totals.receives, 1);
                add(&totals.empty_receives, 1);
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                add(&totals.empty_receive_micros, micros);
            }
            ReceiveOutcome::Error | ReceiveOutcome::Abandoned => add(&totals.failed_receives, 1),
        }
    }

    /// A receive returned this number of messages.
    pub fn receive_returned(&self, messages: usize) {
        self.receive_batch_size.record(messages as f64);
    }

    /// A poll loop waited before its next receive.
    pub fn gathered(&self, awaited: Awaited, took: Duration) {
        self.gather_duration.get(awaited).record(took);
    }

    /// A message was received. It is buffered and in flight from here on.
    pub fn message_received(&self, delivery: Delivery) {
        self.messages_received.get(delivery).increment(1);
        self.in_flight.increment(1);
        self.buffered.increment(1);
        self.figures.buffered.fetch_add(1, Relaxed);
        add(&self.figures.totals.received, 1);
        self.messaging.iter().for_each(Messaging::message_received);
    }

    /// A message is no longer buffered: its handler starts, or it is settled without one.
    pub fn message_unbuffered(&self) {
        self.buffered.decrement(1);
        self.figures.buffered.fetch_sub(1, Relaxed);
    }

    /// One receive of a message was settled.
    pub fn message_settled(&self, settled: Settled) {
        self.messages.get(settled).increment(1);
        self.in_flight.decrement(1);
        let totals = &self.figures.totals;
        match settled {
            Settled::Abandoned => add(&totals.abandoned, 1),
            Settled::Deleted => {
                add(&totals.settled, 1);
                add(&totals.deleted, 1);
            }
            Settled::LeaseLost => {
                add(&totals.settled, 1);
                add(&totals.leases_lost, 1);
            }
            Settled::Retried | Settled::Rejected | Settled::Released => add(&totals.settled, 1),
        }
    }

    /// A message that was in flight during a shutdown ended.
    pub fn shutdown_message(&self, fate: Fate) {
        self.shutdown_messages.get(fate).increment(1);
        match fate {
            Fate::Completed => add(&self.figures.totals.completed, 1),
            Fate::Released => add(&self.figures.totals.released, 1),
            // Counted where they happen, during a shutdown or not.
            Fate::Aborted | Fate::Abandoned => {}
        }
    }

    /// An event of an objective was judged.
    pub fn slo_event(&self, slo: Slo, judgement: Judgement) {
        self.slo_events[slo.index()].get(judgement).increment(1);
        self.figures.totals.slo_event(slo, judgement);
    }

    /// A request that is not about the queue itself ended: the report does not judge it.
    pub fn side_request(&self, action: Action, result: ApiResult) {
        self.api_requests[action.index()].get(result).increment(1);
    }

    /// A request ended. The worker makes no retries within a request.
    pub fn api_request(&self, action: Action, result: ApiResult) {
        self.side_request(action, result);
        let totals = &self.figures.totals;
        add(&totals.requests, 1);
        match result {
            ApiResult::Denied | ApiResult::Missing | ApiResult::Kms | ApiResult::Invalid => {
                // Attributes that are unknown have a verdict of their own.
                if action != Action::GetAttributes {
                    add(&totals.refused_requests, 1);
                }
            }
            ApiResult::Throttled => add(&totals.throttled_requests, 1),
            ApiResult::Ok | ApiResult::Unavailable | ApiResult::Timeout => {}
        }
    }

    /// A request to this server took this long. It is in no metric but those of OpenTelemetry.
    pub fn request_took(
        &self,
        action: Action,
        result: ApiResult,
        took: Duration,
        server: Option<(&str, u16)>,
    ) {
        let messaging = self.messaging.iter();
        messaging.for_each(|messaging| messaging.request_ended(action, result, took, server));
    }

    /// SQS bills this number of requests.
    pub fn billed(&self, action: Action, requests: u64) {
        self.billed_requests.get(action).increment(requests);
        add(&self.figures.totals.billed_requests, requests);
    }

    /// A poll loop starts.
    pub fn poller_started(&self) {
        self.pollers.increment(1);
        self.figures.pollers.fetch_add(1, Relaxed);
    }

    /// A poll loop ends.
    pub fn poller_ended(&self) {
        self.pollers.decrement(1);
        self.figures.pollers.fetch_sub(1, Relaxed);
    }

    /// A slot is taken.
    pub fn slot_taken(&self) {
        self.slots.decrement(1);
    }

    /// Slots are free again.
    pub fn slots_freed(&self, slots: usize) {
        self.slots.increment(slots as f64);
    }

    /// The state of the circuit breaker changed, or the reason why it is open.
    pub fn breaker(&self, state: BreakerState, open: Option<OpenBreaker>) {
        for each in BreakerState::ALL {
            self.breaker_state.get(*each).set(if *each == state { 1.0 } else { 0.0 });
        }
        self.figures.set_breaker(open);
    }

    /// Since when the oldest message is in flight.
    pub fn oldest_unsettled(&self, since: Option<Instant>) {
        self.figures.set_oldest_unsettled(since);
    }

    /// Extensions of visibility timeouts ended with this result.
    pub fn heartbeats(&self, result: Heartbeat, messages: u64) {
        self.heartbeats.get(result).increment(messages);
    }

    /// A request that settles this number of messages is sent.
    pub fn settle_sent(&self, action: Settling, messages: usize) {
        self.settle_batch_size.get(action).record(messages as f64);
    }

    /// The move of a rejected message to the dead-letter queue ended.
    pub fn dead_letter_move(&self, result: DeadLetterMove) {
        self.rejects.moved(result);
        if !matches!(result, DeadLetterMove::Moved | DeadLetterMove::Stopped) {
            add(&self.figures.totals.not_moved, 1);
        }
    }

    /// A message was rejected because it is older than `max_age`.
    pub fn message_expired(&self) {
        self.rejects.expired();
    }

    /// A batch handler is called with this number of messages.
    pub fn batch_handled(&self, messages: usize) {
        self.handler_batch_size.iter().for_each(|size| size.record(messages as f64));
    }

    /// All work on the queue has ended. "The last hour" of the figures ends here.
    pub fn ended(&self) {
        self.figures.end();
    }

    pub(super) fn observe(&self) {
        self.figures.observe();
    }

    pub(super) fn refresh(&self) {
        self.observe();
        let recent = self.figures.past(RECENT).events;
        self.empty_receive_ratio.set(recent.empty_ratio());
        let oldest = self.figures.oldest_unsettled().unwrap_or_default();
        self.oldest_in_flight.set(oldest.as_secs_f64());
        if let Some(groups) = &self.groups {
            let blocked = self.figures.blocked_group().map(|(_, blocked)| blocked);
            groups.blocked.set(blocked.unwrap_or_default().as_secs_f64());
        }
        let price = self.figures.price_per_request_usd();
        self.cost_per_message.set(recent.cost_per_message(price));
    }
}

impl std::fmt::Debug for QueueMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueMetrics").field("queue", &self.queue).finish_non_exhaustive()
    }
}
