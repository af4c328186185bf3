//! One message, from its lease to its outcome: its turn, its calls, and what is sent to SQS. While the
//! circuit breaker is open the message stays in flight.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backlog::Backlog;
use super::breaker::{Breaker, Call, Held, Turn};
use super::disposition::{Disposition, Outcome, Policy, Settle, Signal};
use super::expiry::Expiry;
use super::fault_log::FaultLog;
use super::invoker::{Ended, Invoker};
use super::lease::{Lease, SilentLease};
use super::observer::Observer;
use super::payloads::Payloads;
use super::rejects::Rejects;
use super::settler::SettleSender;
use super::slots::{Slot, SlotPool};
use super::stop::Stop;
use super::work::{End, Order, Passage, Work};
use crate::label::LabelSet;
use crate::queue::Message;
use crate::slo::Redrive;

/// The settings and state that all messages of a queue share.
pub(super) struct Processor {
    pub(super) queue: Arc<str>,
    pub(super) invoker: Invoker,
    pub(super) policy: Policy,
    pub(super) expiry: Expiry,
    /// Only with `on_reject = "dead_letter"`.
    pub(super) rejects: Option<Rejects>,
    pub(super) payloads: Arc<Payloads>,
    pub(super) backlog: Arc<Backlog>,
    pub(super) observer: Observer,
    pub(super) faults: Arc<FaultLog>,
    pub(super) breaker: Arc<Breaker>,
    pub(super) slots: Arc<SlotPool>,
    pub(super) stop: Stop,
    /// Cancelled when no receive is open any more.
    pub(super) polls_over: CancellationToken,
}

/// What a message that has no turn yet does next.
enum Next {
    Call(Call),
    /// Settle it as its last call ended, or release it.
    Settle,
    /// Return it, because the circuit breaker is open for long.
    Return,
}

impl Processor {
    /// Runs the handler, then hands the lease to the settler. Holds the slot while the handler
    /// runs.
    pub(super) async fn process(
        &self,
        message: Message,
        lease: Lease,
        slot: Slot,
        order: Order,
        settler: &SettleSender,
    ) -> End {
        let work = self.work(message, lease).with_slot(Some(slot));
        self.finish(work, order, settler).await
    }

    /// A message, and the route that takes it.
    pub(super) fn work(&self, message: Message, lease: Lease) -> Work {
        let route = self.invoker.routing.route_of(&message);
        Work::new(message, lease, route)
    }

    /// Whether the handler gets both messages in one call and keeps their order.
    pub(super) fn are_together(&self, first: &Work, other: &Work) -> bool {
        first.route == other.route && self.invoker.routing.has_batches(first.route)
    }

    /// Calls the handler once with each message, with all at the same time, up to the first one
    /// that cannot be called: its lease is lost, the circuit breaker is not closed, or its payload
    /// was not read.
    pub(super) async fn call_together(&self, works: &mut VecDeque<Work>) {
        let call = |work: &Work| if work.lease.is_lost() { None } else { self.breaker.call() };
        let calls: Vec<Call> = works.iter().map_while(call).collect();
        // All of them before the first call, because the order of the calls is that of the group.
        let fetched = works.iter_mut().zip(calls).map(|(work, call)| self.prepare(work, call));
        let calls: Vec<Call> = join_all(fetched).await.into_iter().map_while(|call| call).collect();
        join_all(works.iter_mut().zip(calls).map(|(work, call)| self.call(work, call))).await;
    }

    /// Calls the handler until the message can be settled, which it can be already, and hands the
    /// lease to the settler.
    pub(super) async fn finish(&self, mut work: Work, order: Order, settler: &SettleSender) -> End {
        let returned = self.call_until_settled(&mut work).await;
        self.settle(work, returned, order, settler).await
    }

    /// Calls the handler, again and again while the circuit breaker is open. Returns whether the
    /// breaker gives the message up.
    async fn call_until_settled(&self, work: &mut Work) -> bool {
        let mut held = None;
        loop {
            if work.last.is_some() {
                let again = !self.is_released(work) && !work.lease.is_lost();
                if !again || !self.is_called_again(work).await {
                    return false;
                }
                self.log_call_again(work);
            }
            if work.lease.is_lost() {
                return false;
            }
            let call = match self.breaker.call() {
                Some(call) => call,
                None => {
                    let held = held.get_or_insert_with(|| self.breaker.hold_message());
                    match self.wait_for_turn(work, held).await {
                        Next::Call(call) => call,
                        Next::Settle => return false,
                        Next::Return => return true,
                    }
                }
            };
            if work.slot.is_none() && !self.take_slot(work).await {
                return false;
            }
            if let Some(call) = self.prepare(work, call).await {
                self.call(work, call).await;
            }
            if work.last.is_none() {
                return false;
            }
        }
    }

