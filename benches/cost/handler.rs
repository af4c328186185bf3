//! The handler that all strategies call: notes when it starts, and takes its time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::Message;
use tokio::time::sleep;

use super::sqs::{self, Sqs};
use super::traffic::Handling;

/// Consumers start within so long of one another, in no step.
const STAGGER: Duration = Duration::from_secs(1);

/// Cheap to clone; every clone is the same handler.
#[derive(Clone)]
pub struct Handler {
    queue: Arc<Sqs>,
    handling: Handling,
    seed: u64,
    stagger: Arc<Mutex<fastrand::Rng>>,
}

impl Handler {
    pub fn new(queue: Arc<Sqs>, handling: Handling, seed: u64) -> Self {
        let stagger = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        Self { queue, handling, seed, stagger }
    }

    pub async fn handle(&self, message: &Message) {
        let number = sqs::number(message);
        self.queue.line().start(number);
        sleep(self.handling.of(self.seed, number)).await;
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
