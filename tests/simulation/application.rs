//! The application of a worker: it processes messages, fails, panics, hangs, or is down.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use longshore::{BatchHandler, Context, Handler, Message, Verdict};
use tokio::time::sleep;

use crate::call::Call;
use crate::mark::Mark;
use crate::sqs::Receipt;
use crate::wire::parse;
use crate::world::World;

/// The message of a planned panic.
pub(crate) const PANIC: &str = "a planned panic";

#[derive(Clone)]
pub(crate) struct Application {
    pub(crate) world: Arc<World>,
    pub(crate) process: usize,
    pub(crate) severed: Arc<AtomicBool>,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Processes(Duration),
    Fails,
    Rejects,
    Panics,
    Hangs,
}

impl Application {
    /// Without the application, no message gets to it.
    fn outage(&self, messages: &[Message]) -> Option<Verdict> {
        let World { plan, marks, began, .. } = &*self.world;
        let at = began.elapsed();
        let is_now =
            |(begin, length): &(Duration, Duration)| (*begin..*begin + *length).contains(&at);
        let number = plan.outages.iter().position(is_now)?;
        let receipts: Vec<Receipt> =
            messages.iter().map(|message| parse(&message.receipt)).collect();
        self.world.event(format_args!("outage  w{} {}", self.process, Receipt::list(&receipts)));
        if number.is_multiple_of(2) == plan.seed.is_multiple_of(4) {
            marks.reach(Mark::ApplicationDown);
            return Some(Verdict::unavailable("it is down"));
        }
        marks.reach(Mark::ApplicationErrors);
        let mut state = self.world.lock();
        receipts.iter().for_each(|receipt| state.accounts[receipt.message].failed += 1);
        drop(state);
        Some(Verdict::outage("it answers 503"))
    }

    fn behavior(&self) -> Behavior {
        let (world, faults) = (&self.world, self.world.faults());
        let marked = |share, mark, behavior| {
            world.chance(share).then(|| world.marks.reach(mark)).map(|()| behavior)
        };
        let slow = world.plan.visibility.mul_f64(0.55).min(Duration::from_secs(24));
        let long = world.plan.visibility.mul_f64(1.5);
        let quick = Duration::from_millis(world.lock().rng.u64(1..2_000));
        marked(faults.failing, Mark::HandlerFails, Behavior::Fails)
            .or_else(|| marked(faults.rejecting, Mark::HandlerRejects, Behavior::Rejects))
            .or_else(|| marked(faults.panicking, Mark::HandlerPanics, Behavior::Panics))
            .or_else(|| marked(faults.hanging, Mark::HandlerHangs, Behavior::Hangs))
            .or_else(|| marked(faults.long_handler, Mark::HandlerLong, Behavior::Processes(long)))
            .or_else(|| marked(faults.slow_handler, Mark::HandlerSlow, Behavior::Processes(slow)))
            .unwrap_or(Behavior::Processes(quick))
    }

    /// What a call for these messages does, before it says which of them are processed.
    async fn perform(&self, behavior: Behavior) {
        match behavior {
            Behavior::Processes(time) => sleep(time).await,
            Behavior::Fails | Behavior::Rejects => sleep(Duration::from_millis(5)).await,
            Behavior::Panics => {
                sleep(Duration::from_millis(5)).await;
                if !self.severed.load(Relaxed) {
                    std::panic::panic_any(PANIC);
                }
            }
            Behavior::Hangs => pending().await,
        }
        self.live().await;
    }

    /// The handlers of a killed worker stand still.
    async fn live(&self) {
        if self.severed.load(Relaxed) {
            pending().await
        }
    }

    fn call(&self, receipts: Vec<Receipt>) -> Call {
        Call::begin(self.world.clone(), self.process, self.severed.clone(), receipts)
    }

    fn verdict(behavior: Behavior) -> Verdict {
        match behavior {
            Behavior::Processes(_) => Verdict::Done,
            Behavior::Fails => Verdict::retry("a planned failure"),
            Behavior::Rejects => Verdict::reject("a planned rejection"),
            Behavior::Panics | Behavior::Hangs => unreachable!("it returns no verdict"),
        }
    }
}

impl Handler for Application {
    async fn handle(&self, message: Message, _: Context) -> Verdict {
        self.live().await;
        if let Some(outage) = self.outage(std::slice::from_ref(&message)) {
            return outage;
        }
        let behavior = self.behavior();
        let call = self.call(vec![parse(&message.receipt)]);
        self.perform(behavior).await;
        let verdict = Self::verdict(behavior);
        call.end(std::slice::from_ref(&verdict));
        verdict
    }
}

impl BatchHandler for Application {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        self.live().await;
        if let Some(outage) = self.outage(messages) {
            return vec![outage; messages.len()];
        }
        if messages.len() > 1 {
            self.world.marks.reach(Mark::Batched);
        }
        let call = self.call(messages.iter().map(|message| parse(&message.receipt)).collect());
        let behavior = self.behavior();
        self.perform(behavior).await;
        let verdicts = match behavior {
            Behavior::Fails if messages.len() > 1 => self.in_part(messages),
            _ => vec![Self::verdict(behavior); messages.len()],
        };
        call.end(&verdicts);
        verdicts
    }
}

impl Application {
    /// Some messages fail, and in a FIFO queue those behind them in their groups.
    fn in_part(&self, messages: &[Message]) -> Vec<Verdict> {
        self.world.marks.reach(Mark::BatchFailsInPart);
        let mut failed = BTreeSet::new();
        let verdicts = messages.iter().map(|message| {
            let group = message.group_id.clone();
            let is_behind = group.is_some() && failed.contains(&group);
            if is_behind || self.world.chance(0.3) {
                failed.insert(group);
                Verdict::retry("a planned failure, or behind one")
            } else {
                Verdict::Done
            }
        });
        verdicts.collect()
    }
}