    /// The other ends of calls are logged when the message is settled.
    fn log_call_again(&self, work: &Work) {
        let Work { message, lease, .. } = work;
        if let Some(last) = work.last.as_ref().filter(|last| last.signal() == Signal::Failed) {
            let id = (&message.id, &lease.trace);
            self.faults.message(last, id, message.receive_count, false);
        }
    }

    /// Whether the message stays in flight for another call.
    async fn is_called_again(&self, work: &mut Work) -> bool {
        let Some(last) = &work.last else { return false };
        match last.signal() {
            Signal::Answered | Signal::Nothing => false,
            // The application did not get it, so another call does not repeat work.
            Signal::Unreachable | Signal::Shortage => true,
            Signal::Failed if self.breaker.is_open() => true,
            Signal::Failed => match self.breaker.doubt(last.hint()) {
                Some(pause) => self.wait_in_doubt(work, pause).await,
                None => false,
            },
        }
    }

    /// Waits without a slot. Returns whether the message is called again, because no other call
    /// succeeded meanwhile.
    async fn wait_in_doubt(&self, work: &mut Work, pause: Duration) -> bool {
        let Some(_kept) = self.breaker.keep_in_doubt() else { return false };
        work.slot = None;
        tokio::select! {
            biased;
            () = self.stop.begun() => return false,
            () = work.lease.lost() => return false,
            () = sleep(pause) => {}
        }
        if !self.breaker.is_closed() {
            return true;
        }
        self.breaker.doubt(None).is_some() && self.take_slot(work).await
    }

    /// Waits for a slot. Returns `false` if a stop begins, or if the lease is lost.
    async fn take_slot(&self, work: &mut Work) -> bool {
        let slot = tokio::select! {
            biased;
            () = self.released(work) => None,
            () = work.lease.lost() => None,
            slot = self.slots.next_free() => Some(slot),
        };
        work.slot = slot;
        work.slot.is_some()
    }

    /// Waits without a slot until the breaker lets the message call.
    async fn wait_for_turn(&self, work: &mut Work, held: &Held) -> Next {
        work.slot = None;
        let failed = work.last.as_ref().is_some_and(|last| last.signal() == Signal::Failed);
        tokio::select! {
            biased;
            () = self.released(work) => Next::Settle,
            () = work.lease.lost() => Next::Settle,
            turn = held.turn(failed) => match turn {
                Turn::Try(call) => Next::Call(call),
                Turn::Return => Next::Return,
            },
        }
    }

    /// Rejects a message that is too old, and reads the payload of one whose payload is not in its
    /// body. Returns the call if the handler can be called. Otherwise the work has the end of the
    /// call, or a stop or a lost lease came first.
    async fn prepare(&self, work: &mut Work, call: Call) -> Option<Call> {
        let now = SystemTime::now();
        if let Some(expired) = self.expiry.of(&work.message, now) {
            if !std::mem::replace(&mut work.started, true) {
                self.observer.expired(&work.message, now);
            }
            work.last = Some(expired);
            return None;
        }
        if work.fetched.is_some() {
            return Some(call);
        }
        let Some(object) = self.payloads.object_of(&work.message) else { return Some(call) };
        // Boxed, because most messages have none, and each task would be larger by it.
        let fetch = Box::pin(self.payloads.fetch(&work.message, object, &work.lease.trace));
        let fetched = tokio::select! {
            biased;
            () = self.released(work) => return None,
            () = work.lease.lost() => return None,
            fetched = fetch => fetched,
        };
        match fetched {
            Ok(fetched) => {
                work.fetched = Some(Box::new(fetched));
                Some(call)
            }
            Err(outcome) => {
                // A rejected message says nothing about the application, which did not get it.
                if outcome.signal() != Signal::Answered {
                    call.ended(&outcome);
                }
                work.last = Some(outcome);
                None
            }
        }
    }

    /// One call of the handler. Afterwards the work has no end of a call if the handler was not called.
    async fn call(&self, work: &mut Work, call: Call) {
        let Work { message, lease, route, fetched, .. } = work;
        let message = fetched.as_ref().map_or(&*message, |fetched| &fetched.message);
        let Some(ended) = self.invoker.invoke(message, *route, lease).await else { return };
        let Ended { outcome, began, began_at, shared } = ended;
        work.ran = began.elapsed();
        let trace = work.lease.trace.sampled();
        self.observer.ended(work.route, outcome.ending(), work.ran, trace);
        let is_reached = !matches!(outcome.signal(), Signal::Unreachable | Signal::Shortage);
        if is_reached && !std::mem::replace(&mut work.started, true) {
            self.observer.started(&work.message, began_at, trace);
        }
        let is_first = shared.is_none_or(|shared| shared.is_first(outcome.signal() as u8));
        if is_first && self.invoker.routing.has_application(work.route) {
            call.ended(&outcome);
        }
        work.last = Some(outcome);
    }

