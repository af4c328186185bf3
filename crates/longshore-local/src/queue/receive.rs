//! Receiving: visibility timeouts, receipts, the in-flight limit, redrive, and repeated attempts on
//! FIFO queues.

use super::message::{DeadLetter, Delivery, Key, Receipt, State, Stored};
use super::state::Queue;
use crate::clock::Moment;
use crate::settings::Number;

/// The parameters of one receive.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReceiveOptions {
    /// 1 to 10.
    pub(crate) max_messages: usize,
    /// Seconds; `None` uses the queue's visibility timeout.
    pub(crate) visibility: Option<u32>,
    /// `ReceiveRequestAttemptId`: the same id within 5 minutes returns the same messages.
    pub(crate) attempt: Option<String>,
    /// The redrive policy's maximum receive count; `None` without a dead-letter queue.
    pub(crate) max_receives: Option<u32>,
}

/// The result of one receive.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) deliveries: Vec<Delivery>,
    /// Messages that exceeded `max_receives`. They are no longer in this queue.
    pub(crate) dead_letters: Vec<DeadLetter>,
}

impl Queue {
    /// Receives visible messages, at most `max_messages` and up to the in-flight limit.
    pub(crate) fn receive(&mut self, now: Moment, options: &ReceiveOptions) -> Received {
        let visibility = options.visibility.unwrap_or(self.settings[Number::VisibilityTimeout]);
        let until = now.after_seconds(visibility);
        if let Some(deliveries) = self.repeat_attempt(now, until, options) {
            return Received { deliveries, dead_letters: Vec::new() };
        }
        let mut dead_letters = Vec::new();
        let available = self.in_flight_limit.saturating_sub(self.counts().in_flight);
        let keys = self.select(
            options.max_messages.min(available),
            options.max_receives,
            &mut dead_letters,
        );
        let deliveries: Vec<_> =
            keys.into_iter().filter_map(|key| self.deliver(key, now, until)).collect();
        if let Some(attempt) = &options.attempt {
            let receipts =
                deliveries.iter().map(|delivery| (delivery.receipt.key, delivery.receipt.serial));
            self.attempts.remember(now, attempt.clone(), receipts.collect());
        }
        Received { deliveries, dead_letters }
    }

    /// Whether short polls fail because the in-flight limit is reached. A FIFO queue returns an
    /// empty receive instead of an error.
    pub(crate) fn refuses_receives(&self) -> bool {
        !self.is_fifo() && self.counts().in_flight >= self.in_flight_limit
    }

    /// Restores messages whose delivery did not reach the client, as if they were not received. Two
    /// polls with one attempt id can have the same delivery. It is undone if neither client gets it.
    /// Its message group stays behind the other groups.
    pub(crate) fn undo_receive(&mut self, undelivered: &[Delivery]) {
        for Receipt { key, serial, .. } in undelivered.iter().map(|delivery| delivery.receipt) {
            let received = |stored: &&mut Stored| {
                stored.serial == serial && matches!(stored.state, State::InFlight(_))
            };
            let Some(stored) = self.messages.get_mut(&key).filter(received) else { continue };
            stored.responses -= 1;
            if stored.responses > 0 {
                continue;
            }
            stored.receives -= 1;
            if stored.receives + stored.previous_receives == 0 {
                stored.first_received = None;
            }
            self.transition(key, State::Visible);
        }
    }

    /// The next messages to deliver. Messages that exceeded `max_receives` move to `dead_letters`.
    fn select(
        &mut self,
        max: usize,
        max_receives: Option<u32>,
        dead_letters: &mut Vec<DeadLetter>,
    ) -> Vec<Key> {
        loop {
            let keys = self.order.peek(max);
            let exhausted = |key: &&Key| {
                let receives = self.messages.get(key).map_or(0, |stored| stored.receives);
                max_receives.is_some_and(|max| receives >= max)
            };
            let exhausted: Vec<Key> = keys.iter().filter(exhausted).copied().collect();
            if exhausted.is_empty() {
                return keys;
            }
            let removed = exhausted.into_iter().filter_map(|key| self.remove(key));
            dead_letters.extend(removed.map(|stored| DeadLetter {
                receives: stored.receives + stored.previous_receives,
                first_received: stored.first_received,
                envelope: stored.envelope,
            }));
        }
    }

    fn deliver(&mut self, key: Key, now: Moment, until: Moment) -> Option<Delivery> {
        self.last_serial += 1;
        let stored = self.messages.get_mut(&key)?;
        stored.serial = self.last_serial;
        stored.responses = 1;
        stored.receives += 1;
        stored.last_received = now;
        stored.visibility_changed = false;
        stored.first_received.get_or_insert(now);
        self.transition(key, State::InFlight(until));
        self.delivery(key)
    }

    /// The delivery of the newest receive of a message.
    fn delivery(&self, key: Key) -> Option<Delivery> {
        let stored = self.messages.get(&key)?;
        Some(Delivery {
            envelope: stored.envelope.clone(),
            receipt: Receipt { queue: self.id, key, serial: stored.serial },
            receive_count: stored.previous_receives + stored.receives,
            first_received: stored.first_received?,
        })
    }

    /// The same messages with the same receipts and a new visibility timeout, if none of them was
    /// deleted, received or changed since.
    fn repeat_attempt(
        &mut self,
        now: Moment,
        until: Moment,
        options: &ReceiveOptions,
    ) -> Option<Vec<Delivery>> {
        let receipts = self.attempts.get(now, options.attempt.as_deref()?)?.clone();
        let unchanged = |&(key, serial): &(Key, u64)| {
            self.messages.get(&key).is_some_and(|stored| {
                stored.serial == serial
                    && !stored.visibility_changed
                    && matches!(stored.state, State::InFlight(_))
            })
        };
        if receipts.is_empty() || !receipts.iter().all(unchanged) {
            return None;
        }
        for &(key, _) in &receipts {
            self.messages.get_mut(&key)?.responses += 1;
            self.transition(key, State::InFlight(until));
        }
        receipts.into_iter().map(|(key, _)| self.delivery(key)).collect()
    }
}
