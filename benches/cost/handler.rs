//! The handler of all strategies: records each start, then sleeps for the time of the message.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::Message;
use tokio::time::{Instant, sleep};

use super::traffic::Handling;

/// Consumers start at random times within this time.
const STAGGER: Duration = Duration::from_secs(1);

/// The first start of the handler for each message, and the number of starts for all messages.
#[derive(Default)]
struct Starts {
    first: Vec<Option<Instant>>,
    count: u64,
}

impl Starts {
    fn start(&mut self, message: usize) {
        self.count += 1;
        if self.first.len() <= message {
            self.first.resize(message + 1, None);
        }
        self.first[message].get_or_insert_with(Instant::now);
    }
}

/// The number that the queue assigned to a message.
fn number(message: &Message) -> usize {
    message.id.parse().expect("the ids of the fake queue are numbers")
}

/// Cheap to clone; every clone is the same handler.
#[derive(Clone)]
pub struct Handler {
    starts: Arc<Mutex<Starts>>,
    handling: Handling,
    seed: u64,
    stagger: Arc<Mutex<fastrand::Rng>>,
}

impl Handler {
    pub fn new(handling: Handling, seed: u64) -> Self {
        let stagger = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        Self { starts: Arc::default(), handling, seed, stagger }
    }

    pub async fn handle(&self, message: &Message) {
        let number = number(message);
        self.lock().start(number);
        sleep(self.handling.time_for(self.seed, number)).await;
    }

    /// Calls of the handler, for all messages.
    pub fn starts(&self) -> u64 {
        self.lock().count
    }

    /// How long each message waited from its arrival to its first handler call; `None` if it still
    /// waits.
    pub fn waits(&self, arrived: &[Instant]) -> Vec<(Instant, Option<Duration>)> {
        let starts = self.lock();
        let first = |message: usize| starts.first.get(message).copied().flatten();
        let wait =
            |(message, at): (usize, &Instant)| (*at, first(message).map(|start| start - *at));
        arrived.iter().enumerate().map(wait).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Starts> {
        self.starts.lock().expect("no code panics while it holds this lock")
    }

    /// Waits before a consumer's first request.
    pub async fn stagger(&self) {
        let millis = {
            let mut rng = self.stagger.lock().expect("no code panics while it holds this lock");
            rng.u64(..STAGGER.as_millis() as u64)
        };
        sleep(Duration::from_millis(millis)).await;
    }
}
