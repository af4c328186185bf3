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
/// How long two handlers may have a message after a lost lease. A worker counts the visibility timeout
/// from the answer of its receive, which has travelled for up to 20 ms.
const OVERLAP: Duration = Duration::from_millis(50);

pub(crate) struct Call {
    world: Arc<World>,
    process: usize,
    severed: Arc<AtomicBool>,
    receipts: Vec<Receipt>,
    has_ended: bool,
}

impl Call {
    pub(crate) fn begin(
        world: Arc<World>,
        process: usize,
        severed: Arc<AtomicBool>,
        receipts: Vec<Receipt>,
    ) -> Self {
        let call = Self { world, process, severed, receipts, has_ended: false };
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
            if self.has_lost_its_lease(account) {
                account.taken_over.get_or_insert(Instant::now());
            } else {
                held.push(*receipt);
            }
        }
        drop(state);
        for receipt in held {
            self.world.problem(format!("{receipt} has two holders"));
        }
    }

    /// Whether the handlers of this run take longer than their leases, and a heartbeat has failed.
    fn has_lost_its_lease(&self, account: &Account) -> bool {
        self.world.plan.faults.long_handler > 0.0 && account.has(&[Excuse::Change])
    }

    /// No message begins before those ahead of it in its group are processed, or with another one
    /// of its group.
    fn check_order(&self) {
        let state = self.world.lock();
        let mut problems = Vec::new();
        for receipt in &self.receipts {
            let group = state.sqs.messages[receipt.message].group;
            let others = (0..state.accounts.len()).filter(|other| {
                let is_in_call = self.receipts.iter().any(|one| one.message == *other);
                state.sqs.messages[*other].group == group && !is_in_call
            });
            for other in others {
                let (account, stored) = (&state.accounts[other], &state.sqs.messages[other]);
                let is_over = matches!(stored.state, State::Deleted | State::DeadLetter);
                // After its last receive it is a dead letter.
                let is_last = stored.receives >= self.world.plan.max_receives && account.failed > 0;
                let is_open = account.done == 0 && !is_over && !is_last;
                if other < receipt.message && is_open && state.accounts[receipt.message].done == 0 {
                    problems.push(format!("{receipt} begins before message {other} is processed"));
                }
                let is_held = !account.running.is_empty() && !account.has(&TWO_HOLDERS);
                if is_held && !self.has_lost_its_lease(account) {
                    problems.push(format!("{receipt} begins while message {other} runs"));
                }
            }
        }
        drop(state);
        problems.into_iter().for_each(|problem| self.world.problem(problem));
    }

    /// The handler has returned.
    pub(crate) fn end(mut self, verdicts: &[Verdict]) {
        self.has_ended = true;
        let mut state = self.world.lock();
        for (receipt, verdict) in self.receipts.iter().zip(verdicts) {
            let account = &mut state.accounts[receipt.message];
            if *verdict == Verdict::Done {
                account.done += 1;
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
        let mut late = Vec::new();
        let mut state = self.world.lock();
        state.processes[self.process].running -= 1;
        for receipt in &self.receipts {
            let account = &mut state.accounts[receipt.message];
            if account.taken_over.take().is_some_and(|since| since.elapsed() > OVERLAP) {
                late.push(*receipt);
            }
            if let Some(at) = account.running.iter().position(|one| *one == self.process) {
                account.running.swap_remove(at);
            }
            account.failed += u32::from(!self.has_ended && !is_severed);
        }
        drop(state);
        for receipt in late {
            self.world.problem(format!("{receipt} has kept its handler after its lease"));
        }
        if !self.has_ended && !is_severed {
            if !std::thread::panicking() {
                self.world.marks.reach(Mark::HandlerInterrupted);
            }
            let receipts = Receipt::list(&self.receipts);
            self.world.event(format_args!("dropped w{} {receipts}", self.process));
        }
    }
}
