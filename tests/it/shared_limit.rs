//! Room that several queues share, in virtual time.

use std::time::Duration;

use longshore::{Context, Message, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

const HOUR: Duration = Duration::from_secs(3600);

async fn slow_or_quick(message: Message, _: Context) {
    sleep(if message.body == "slow" { HOUR } else { Duration::from_millis(100) }).await;
}

/// A worker with room for ten, on these queues.
fn start(queues: &[(&str, &FakeQueue)]) -> Rig {
    let mut worker = Worker::builder().concurrency(10);
    for (name, queue) in queues {
        let mut config = config(name);
        (config.concurrency, config.handler_timeout) = (40, 2 * HOUR);
        worker = worker.add(config.build().unwrap(), (*queue).clone(), slow_or_quick);
    }
    Rig::run(worker)
}

#[tokio::test(start_paused = true)]
async fn slow_handlers_do_not_block_the_other_slots() {
    let (orders, mail) = (FakeQueue::default(), FakeQueue::default());
    (0..4).for_each(|_| orders.send("slow"));
    orders.send_many(100);
    let started = Instant::now();
    let rig = start(&[("orders", &orders), ("mail", &mail)]);
    orders.until("the quick are done", |queue| queue.deleted().len() == 100).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    mail.send("m");
    let sent = Instant::now();
    mail.until("mail is worked too", |queue| queue.deleted().len() == 1).await;
    assert!(sent.elapsed() < Duration::from_secs(5), "{:?}", sent.elapsed());
    rig.stop().await;
}
