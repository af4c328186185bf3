//! What the server does with a request. It continues if the client has dropped the request.

use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

use longshore::queue::{FailureKind, Message, QueueAttributes, QueueError, Receive, Refused};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use crate::account::Excuse;
use crate::delivery::Expired;
use crate::mark::Mark;
use crate::sqs::{Poll, Receipt};
use crate::wire::{Fate, PATIENCE, Settle, Wire};
use crate::world::State;

impl Wire {
    pub(crate) async fn serve_receive(
        self,
        receive: Receive,
        fate: Fate,
        answer: oneshot::Sender<Result<Vec<Message>, QueueError>>,
    ) {
        self.travel().await;
        if let Some(error) = Self::failure(fate) {
            drop(answer.send(Err(error)));
            return;
        }
        let receipts = self.poll(receive).await;
        if answer.is_closed() {
            self.excuse(receipts.iter().copied(), Excuse::NotReceived);
        }
        let answered = Instant::now();
        self.travel().await;
        let world = &self.world;
        if answered.elapsed() >= PATIENCE {
            // The worker does not know that the visibility timeouts began that long ago.
            self.excuse(receipts.iter().copied(), Excuse::Late);
        }
        let messages = receipts.iter().map(|receipt| self.message(*receipt)).collect();
        if !world.lock().processes[self.process].knows_policy {
            self.excuse(receipts.iter().copied(), Excuse::UnknownPolicy);
        }
        let is_lost = fate == Fate::Lost;
        let is_received = if is_lost {
            if !receipts.is_empty() {
                world.marks.reach(Mark::LostReceive);
            }
            drop(answer.send(Err(QueueError::new("request", FailureKind::Unavailable))));
            false
        } else {
            answer.send(Ok(messages)).is_ok() && !self.severed.load(Relaxed)
        };
        if is_received {
            self.leases_end(&receipts, Instant::now() + world.plan.visibility);
        }
        if !is_received && !receipts.is_empty() {
            if !is_lost {
                world.marks.reach(Mark::ReceiveDropped);
            }
            self.excuse(receipts.iter().copied(), Excuse::NotReceived);
        }
    }

