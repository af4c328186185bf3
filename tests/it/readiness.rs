//! `/readyz` says what is so, and does not waver.

use std::time::Duration;

use longshore::queue::FailureKind;
use longshore::{Context, Message};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, config};

async fn done(_: Message, _: Context) {}

#[tokio::test(start_paused = true)]
async fn a_failure_of_an_extra_poll_loop_does_not_change_readiness() {
    let queue = FakeQueue::default();
    queue.send_many(10);
    // The first poll loop receives, calls for company, and receives again; then the company does.
    queue.let_receives_succeed(2);
    queue.fail_receives(&[FailureKind::Denied]);
    let mut config = config("orders");
    config.concurrency = 100;
    let rig = Rig::with(&queue, config, done);
    sleep(Duration::from_secs(60)).await;
    let errors = [("outcome", "error")];
    assert_eq!(rig.scrape().sum("longshore_receive_duration_seconds_count", &errors), 1.0);
    assert_eq!(rig.health.unready(), Vec::<String>::new());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_refusal_is_not_ready() {
    let queue = FakeQueue::default();
    // Missing credentials, or a network that drops packets.
    queue.delay_answers(Duration::from_secs(4));
    queue.fail_receives(&[FailureKind::Denied; 20]);
    let rig = Rig::start(&queue, done);
    for second in 0..300 {
        assert!(!rig.health.unready().is_empty(), "ready after {second} s");
        sleep(Duration::from_secs(1)).await;
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_queue_is_ready_before_its_first_long_poll_ends() {
    let rig = Rig::start(&FakeQueue::default(), done);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(rig.health.unready(), Vec::<String>::new());
    rig.stop().await;
}
