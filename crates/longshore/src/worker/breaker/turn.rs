//! A message in flight: it waits for its turn, then calls the handler.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::circuit::Breaker;
use super::state::{Step, Ticket};
use crate::worker::disposition::Outcome;

/// A message that is held while the breaker is not closed. It loses its place when it is dropped.
pub(in crate::worker) struct Held {
    breaker: Arc<Breaker>,
    hold_ends: Instant,
}

/// A place in the order of tries.
struct Place<'a> {
    breaker: &'a Breaker,
    number: u64,
}

/// What a waiting message does next.
pub(in crate::worker) enum Turn {
    /// Call the handler.
    Try(Call),
    /// Return to the queue: it was held long enough, or another message is tried instead.
    Return,
}

/// One call of the handler.
pub(in crate::worker) struct Call {
    breaker: Arc<Breaker>,
    round: u64,
    /// Whether it is one of the tries of an open or half-open breaker.
    is_try: bool,
}

impl Breaker {
    /// A call of the handler, if the breaker is closed.
    pub(in crate::worker) fn call(self: &Arc<Self>) -> Option<Call> {
        self.is_closed().then(|| Call::new(self.clone(), false))
    }

    /// Holds a message from now on.
    pub(in crate::worker) fn hold_message(self: &Arc<Self>) -> Held {
        Held { hold_ends: self.begin_hold(), breaker: self.clone() }
    }
}

impl Held {
    /// Waits for the message's turn. `failed` is whether the application has got it and failed.
    /// Cancel-safe.
    pub(in crate::worker) async fn turn(&self, failed: bool) -> Turn {
        let breaker = &self.breaker;
        let place = Place { breaker, number: breaker.lock().enqueue(failed) };
        let ticket = Ticket { number: place.number, hold_ends: self.hold_ends };
        loop {
            let changed = breaker.changed.notified();
            let step = breaker.lock().step(ticket, failed, Instant::now());
            match step {
                Step::Call(is_try) => return Turn::Try(Call::new(breaker.clone(), is_try)),
                Step::Return => return Turn::Return,
                Step::Check => {
                    if breaker.check().await {
                        breaker.lock().begin_try();
                        return Turn::Try(Call::new(breaker.clone(), true));
                    }
                }
                Step::Wait(until) => tokio::select! {
                    biased;
                    () = sleep_until(until) => {}
                    () = changed => {}
                },
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.breaker.lock().held -= 1;
        self.breaker.changed.notify_waiters();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.breaker.lock().waiting.remove(&self.number);
        self.breaker.changed.notify_waiters();
    }
}

impl Call {
    pub(super) fn new(breaker: Arc<Breaker>, is_try: bool) -> Self {
        let mut state = breaker.lock();
        let round = state.round;
        if !is_try {
            state.calls_before += 1;
        }
        drop(state);
        Self { breaker, round, is_try }
    }

    /// The call ended with this outcome.
    pub(in crate::worker) fn ended(self, outcome: &Outcome) {
        self.breaker.call_ended(self.round, outcome);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.breaker.lock();
        if !self.is_try {
            state.calls_before -= 1;
            return;
        }
        if state.round == self.round {
            state.end_try();
        }
        drop(state);
        self.breaker.changed.notify_waiters();
    }
}
