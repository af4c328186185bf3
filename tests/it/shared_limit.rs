//! Room that several queues share, in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
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

#[tokio::test(start_paused = true)]
async fn idle_queues_do_not_hold_the_shared_slots() {
    let queues: Vec<_> = (0..20).map(|_| FakeQueue::default()).collect();
    let mut worker = Worker::builder().concurrency(5);
    for (index, queue) in queues.iter().enumerate() {
        let config = config(&format!("q{index}")).build().unwrap();
        worker = worker.add(config, queue.clone(), slow_or_quick);
    }
    let rig = Rig::run(worker);
    // A long poll waits for 20 s, but keeps its slot for a second.
    sleep(Duration::from_secs(10)).await;
    assert!(queues.iter().all(|queue| queue.open_polls() == 1), "each queue is polled");
    sleep(Duration::from_secs(90)).await;
    assert!(queues.iter().all(|queue| queue.open_polls() == 1), "each queue is polled");
    for queue in &queues {
        queue.send("m");
        let sent = Instant::now();
        queue.until("deleted", |queue| queue.is_empty()).await;
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn messages_that_idle_queues_bring_together_stay_within_the_shared_limit() {
    let queues: Vec<_> = (0..20).map(|_| FakeQueue::default()).collect();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut worker = Worker::builder().concurrency(5);
    for (index, queue) in queues.iter().enumerate() {
        let config = config(&format!("q{index}")).build().unwrap();
        let (running, most) = (running.clone(), most.clone());
        let handler = move |_: Message, _: Context| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                sleep(Duration::from_secs(2)).await;
                running.fetch_sub(1, SeqCst);
            }
        };
        worker = worker.add(config, queue.clone(), handler);
    }
    let rig = Rig::run(worker);
    sleep(Duration::from_secs(100)).await;
    queues.iter().for_each(|queue| queue.send_many(3));
    for queue in &queues {
        queue.until("all deleted", |queue| queue.is_empty()).await;
        assert_eq!(queue.most_receives(), 1);
    }
    assert_eq!(most.load(SeqCst), 5);
    rig.stop().await;
}
