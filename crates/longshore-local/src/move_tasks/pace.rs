//! When each message of a move task moves.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Moment};

/// A task lets other tasks of the runtime run after this number of messages.
const PORTION: u64 = 32;

/// A timer can fire this much after its moment without a pause of the process.
const TOLERANCE_MILLIS: u64 = 5;

#[derive(Debug)]
pub(super) struct Pace {
    moved: u64,
    schedule: Option<Schedule>,
}

/// The moments of a task with a rate, by the clock of the queues.
#[derive(Debug)]
struct Schedule {
    clock: Arc<Clock>,
    rate: u64,
    /// When the first message of `moves` moves.
    start: Moment,
    moves: u64,
    ahead: Duration,
    /// By how much the schedule can be late because the clock was advanced.
    credit_millis: u64,
}

impl Pace {
    /// Without a rate, messages move as fast as possible.
    pub(super) fn new(clock: &Arc<Clock>, rate: Option<NonZeroU32>) -> Self {
        let schedule = rate.map(|rate| Schedule {
            clock: Arc::clone(clock),
            rate: rate.get().into(),
            start: clock.now(),
            moves: 0,
            ahead: clock.ahead(),
            credit_millis: 0,
        });
        Self { moved: 0, schedule }
    }

    /// Waits until the next message can move.
    pub(super) async fn wait(&mut self) {
        if self.moved.is_multiple_of(PORTION) {
            tokio::task::yield_now().await;
        }
        self.moved += 1;
        if let Some(schedule) = &mut self.schedule {
            schedule.wait().await;
        }
    }
}

impl Schedule {
    async fn wait(&mut self) {
        let due = self.start.after_millis(self.moves * 1000 / self.rate);
        self.moves += 1;
        self.clock.sleep_until(due).await;
        let (ahead, now) = (self.clock.ahead(), self.clock.now());
        let advanced = ahead.saturating_sub(std::mem::replace(&mut self.ahead, ahead));
        self.credit_millis += u64::try_from(advanced.as_millis()).unwrap_or_default();
        self.limit_lateness(due, now);
    }

    /// After an advance of the clock, the messages of that time move at once. After a pause of the
    /// process they do not, so that the rate is still the maximum.
    fn limit_lateness(&mut self, due: Moment, now: Moment) {
        let late = now.millis().saturating_sub(due.millis());
        if late > self.credit_millis + TOLERANCE_MILLIS {
            self.start = Moment::from_millis(now.millis() - self.credit_millis);
            self.moves = 1;
        }
        self.credit_millis = self.credit_millis.min(late);
    }
}
