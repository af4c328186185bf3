//! What happens to the handler of a message.

use std::time::Duration;

use opentelemetry::trace::TraceId;

use super::failures::FailedMessage;
use super::queue_metrics::QueueMetrics;
use super::totals::add;
use crate::outcome::Ending;
use crate::queue::Delivery;

impl QueueMetrics {
    /// A handler starts, `queue_wait` after the message was sent.
    pub fn handler_started(&self, delivery: Delivery, queue_wait: Option<Duration>) {
        queue_wait.iter().for_each(|wait| self.queue_wait.get(delivery).record(*wait));
    }

    /// The handler of a redelivered message starts, `delay` after the message's first receive.
    pub fn redelivered_after(&self, delay: Duration) {
        self.redelivery_delay.record(delay);
    }

    /// The handler of this route ended. The routes of a queue are counted from 0; a queue without
    /// routes has one.
    pub fn handler_ended(
        &self,
        route: usize,
        ending: Ending,
        ran: Duration,
        trace: Option<TraceId>,
    ) {
        self.routes[route].ended(ending, ran, trace);
        self.messaging.iter().for_each(|messaging| messaging.handler_ended(ending, ran));
        let figures = &self.figures;
        figures.handled.record(ran);
        add(&figures.totals.calls, 1);
        if ending == Ending::Done {
            add(&figures.totals.processed, 1);
        }
        if ending.handler_error().is_some() {
            add(&figures.totals.handler_errors, 1);
        }
        if ending == Ending::Interrupted {
            self.messages_aborted.increment(1);
            add(&figures.totals.aborted, 1);
        }
    }

    /// A message was not processed, or not settled.
    pub fn message_failed(&self, failed: FailedMessage) {
        self.figures.message_failed(failed);
    }
}
