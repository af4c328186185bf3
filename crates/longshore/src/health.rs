//! Whether the worker is alive and ready, by the progress of its poll loops. Whether AWS can be
//! reached is no part of being alive: a restart would not mend it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

/// The health of a worker, shared by its poll loops and the admin endpoint. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Health {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    drain: Option<Drain>,
    queues: BTreeMap<String, Readiness>,
    pulses: BTreeMap<u64, Beat>,
    next_pulse: u64,
}

/// How far a queue's intake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Not polling yet.
    Starting,
    /// Polling.
    Polling,
    /// Backing off for long from an error that will not go away by itself.
    Stopped {
        /// The error.
        why: String,
        /// What to do about it.
        advice: &'static str,
    },
}

/// A drain that is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// When it began.
    pub began: Instant,
    /// How long handlers may run on.
    pub grace: Duration,
}

#[derive(Debug)]
struct Beat {
    queue: String,
    step: &'static str,
    due: Option<Instant>,
}

impl Health {
    /// Announces a queue, as starting.
    pub fn add_queue(&self, queue: &str) {
        self.set_readiness(queue, Readiness::Starting);
    }

    /// Says how far a queue's intake is.
    pub fn set_readiness(&self, queue: &str, readiness: Readiness) {
        self.lock().queues.insert(queue.to_owned(), readiness);
    }

    /// Says that the drain has begun: not ready from here on.
    pub fn drain(&self, grace: Duration) {
        self.lock().drain = Some(Drain { began: Instant::now(), grace });
    }

    /// Says that work begins, perhaps after another worker of this process has drained.
    pub fn begin(&self) {
        self.lock().drain = None;
    }

    /// The drain that is on, if one is.
    pub fn draining(&self) -> Option<Drain> {
        self.lock().drain
    }

    /// How far a queue's intake is.
    pub fn readiness(&self, queue: &str) -> Readiness {
        self.lock().queues.get(queue).cloned().unwrap_or(Readiness::Starting)
    }

    /// A poll loop begins: it tells of its progress by the pulse, and ends by dropping it.
    pub fn pulse(&self, queue: &str) -> Pulse {
        let mut state = self.lock();
        let id = state.next_pulse;
        state.next_pulse += 1;
        state.pulses.insert(id, Beat { queue: queue.to_owned(), step: "starting", due: None });
        Pulse { health: self.clone(), id }
    }

    /// Every poll loop that should have made progress by now and has not; empty while alive.
    pub fn stuck(&self) -> Vec<String> {
        let state = self.lock();
        late(&state).map(|(queue, how)| format!("poller of queue `{queue}` is {how}")).collect()
    }

    /// How a poll loop of this queue is stuck; `None` while all make progress.
    pub fn stuck_in(&self, queue: &str) -> Option<String> {
        late(&self.lock()).find_map(|(of, how)| (of == queue).then_some(how))
    }

    /// Everything that keeps the worker from being ready; empty while ready.
    pub fn unready(&self) -> Vec<String> {
        let state = self.lock();
        let queues = state.queues.iter().filter_map(|(queue, readiness)| match readiness {
            Readiness::Polling => None,
            Readiness::Starting => Some(format!("queue `{queue}` is starting")),
            Readiness::Stopped { why, .. } => Some(format!("queue `{queue}` is not polled: {why}")),
        });
        let draining = state.drain.map(|_| "draining: told to stop".to_owned());
        let none = state.queues.is_empty().then(|| "no queue is known yet".to_owned());
        draining.into_iter().chain(none).chain(queues).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}

/// Queues with a poll loop that is stuck, and how.
fn late(state: &State) -> impl Iterator<Item = (&str, String)> {
    let now = Instant::now();
    state.pulses.values().filter_map(move |beat| {
        let late = now.checked_duration_since(beat.due?).filter(|late| !late.is_zero())?;
        Some((beat.queue.as_str(), format!("{}s late while {}", late.as_secs(), beat.step)))
    })
}

/// One poll loop's sign of life.
#[derive(Debug)]
pub struct Pulse {
    health: Health,
    id: u64,
}

impl Pulse {
    /// The loop enters a step that is over `within` this time, or it is stuck.
    pub fn expect(&self, step: &'static str, within: Duration) {
        self.set(step, Some(Instant::now() + within));
    }

    /// The loop enters a step that may take as long as it likes: handlers hold all the slots.
    pub fn rest(&self, step: &'static str) {
        self.set(step, None);
    }

    fn set(&self, step: &'static str, due: Option<Instant>) {
        if let Some(beat) = self.health.lock().pulses.get_mut(&self.id) {
            (beat.step, beat.due) = (step, due);
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.health.lock().pulses.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_misses_its_time_is_named() {
        let health = Health::default();
        let pulse = health.pulse("orders");
        pulse.expect("receiving", Duration::from_secs(30));
        assert_eq!(health.stuck(), Vec::<String>::new());
        tokio::time::advance(Duration::from_secs(33)).await;
        assert_eq!(health.stuck(), ["poller of queue `orders` is 3s late while receiving"]);
        assert_eq!(health.stuck_in("orders").as_deref(), Some("3s late while receiving"));
        assert_eq!(health.stuck_in("mail"), None);
        pulse.rest("waiting for a slot");
        assert_eq!(health.stuck(), Vec::<String>::new());
    }

    #[test]
    fn ready_only_when_every_queue_is_polled_and_nothing_drains() {
        let health = Health::default();
        assert_eq!(health.unready(), ["no queue is known yet"]);
        health.add_queue("orders");
        assert_eq!(health.unready(), ["queue `orders` is starting"]);
        health.set_readiness("orders", Readiness::Polling);
        assert_eq!(health.unready(), Vec::<String>::new());
        let stopped = Readiness::Stopped { why: "no such queue".into(), advice: "create it" };
        health.set_readiness("orders", stopped);
        assert_eq!(health.unready(), ["queue `orders` is not polled: no such queue"]);
        health.drain(Duration::from_secs(22));
        assert_eq!(health.unready()[0], "draining: told to stop");
        health.begin();
        assert_eq!(health.unready(), ["queue `orders` is not polled: no such queue"]);
    }
}
