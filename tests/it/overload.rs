//! Overload and outages of an hour, in virtual time: requests stay bounded, and the worker recovers
//! within one back-off.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use longshore::queue::FailureKind;
use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

const HOUR: Duration = Duration::from_secs(3600);
/// The longest back-off of receives, 20 s, and of tries of the circuit breaker, 30 s.
const BACKOFF_OF_RECEIVES: Duration = Duration::from_secs(20);
const BACKOFF_OF_TRIES: Duration = Duration::from_secs(30);
/// More failures than requests can be sent in an hour.
const MANY: usize = 100_000;

async fn done(_: Message, _: Context) {}

fn requests(rig: &Rig) -> f64 {
    rig.scrape().sum("longshore_api_requests_total", &[])
}

/// Requests of the next hour.
async fn requests_of_an_hour(rig: &Rig) -> f64 {
    let before = requests(rig);
    sleep(HOUR).await;
    requests(rig) - before
}

/// Waits until the queue is empty. Returns how long it took.
async fn recovery(queue: &FakeQueue) -> Duration {
    let began = Instant::now();
    queue.until("all are deleted", FakeQueue::is_empty).await;
    began.elapsed()
}

/// SQS fails every request for an hour, while messages wait and one is being handled.
async fn an_hour_without_sqs(kind: FailureKind) -> (f64, Duration) {
    let queue = FakeQueue::default();
    queue.send("in flight");
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(5));
    let rig = Rig::with(&queue, config("orders").concurrency(20), handler);
    queue.until("it is received", |queue| queue.counts().received == 1).await;
    queue.fail_receives(&vec![kind; MANY]);
    queue.fail_settles(&vec![kind; MANY]);
    queue.send_many(40);
    let requests = requests_of_an_hour(&rig).await;
    queue.heal();
    let recovered = recovery(&queue).await;
    rig.stop().await;
    (requests, recovered)
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_sqs_costs_few_requests_and_ends_within_a_back_off() {
    for kind in [FailureKind::Unavailable, FailureKind::Timeout, FailureKind::Throttled] {
        let (requests, recovered) = an_hour_without_sqs(kind).await;
        // Receives each 10 s to 20 s, and deletes of the message in flight each 15 s to 30 s.
        let bound = 1.2 * HOUR.as_secs_f64() * (1.0 / 10.0 + 1.0 / 15.0);
        assert!(requests <= bound, "{kind:?}: {requests} requests in an hour");
        // The 40 messages are handled in two rounds of 5 s after the next receive.
        let limit = BACKOFF_OF_RECEIVES + Duration::from_secs(15);
        assert!(recovered <= limit, "{kind:?}: recovered after {recovered:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_the_application_costs_few_requests_and_ends_within_a_back_off() {
    let verdicts = [Verdict::unavailable("refused"), Verdict::outage("answered 503")];
    for verdict in verdicts {
        let (queue, ends) = (FakeQueue::default(), Instant::now() + HOUR);
        queue.send_many(100);
        let failing = verdict.clone();
        let handler = move |_: Message, _: Context| {
            let verdict = if Instant::now() < ends { failing.clone() } else { Verdict::Done };
            async move { verdict }
        };
        let rig = Rig::with(&queue, config("orders").concurrency(20), handler);
        let requests = requests_of_an_hour(&rig).await;
        let recovered = recovery(&queue).await;
        // Messages that are kept need a heartbeat each 15 s, ten in a request.
        let bound = 1.2 * HOUR.as_secs_f64() * 3.0 / 15.0;
        assert!(requests <= bound, "{verdict:?}: {requests} requests in an hour");
        assert!(queue.most_receives() <= 3, "{} receives of a message", queue.most_receives());
        assert!(recovered <= BACKOFF_OF_TRIES + Duration::from_secs(5), "{recovered:?}");
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_slower_than_arrivals_loses_no_lease_and_costs_few_requests() {
    const PER_SECOND: usize = 50;
    const CONCURRENCY: usize = 10;
    let (queue, running) = (FakeQueue::default(), Arc::new(AtomicUsize::new(0)));
    let most = Arc::new(AtomicUsize::new(0));
    let noted = (running.clone(), most.clone());
    let handler = move |_: Message, _: Context| {
        let (running, most) = noted.clone();
        async move {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            sleep(Duration::from_secs(1)).await;
            running.fetch_sub(1, SeqCst);
        }
    };
    let rig = Rig::with(&queue, config("orders").concurrency(CONCURRENCY), handler);
    for _ in 0..60 {
        queue.send_many(PER_SECOND);
        sleep(Duration::from_secs(1)).await;
        let in_flight = rig.scrape().sum("longshore_messages_in_flight", &[]) as usize;
        assert!(in_flight <= 3 * CONCURRENCY, "{in_flight} messages in flight");
    }
    let recovered = recovery(&queue).await;
    let messages = 60 * PER_SECOND;
    let work = Duration::from_secs((messages / CONCURRENCY - 60) as u64);
    assert!(recovered <= work + work / 20, "{recovered:?} for {work:?} of work");
    assert_eq!((most.load(SeqCst), queue.most_receives()), (CONCURRENCY, 1));
    let per_message = requests(&rig) / messages as f64;
    assert!(per_message <= 0.5, "{per_message} requests per message");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_sends_three_receives_a_minute_for_an_hour() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, done);
    let requests = requests_of_an_hour(&rig).await;
    assert!((180.0..=250.0).contains(&requests), "{requests} requests in an hour");
    rig.stop().await;
}
