//! Polling pauses while the handler is unreachable.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

#[tokio::test(start_paused = true)]
async fn a_poll_loop_that_waited_for_a_slot_applies_a_new_pause() {
    let queue = FakeQueue::default();
    queue.send("m");
    let starts = Arc::new(Mutex::new(Vec::new()));
    let noted = starts.clone();
    let handler = move |_: Message, _: Context| {
        noted.lock().unwrap().push(Instant::now());
        async {
            sleep(Duration::from_secs(1)).await;
            Verdict::unavailable("connection refused")
        }
    };
    let mut config = config("orders");
    config.concurrency = 1;
    let rig = Rig::with(&queue, config, handler);
    queue.until("three tries", |_| starts.lock().unwrap().len() == 3).await;
    let starts = starts.lock().unwrap().clone();
    for pair in starts.windows(2) {
        let between = pair[1] - pair[0];
        assert!(between >= Duration::from_millis(1500), "{between:?}");
    }
    rig.stop.hurry();
    rig.end().await;
}
