//! One call of a handler, checked as it begins and ends: who else has its messages, and whether
//! the order of their groups holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use longshore::Verdict;
use tokio::time::Instant;

use crate::account::{Account, Excuse};
use crate::mark::Mark;
use crate::sqs::{Receipt, State};
use crate::world::World;

/// Only these allow two handlers to have a message at once.
const TWO_HOLDERS: [Excuse; 3] = [Excuse::Duplicate, Excuse::Late, Excuse::Suspended];
/// How long two handlers may have a message after a lost lease, in addition to the time that an
/// interrupted handler has to end. A worker counts the visibility timeout from the answer of its
/// receive, which has travelled for up to 20 ms.
const OVERLAP: Duration = Duration::from_millis(50);

pub(crate) struct Call {
    world: Arc<World>,
    process: usize,
    severed: Arc<AtomicBool>,
    receipts: Vec<Receipt>,
    began: Instant,
    has_ended: bool,
}

impl Call {
    pub(crate) fn begin(
        world: Arc<World>,
        process: usize,
        severed: Arc<AtomicBool>,
        receipts: Vec<Receipt>,
    ) -> Self {
        let began = Instant::now();
        let call = Self { world, process, severed, receipts, began, has_ended: false };
        call.check_holders();
        if call.world.plan.is_fifo {
            call.check_order();
        }
        let mut state = call.world.lock();
        state.processes[process].running += 1;
        for receipt in &call.receipts {
            state.accounts[receipt.message].running.push(process);
        }
        drop(state);
        call.world.event(format_args!("begin   w{process} {}", Receipt::list(&call.receipts)));
        call
    }

    fn check_holders(&self) {
        let mut state = self.world.lock();
        let mut held = Vec::new();
        for receipt in &self.receipts {
            let account = &mut state.accounts[receipt.message];
            if account.running.is_empty() || account.has(&TWO_HOLDERS) {
                continue;
            }
            if account.has(&[Excuse::Change]) {
                account.taken_over.get_or_insert(self.began);
            } else {
                held.push(*receipt);
            }
        }
        drop(state);
        for receipt in held {
            self.world.problem(format!("{receipt} has two holders"));
        }
    }

    /// No message begins before those ahead of it in its group are processed, or with another one
    /// of its group.
    fn check_order(&self) {
        let mut state = self.world.lock();
        let (mut problems, mut taken_over) = (Vec::new(), Vec::new());
        for receipt in &self.receipts {
            let group = state.sqs.messages[receipt.message].group;
            let others = (0..state.accounts.len()).filter(|other| {
                let is_in_call = self.receipts.iter().any(|one| one.message == *other);
                state.sqs.messages[*other].group == group && !is_in_call
            });
            for other in others {
                let (account, stored) = (&state.accounts[other], &state.sqs.messages[other]);
                let is_over =
                    matches!(stored.state, State::Deleted | State::DeadLetter) || account.moved > 0;
                // After its last receive it is a dead letter.
                let is_last = stored.receives >= self.world.plan.max_receives && account.failed > 0;
                let is_open = account.done == 0 && !is_over && !is_last;
                if other < receipt.message && is_open && state.accounts[receipt.message].done == 0 {
                    problems.push(format!("{receipt} begins before message {other} is processed"));
                }
                if account.running.is_empty() || account.has(&TWO_HOLDERS) {
                    continue;
                }
                if account.has(&[Excuse::Change]) {
                    taken_over.push(other);
                } else {
                    problems.push(format!("{receipt} begins while message {other} runs"));
                }
            }
        }
        for message in taken_over {
            state.accounts[message].taken_over.get_or_insert(self.began);
        }
        drop(state);
        problems.into_iter().for_each(|problem| self.world.problem(problem));
    }

    /// Until when this handler may run after its leases. The call of a batch goes on until all of its
    /// leases are lost. `None` if other receives of all messages have begun.
    fn latest_end(&self, accounts: &[Account]) -> Option<Instant> {
        let lease = |receipt: &Receipt| accounts[receipt.message].lease_of(receipt.receive);
        let last = self.receipts.iter().filter_map(lease).max();
        last.map(|ends| ends + self.world.plan.shutdown().interrupt + OVERLAP)
    }

    /// The handler has returned.
    pub(crate) fn end(mut self, verdicts: &[Verdict]) {
        self.has_ended = true;
        let mut state = self.world.lock();
        let now = Instant::now();
        let is_in_time = self.latest_end(&state.accounts).is_none_or(|latest| now <= latest);
        for (receipt, verdict) in self.receipts.iter().zip(verdicts) {
            let account = &mut state.accounts[receipt.message];
            if *verdict == Verdict::Done {
                account.done += 1;
                let lease = account.lease_of(receipt.receive);
                let is_lost = lease.is_none_or(|ends| now + OVERLAP >= ends);
                if is_lost && is_in_time && account.has(&[Excuse::Change]) {
                    account.excuse(Excuse::LeaseLost);
                }
            } else {
                account.failed += 1;
                if self.world.plan.is_fifo {
                    self.world.marks.reach(Mark::GroupFailed);
                }
            }
        }
        drop(state);
        let done = verdicts.iter().filter(|verdict| **verdict == Verdict::Done).count();
        let receipts = Receipt::list(&self.receipts);
        self.world.event(format_args!("end     w{} {receipts} done={done}", self.process));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let is_severed = self.severed.load(Relaxed);
        let is_dropped = !self.has_ended && !is_severed;
        let mut late = Vec::new();
        let mut state = self.world.lock();
        let latest = self.latest_end(&state.accounts);
        let overlap = self.world.plan.shutdown().interrupt + OVERLAP;
        let is_unreachable = is_dropped && self.world.stays_unreachable(&state, self.process);
        state.processes[self.process].running -= 1;
        for receipt in &self.receipts {
            let account = &mut state.accounts[receipt.message];
            let since = account.taken_over.take_if(|since| *since > self.began);
            let is_over = latest.is_none_or(|latest| latest < Instant::now());
            if is_over && since.is_some_and(|since| since.elapsed() > overlap) {
                late.push(*receipt);
            }
            if is_unreachable {
                account.excuse(Excuse::Unreachable);
            }
            if let Some(at) = account.running.iter().position(|one| *one == self.process) {
                account.running.swap_remove(at);
            }
            account.failed += u32::from(is_dropped);
        }
        drop(state);
        for receipt in late {
            self.world.problem(format!("{receipt} has kept its handler after its lease"));
        }
        if is_dropped {
            if !std::thread::panicking() {
                self.world.marks.reach(Mark::HandlerInterrupted);
            }
            let receipts = Receipt::list(&self.receipts);
            self.world.event(format_args!("dropped w{} {receipts}", self.process));
        }
    }
}
