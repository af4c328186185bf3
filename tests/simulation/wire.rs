//! The connection of one worker to SQS, and what goes wrong on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use longshore::queue::{
    DeadLetter, FailureKind, Message, Progress, Queue, QueueAttributes, QueueError,
    Receipt as Handle, Receive, Refused, Visibility,
};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::mark::Mark;
use crate::sqs::Receipt;
use crate::world::World;

/// How long a client waits for the answer of a settle, and in addition to the wait of a receive.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// The longest time of one way through the network.
pub(crate) const LONGEST_TRAVEL: Duration = Duration::from_secs(12);

#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) world: Arc<World>,
    pub(crate) process: usize,
    pub(crate) severed: Arc<AtomicBool>,
}

/// The fate of a request, decided when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    Refused(FailureKind),
    /// The connection is cut before the request arrives.
    Cut,
    /// The connection is cut before the answer arrives.
    Lost,
}

/// A settle of one message.
#[derive(Clone, Copy)]
pub(crate) enum Settle {
    Delete,
    Change(Duration),
}

impl Settle {
    pub(crate) fn hides_for(self) -> Option<Duration> {
        match self {
            Self::Delete => None,
            Self::Change(timeout) => Some(timeout),
        }
    }
}

impl Wire {
    /// Sends a request, and waits for its answer as long as a client does.
    async fn request<T: Send + 'static>(
        &self,
        patience: Duration,
        serve: impl FnOnce(Self, Fate, oneshot::Sender<Result<T, QueueError>>) -> BoxFuture<'static, ()>,
    ) -> Result<T, QueueError> {
        if self.severed.load(Relaxed) {
            return future::pending().await;
        }
        self.world.lock().requests += 1;
        let (sender, answer) = oneshot::channel();
        tokio::spawn(serve(self.clone(), self.fate(), sender));
        match timeout(patience, answer).await {
            Ok(Ok(answer)) if !self.severed.load(Relaxed) => answer,
            Ok(_) => future::pending().await,
            Err(_) => Err(QueueError::new("request", FailureKind::Timeout)),
        }
    }

    fn fate(&self) -> Fate {
        let (world, faults) = (&self.world, self.world.faults());
        if world.is_blackout() {
            world.marks.reach(Mark::Blackout);
            return Fate::Cut;
        }
        let marked =
            |share, mark, fate| world.chance(share).then(|| world.marks.reach(mark)).map(|()| fate);
        let throttled = Fate::Refused(FailureKind::Throttled);
        let server_error = Fate::Refused(FailureKind::Unavailable);
        marked(faults.throttled, Mark::Throttled, throttled)
            .or_else(|| marked(faults.server_error, Mark::ServerError, server_error))
            .or_else(|| marked(faults.cut, Mark::CutBefore, Fate::Cut))
            .or_else(|| world.chance(faults.lost_answer).then_some(Fate::Lost))
            .unwrap_or(Fate::Arrives)
    }

    /// One way through the network.
    pub(crate) async fn travel(&self) {
        let is_slow = self.world.chance(self.world.faults().slow);
        let longest = LONGEST_TRAVEL.as_millis() as u64;
        let millis = self.world.lock().rng.u64(if is_slow { 5_000..longest } else { 1..20 });
        sleep(Duration::from_millis(millis)).await;
    }

    /// The error of a request that did not arrive.
    pub(crate) fn failure(fate: Fate) -> Option<QueueError> {
        match fate {
            Fate::Refused(kind) => {
                Some(QueueError::new("request", kind).with_progress(Progress::Answered))
            }
            Fate::Cut => Some(QueueError::new("request", FailureKind::Unavailable)),
            Fate::Arrives | Fate::Lost => None,
        }
    }

    async fn settle(&self, entries: Vec<(Receipt, Settle)>) -> Result<Vec<Refused>, QueueError> {
        let count = |change: i64| {
            let mut state = self.world.lock();
            let seat = &mut state.processes[self.process];
            seat.open_settles = seat.open_settles.saturating_add_signed(change as isize);
        };
        count(1);
        let answer = self
            .request(PATIENCE, |wire, fate, answer| {
                wire.serve_settle(entries, fate, answer).boxed()
            })
            .await;
        count(-1);
        answer
    }
}

impl Queue for Wire {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        async move {
            let open = OpenReceive::new(self);
            let answer = self
                .request(receive.wait + PATIENCE, move |wire, fate, answer| {
                    wire.serve_receive(receive, fate, answer).boxed()
                })
                .await;
            open.answered();
            answer
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Handle],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.settle(receipts.iter().map(|handle| (parse(handle), Settle::Delete)).collect()).boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        let entry = |change: &Visibility| (parse(&change.receipt), Settle::Change(change.timeout));
        self.settle(changes.iter().map(entry).collect()).boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        async move {
            let answer = self
                .request(PATIENCE, |wire, fate, answer| wire.serve_attributes(fate, answer).boxed())
                .await?;
            self.world.lock().processes[self.process].knows_policy = true;
            Ok(answer)
        }
        .boxed()
    }

    fn send_dead_letter<'a>(
        &'a self,
        _: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        let message = letter.deduplication_id.parse().expect("the id of a message of this model");
        self.request(PATIENCE, move |wire, fate, answer| {
            wire.serve_send(message, fate, answer).boxed()
        })
        .boxed()
    }
}

/// A receive without an answer, which a worker must not drop: SQS can still answer it.
struct OpenReceive<'a> {
    wire: &'a Wire,
    is_answered: bool,
}

impl<'a> OpenReceive<'a> {
    fn new(wire: &'a Wire) -> Self {
        wire.world.lock().processes[wire.process].open_receives += 1;
        Self { wire, is_answered: false }
    }

    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for OpenReceive<'_> {
    fn drop(&mut self) {
        let Wire { world, process, .. } = self.wire;
        let may_drop = {
            let mut state = world.lock();
            let seat = &mut state.processes[*process];
            seat.open_receives -= 1;
            seat.may_drop_receives()
        };
        if !self.is_answered && !may_drop {
            world.problem(format!("w{process} has dropped an open receive"));
        }
    }
}

/// The message and the receive that a handle names.
pub(crate) fn parse(handle: &Handle) -> Receipt {
    let (message, receive) = handle.as_str().split_once('-').expect("a handle of this model");
    let number = |text: &str| text.parse::<u32>().expect("a handle of this model");
    Receipt { message: number(message) as usize, receive: number(receive) }
}
