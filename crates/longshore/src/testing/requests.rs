//! The requests of a fake queue, with their times and faults.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use super::calls::{Call, CallCounts};
use super::dead_letters::DEAD_LETTERS;
use super::fake_queue::{FakeQueue, State};
use super::faults::failure;
use crate::queue::{
    BATCH, DeadLetter, FailureKind, Message, OutgoingMessage, Queue, QueueAttributes, QueueError,
    Receipt, Receive, Refused, Visibility,
};

/// SQS's default.
const RETENTION: Duration = Duration::from_secs(4 * 86_400);

impl FakeQueue {
    async fn half_round_trip(&self) {
        if !self.round_trip.is_zero() {
            sleep(self.round_trip / 2).await;
        }
    }

    async fn receive_messages(&self, mut receive: Receive) -> Result<Vec<Message>, QueueError> {
        assert!((1..=BATCH).contains(&receive.max), "a receive asks for 1 to 10 messages");
        self.half_round_trip().await;
        let asked = receive.max;
        let (failure_kind, delay) = {
            let mut state = self.lock();
            if state.faults.returns_too_many {
                receive.max = BATCH;
            }
            if state.faults.ignores_wait {
                receive.wait = Duration::ZERO;
            }
            (state.faults.next_receive(), state.faults.answer_delay)
        };
        if let Some(kind) = failure_kind {
            sleep(delay).await;
            self.change(|_| ());
            return Err(failure(kind));
        }
        self.change(|state| state.open_polls += 1);
        let messages = self.wait_for_messages(receive).await;
        self.change(|state| {
            state.open_polls -= 1;
            let payload = messages.iter().map(Message::payload_bytes).sum();
            state.store.counts.add_receive(messages.len(), payload);
            if self.records_calls {
                state.calls.push(Call::Receive { asked, brought: messages.len() });
            }
        });
        if !delay.is_zero() {
            sleep(delay).await;
        }
        self.half_round_trip().await;
        if !messages.is_empty() && self.lock().faults.loses_answer() {
            return Err(failure(FailureKind::Unavailable));
        }
        Ok(messages)
    }

    async fn wait_for_messages(&self, receive: Receive) -> Vec<Message> {
        let until = Instant::now() + receive.wait;
        let (ticket, mut answer) = {
            let mut state = self.lock();
            let messages = state.store.take(Instant::now(), receive);
            if !messages.is_empty() || receive.wait.is_zero() {
                return messages;
            }
            state.store.wait(receive)
        };
        let _ticket = Ticket { queue: self, ticket };
        loop {
            let changed = self.changed.notified();
            let next = self.lock().store.serve(Instant::now());
            if let Ok(messages) = answer.try_recv() {
                return messages;
            }
            if Instant::now() >= until {
                return Vec::new();
            }
            let wake = next.map_or(until, |at| at.min(until));
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep_until(wake) => {}
            }
        }
    }

    /// A request with 1 to 10 entries. Refuses the entries for which `apply` returns `false`.
    async fn settle<T>(
        &self,
        entries: &[T],
        count: fn(&mut CallCounts),
        call: impl FnOnce() -> Call,
        apply: impl Fn(&mut State, &T) -> bool,
    ) -> Result<Vec<Refused>, QueueError> {
        assert!((1..=BATCH).contains(&entries.len()), "a batch has 1 to 10 entries");
        self.half_round_trip().await;
        let delay = self.change(|state| {
            if self.records_calls {
                state.calls.push(call());
            }
            state.faults.settle_delays.pop_front()
        });
        if let Some(delay) = delay {
            sleep(delay).await;
        }
        let result = self.change(|state| {
            count(&mut state.store.counts);
            if let Some(kind) = state.faults.settles.pop_front() {
                return Err(failure(kind));
            }
            let mut refused = Vec::new();
            for (index, entry) in entries.iter().enumerate() {
                match state.faults.refused_entries.pop_front() {
                    Some(sender_fault) => refused.push(Refused::new(index, sender_fault, "Fake")),
                    None if apply(state, entry) => {}
                    None => refused.push(Refused::new(index, true, "ReceiptHandleIsInvalid")),
                }
            }
            Ok(refused)
        });
        self.half_round_trip().await;
        result
    }
}

/// A receive that waits, until it is answered or dropped.
struct Ticket<'a> {
    queue: &'a FakeQueue,
    ticket: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.queue.lock().store.leave(self.ticket);
    }
}

impl Queue for FakeQueue {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.receive_messages(receive).boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        let apply = |state: &mut State, receipt: &Receipt| {
            if let Some(body) = state.store.delete(receipt)
                && self.records_calls
            {
                state.deleted.push(body);
            }
            true
        };
        let call = || Call::Delete(receipts.len());
        if self.lock().faults.deletes_denied {
            self.change(|state| state.calls.push(call()));
            return std::future::ready(Err(failure(FailureKind::Denied))).boxed();
        }
        self.settle(receipts, CallCounts::add_delete, call, apply).boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        // Whole seconds, rounded up, as in a request to SQS.
        let seconds = |change: &Visibility| change.timeout.as_millis().div_ceil(1000) as u64;
        let call = move || Call::ChangeVisibility(changes.iter().map(seconds).collect());
        let apply = move |state: &mut State, change: &Visibility| {
            let timeout = Duration::from_secs(seconds(change));
            state.store.hide(Instant::now(), &change.receipt, timeout)
        };
        self.settle(changes, CallCounts::add_change, call, apply).boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        async {
            self.half_round_trip().await;
            let (failure_kind, attributes, never) = self.change(|state| {
                state.store.counts.add_attributes();
                let attributes = QueueAttributes {
                    visible: state.store.visible(Instant::now()) as u64,
                    max_receive_count: state.max_receive_count,
                    delay_seconds: state.delay_seconds,
                    retention_seconds: RETENTION.as_secs(),
                    arn: "arn:aws:sqs:us-east-1:000000000000:fake".to_owned(),
                    dead_letter_arn: match state.dead_letters {
                        Some(_) => DEAD_LETTERS.to_owned(),
                        None => String::new(),
                    },
                    ..QueueAttributes::default()
                };
                let failure_kind = state.faults.attributes.pop_front();
                (failure_kind, attributes, state.faults.never_answers_attributes)
            });
            if never {
                std::future::pending::<()>().await;
            }
            self.half_round_trip().await;
            failure_kind.map_or(Ok(attributes), |kind| Err(failure(kind)))
        }
        .boxed()
    }

    fn dead_letter_queue<'a>(
        &'a self,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<Option<QueueAttributes>, QueueError>> {
        assert_eq!(arn, DEAD_LETTERS);
        let answer = self.change(|state| {
            state.store.counts.add_attributes();
            match state.faults.dead_letters.pop_front() {
                Some(kind) => Err(failure(kind)),
                None => Ok(state.dead_letters.clone()),
            }
        });
        std::future::ready(answer).boxed()
    }

    fn send_dead_letter<'a>(
        &'a self,
        arn: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        self.send_to_dead_letters(arn, letter).boxed()
    }

    fn send_message<'a>(
        &'a self,
        message: &'a OutgoingMessage,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        self.send_outgoing(message).boxed()
    }
}