    /// Hands the message to the settler.
    async fn settle(
        &self,
        work: Work,
        returned: bool,
        order: Order,
        settler: &SettleSender,
    ) -> End {
        let Work { message, mut lease, route, slot, last, started, ran, fetched, .. } = work;
        if last == Some(Outcome::Done) && self.payloads.config.delete {
            lease.payload = fetched.map(|fetched| Box::new(fetched.object));
        }
        if !started {
            self.observer.not_started(&message);
        }
        let count = message.receive_count;
        let mut disposition = match &last {
            Some(outcome) => outcome.disposition(count, &self.policy),
            None => Disposition::RELEASE,
        };
        if returned {
            disposition = disposition.returned();
        }
        let moved = self.is_moved(&message, &lease, last.as_ref()).await;
        if moved {
            disposition = Disposition::MOVED;
        }
        let is_dead_letter = order != Order::Any
            && !returned
            && last.as_ref().is_some_and(|outcome| self.uses_up(outcome, count));
        if is_dead_letter {
            // SQS moves it with the next receive. Until then, its group is blocked.
            disposition = disposition.without_delay();
        }
        if self.stop.has_begun() && disposition.is_visible_at_once() {
            // An open receive would bring it back, which would use up one of its receives.
            self.polls_over.cancelled().await;
        }
        let lease = match disposition.settle {
            Some(Settle::Delete) => lease.silence_for_delete(),
            Some(Settle::Return { .. }) | None => lease.silence().await,
        };
        let mut outcome = last;
        if lease.is_lost() {
            // That changes what is sent to SQS, not how the handler ended.
            disposition = Disposition { fate: disposition.fate, ..Disposition::LOST };
            outcome = Some(Outcome::LeaseLost);
        }
        if let Some(outcome) = &outcome {
            let deleted = disposition.settle == Some(Settle::Delete) && !moved;
            self.log(outcome, &lease, (count, route), ran);
            let id = (lease.message_id(), lease.trace());
            self.faults.message(outcome, id, count, deleted);
        }
        let passage = match disposition.settle {
            Some(Settle::Delete) => Passage::Open,
            Some(Settle::Return { .. }) if is_dead_letter => Passage::Open,
            Some(_) | None if outcome.as_ref().is_some_and(Outcome::has_failed) => Passage::Failed,
            Some(_) | None => Passage::Returned,
        };
        let back_after = disposition.back_after();
        let has_next = order == Order::InGroup { has_next: true } && passage == Passage::Open;
        settler.settle(lease, disposition, order == Order::Any || has_next).await;
        End { passage, back_after, slot }
    }

    /// Sends a rejected message to the dead-letter queue, if so configured. Returns whether it is there.
    async fn is_moved(&self, message: &Message, lease: &Lease, last: Option<&Outcome>) -> bool {
        match (&self.rejects, last) {
            (Some(rejects), Some(Outcome::Reject { reason })) => {
                rejects.send(message, lease, reason).await
            }
            _ => false,
        }
    }

    /// Whether this failure was the last receive of a message before it becomes a dead letter.
    fn uses_up(&self, outcome: &Outcome, count: u32) -> bool {
        outcome.has_failed() && self.is_last_receive(count)
    }

    /// Whether the next receive of a message with this number of receives makes it a dead letter.
    pub(super) fn is_last_receive(&self, count: u32) -> bool {
        match self.backlog.redrive() {
            Redrive::After(most) => count >= most,
            Redrive::Absent | Redrive::Unknown => false,
        }
    }

    async fn released(&self, work: &Work) {
        self.stop.releases(self.is_last_receive(work.message.receive_count)).await;
    }

    fn is_released(&self, work: &Work) -> bool {
        self.stop.has_released(self.is_last_receive(work.message.receive_count))
    }

    fn log(
        &self,
        outcome: &Outcome,
        lease: &SilentLease,
        (receive_count, route): (u32, usize),
        ran: Duration,
    ) {
        tracing::debug!(
            queue = &*self.queue,
            route = self.invoker.routing.name(route),
            message_id = &**lease.message_id(),
            trace_id = lease.trace().id(),
            span_id = lease.trace().span_id(),
            receive_count,
            ending = outcome.ending().as_str(),
            reason = outcome.reason(),
            seconds = ran.as_secs_f64(),
            "message handled"
        );
    }
}