    /// Waits for messages, as a long poll does.
    async fn poll(&self, receive: Receive) -> Vec<Receipt> {
        let world = &self.world;
        let deadline = Instant::now() + receive.wait;
        let poll = Poll {
            process: self.process,
            max: receive.max,
            visibility: receive.visibility,
            attempt: receive.attempt,
            duplicates: world.chance(world.faults().duplicate),
        };
        loop {
            let changed = world.changed.notified();
            let now = Instant::now();
            let (receipts, next, problems) = {
                let mut state = world.lock();
                let expired = Expired::of(&state, now);
                let State { sqs, rng, accounts, .. } = &mut *state;
                let hidden: Vec<bool> =
                    (0..accounts.len()).map(|m| sqs.is_hidden(m, now)).collect();
                let receipts = sqs.receive(now, &poll, rng, &world.marks);
                for receipt in receipts.iter().filter(|receipt| hidden[receipt.message]) {
                    // Also the message of a repeated attempt, which has one holder.
                    if poll.attempt.is_none() {
                        accounts[receipt.message].excuse(Excuse::Duplicate);
                    }
                }
                let next = sqs.next_return(now);
                let problems = expired.check(&state, &receipts);
                (receipts, next, problems)
            };
            problems.into_iter().for_each(|problem| world.problem(problem));
            if !receipts.is_empty() || now >= deadline {
                world.event(format_args!("receive w{} {}", self.process, Receipt::list(&receipts)));
                return receipts;
            }
            let wake = next.map_or(deadline, |next| next.min(deadline));
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep_until(wake) => {}
            }
        }
    }

    fn message(&self, receipt: Receipt) -> Message {
        let state = self.world.lock();
        let stored = &state.sqs.messages[receipt.message];
        let handle = format!("{}-{}", receipt.message, receipt.receive);
        let mut message = Message::new(receipt.message.to_string(), handle, "order");
        message.receive_count = receipt.receive;
        if self.world.plan.is_fifo {
            message.group_id = Some(format!("group-{}", stored.group));
        }
        // The clock of the sender may be wrong, by the same time for all receives of a message.
        let skew = self.world.plan.faults.skew.mul_f64(f64::from(receipt.message as u32 % 8) / 4.0);
        let sent = SystemTime::now() - stored.sent.elapsed() + skew;
        let sent = sent - self.world.plan.faults.skew;
        if sent > SystemTime::now() {
            self.world.marks.reach(Mark::SentInFuture);
        }
        message.sent_at = Some(sent);
        message.first_received_at =
            stored.first_received.map(|at| SystemTime::now() - at.elapsed());
        message
    }

    pub(crate) async fn serve_settle(
        self,
        entries: Vec<(Receipt, Settle)>,
        fate: Fate,
        answer: oneshot::Sender<Result<Vec<Refused>, QueueError>>,
    ) {
        self.travel().await;
        if let Some(error) = Self::failure(fate) {
            self.fault(&entries);
            if matches!(entries[0].1, Settle::Delete) {
                self.world.lock().excuse_waiting(self.process);
            }
            drop(answer.send(Err(error)));
            return;
        }
        let refused = self.apply(&entries);
        let (applied, failed): (_, Vec<usize>) =
            (Instant::now(), refused.iter().map(|entry| entry.index).collect());
        self.world.changed.notify_waiters();
        self.travel().await;
        if fate == Fate::Lost {
            self.fault(&entries);
            let is_delete = matches!(entries[0].1, Settle::Delete);
            self.world.marks.reach(if is_delete { Mark::LostDelete } else { Mark::LostChange });
            drop(answer.send(Err(QueueError::new("request", FailureKind::Unavailable))));
        } else if answer.send(Ok(refused)).is_err() {
            self.fault(&entries);
            self.excuse(entries.iter().map(|(receipt, _)| *receipt), Excuse::Late);
            self.world.marks.reach(Mark::SlowAnswer);
        } else {
            for (index, &(receipt, settle)) in entries.iter().enumerate() {
                if let (false, Settle::Change(timeout)) = (failed.contains(&index), settle) {
                    self.leases_end(&[receipt], applied + timeout);
                }
            }
        }
    }

    /// The worker knows from an answer when these leases end.
    fn leases_end(&self, receipts: &[Receipt], ends: Instant) {
        let mut state = self.world.lock();
        for receipt in receipts {
            let lease = &mut state.accounts[receipt.message].lease;
            if lease.is_none_or(|(latest, _)| latest <= receipt.receive) {
                *lease = Some((receipt.receive, ends));
            }
        }
    }

    fn apply(&self, entries: &[(Receipt, Settle)]) -> Vec<Refused> {
        let (world, now) = (&self.world, Instant::now());
        let mut refused = Vec::new();
        for (index, &(receipt, settle)) in entries.iter().enumerate() {
            let faults = world.faults();
            let is_heartbeat = matches!(settle, Settle::Change(_));
            let lost = if is_heartbeat { faults.lost_heartbeat } else { faults.delete };
            let is_lost = world.chance(lost);
            let fails = is_lost
                || world.chance(faults.entry)
                || is_heartbeat && world.chance(faults.heartbeat);
            let is_applied = !fails || !is_lost && world.chance(0.5);
            let is_valid = !is_applied || {
                let mut state = world.lock();
                state.last_release(self.process, receipt, settle.hides_for(), &world.plan);
                match settle {
                    Settle::Delete => state.sqs.delete(now, receipt, &world.marks),
                    Settle::Change(timeout) => {
                        state.sqs.change(now, receipt, timeout, &world.marks)
                    }
                }
            };
            if fails {
                let mark = if is_applied { Mark::EntryApplied } else { Mark::EntryRefused };
                world.marks.reach(mark);
                self.fault(&entries[index..=index]);
                refused.push(Refused::new(index, false, "InternalError"));
            } else if !is_valid {
                refused.push(Refused::new(index, true, "ReceiptHandleIsInvalid"));
            }
            let verb = match settle {
                Settle::Delete => "delete".to_owned(),
                Settle::Change(timeout) => format!("hide {timeout:?}"),
            };
            world.event(format_args!(
                "{verb} w{} {receipt} applied={is_applied} valid={is_valid} fails={fails}",
                self.process
            ));
        }
        refused
    }

    /// The settles of these messages have failed.
    fn fault(&self, entries: &[(Receipt, Settle)]) {
        for &(receipt, settle) in entries {
            let excuse = match settle {
                Settle::Delete => Excuse::Delete,
                Settle::Change(_) => Excuse::Change,
            };
            self.world.event(format_args!("{excuse:?} fails w{} {receipt}", self.process));
            self.excuse([receipt].into_iter(), excuse);
        }
    }

    fn excuse(&self, receipts: impl Iterator<Item = Receipt>, excuse: Excuse) {
        let mut state = self.world.lock();
        receipts.for_each(|receipt| state.accounts[receipt.message].excuse(excuse));
    }

    pub(crate) async fn serve_attributes(
        self,
        fate: Fate,
        answer: oneshot::Sender<Result<QueueAttributes, QueueError>>,
    ) {
        self.travel().await;
        let lost = || QueueError::new("request", FailureKind::Unavailable);
        let error = Self::failure(fate).or_else(|| (fate == Fate::Lost).then(lost));
        drop(answer.send(error.map_or_else(|| Ok(self.described()), Err)));
    }

    /// A copy of this message arrives at the dead-letter queue.
    pub(crate) async fn serve_send(
        self,
        message: usize,
        fate: Fate,
        answer: oneshot::Sender<Result<bool, QueueError>>,
    ) {
        self.travel().await;
        if let Some(error) = Self::failure(fate) {
            drop(answer.send(Err(error)));
            return;
        }
        self.world.lock().accounts[message].moved += 1;
        self.world.marks.reach(Mark::Moved);
        self.world.event(format_args!("move    w{} {message}", self.process));
        self.travel().await;
        let lost = || QueueError::new("request", FailureKind::Unavailable);
        let result = if fate == Fate::Lost { Err(lost()) } else { Ok(true) };
        if answer.send(result).is_err() || fate == Fate::Lost {
            self.world.marks.reach(Mark::LostSend);
            self.world.lock().accounts[message].excuse(Excuse::Send);
        }
    }

    fn described(&self) -> QueueAttributes {
        let mut attributes = QueueAttributes::default();
        attributes.max_receive_count = self.world.plan.max_receives.into();
        attributes.dead_letter_arn = "arn:aws:sqs:us-east-1:000000000000:dead".to_owned();
        attributes
    }
}
