//! Whether the worker is alive and ready, by the progress of its poll loops. A worker that cannot
//! reach AWS is still alive, because a restart would not fix that.

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
    awaits_first_scrape: bool,
    queues: BTreeMap<String, Readiness>,
    pulses: BTreeMap<u64, Step>,
    next_pulse: u64,
}

/// Whether a queue is polled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// The first receive has not succeeded yet.
    Starting,
    /// The queue is polled.
    Polling,
    /// Receives fail with an error that needs an operator. The worker tries again after a long
    /// back-off.
    Stopped {
        /// The error.
        why: String,
        /// What to do about it.
        advice: &'static str,
    },
}

/// A drain in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drain {
    /// When it began.
    pub began: Instant,
    /// How long handlers may continue.
    pub grace: Duration,
}

#[derive(Debug)]
struct Step {
    queue: String,
    name: &'static str,
    due: Option<Instant>,
}

impl Health {
    /// Adds a queue, as starting.
    pub fn add_queue(&self, queue: &str) {
        self.set_readiness(queue, Readiness::Starting);
    }

    /// Sets whether a queue is polled.
    pub fn set_readiness(&self, queue: &str, readiness: Readiness) {
        self.lock().queues.insert(queue.to_owned(), readiness);
    }

    /// A drain begins. The worker is not ready from here on.
    pub fn drain(&self, grace: Duration) {
        self.lock().drain = Some(Drain { began: Instant::now(), grace });
    }

    /// A worker begins, perhaps after another worker of this process has drained.
    pub fn begin(&self) {
        self.lock().drain = None;
    }

    /// The worker waits for the first scrape of its metrics until the result is dropped.
    #[cfg(any(feature = "admin", test))]
    pub(crate) fn await_first_scrape(&self) -> AwaitedScrape {
        self.lock().awaits_first_scrape = true;
        AwaitedScrape(self.clone())
    }

    /// Whether the worker waits for the first scrape of its metrics. It does not poll meanwhile.
    pub fn awaits_first_scrape(&self) -> bool {
        self.lock().awaits_first_scrape
    }

    /// The drain in progress, if there is one.
    pub fn draining(&self) -> Option<Drain> {
        self.lock().drain
    }

    /// Whether a queue is polled.
    pub fn readiness(&self, queue: &str) -> Readiness {
        self.lock().queues.get(queue).cloned().unwrap_or(Readiness::Starting)
    }

    /// A poll loop begins. It reports its progress through the pulse, and its end by dropping it.
    pub fn pulse(&self, queue: &str) -> Pulse {
        let mut state = self.lock();
        let id = state.next_pulse;
        state.next_pulse += 1;
        state.pulses.insert(id, Step { queue: queue.to_owned(), name: "starting", due: None });
        Pulse { health: self.clone(), id }
    }

    /// The poll loops without progress, as sentences. Empty while the worker is alive.
    pub fn stuck(&self) -> Vec<String> {
        let state = self.lock();
        late(&state)
            .map(|(queue, how)| format!("a poll loop of queue `{queue}` is {how}"))
            .collect()
    }

    /// How a poll loop of this queue is stuck; `None` while all make progress.
    pub fn stuck_in(&self, queue: &str) -> Option<String> {
        late(&self.lock()).find_map(|(name, how)| (name == queue).then_some(how))
    }

    /// Why the worker is not ready, as sentences. Empty while it is ready.
    pub fn unready(&self) -> Vec<String> {
        let state = self.lock();
        let queues = state.queues.iter().filter_map(|(queue, readiness)| match readiness {
            Readiness::Polling => None,
            Readiness::Starting => Some(format!("queue `{queue}` is starting")),
            Readiness::Stopped { why, .. } => Some(format!("queue `{queue}` is not polled: {why}")),
        });
        let draining = state.drain.map(|_| "draining: a shutdown has begun".to_owned());
        let none = state.queues.is_empty().then(|| "no queue is registered yet".to_owned());
        let awaits = state.awaits_first_scrape;
        let awaits = awaits.then(|| "waiting for the first scrape of the metrics".to_owned());
        draining.into_iter().chain(awaits).chain(none).chain(queues).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}

/// The queues with a stuck poll loop, and how it is stuck.
fn late(state: &State) -> impl Iterator<Item = (&str, String)> {
    let now = Instant::now();
    state.pulses.values().filter_map(move |step| {
        let late = now.checked_duration_since(step.due?).filter(|late| !late.is_zero())?;
        Some((step.queue.as_str(), format!("{}s late while {}", late.as_secs(), step.name)))
    })
}

/// A wait for the first scrape. It ends when this is dropped.
#[cfg(any(feature = "admin", test))]
#[derive(Debug)]
pub(crate) struct AwaitedScrape(Health);

#[cfg(any(feature = "admin", test))]
impl Drop for AwaitedScrape {
    fn drop(&mut self) {
        self.0.lock().awaits_first_scrape = false;
    }
}

/// Reports the progress of one poll loop.
#[derive(Debug)]
pub struct Pulse {
    health: Health,
    id: u64,
}

impl Pulse {
    /// The loop enters a step. It is stuck if the step takes longer than `within`.
    pub fn expect(&self, step: &'static str, within: Duration) {
        self.set(step, Some(Instant::now() + within));
    }

    /// The loop enters a step without a time limit, for example because handlers hold all slots.
    pub fn rest(&self, step: &'static str) {
        self.set(step, None);
    }

    fn set(&self, step: &'static str, due: Option<Instant>) {
        if let Some(entry) = self.health.lock().pulses.get_mut(&self.id) {
            (entry.name, entry.due) = (step, due);
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
        assert_eq!(health.stuck(), ["a poll loop of queue `orders` is 3s late while receiving"]);
        assert_eq!(health.stuck_in("orders").as_deref(), Some("3s late while receiving"));
        assert_eq!(health.stuck_in("mail"), None);
        pulse.rest("waiting for a slot");
        assert_eq!(health.stuck(), Vec::<String>::new());
    }

    #[test]
    fn ready_only_when_every_queue_is_polled_and_nothing_drains() {
        let health = Health::default();
        assert_eq!(health.unready(), ["no queue is registered yet"]);
        health.add_queue("orders");
        assert_eq!(health.unready(), ["queue `orders` is starting"]);
        health.set_readiness("orders", Readiness::Polling);
        assert_eq!(health.unready(), Vec::<String>::new());
        let stopped = Readiness::Stopped { why: "no such queue".into(), advice: "create it" };
        health.set_readiness("orders", stopped);
        assert_eq!(health.unready(), ["queue `orders` is not polled: no such queue"]);
        let awaited = health.await_first_scrape();
        assert_eq!(health.unready()[0], "waiting for the first scrape of the metrics");
        drop(awaited);
        health.drain(Duration::from_secs(22));
        assert_eq!(health.unready()[0], "draining: a shutdown has begun");
        health.begin();
        assert_eq!(health.unready(), ["queue `orders` is not polled: no such queue"]);
    }
}
