//! The circuit breaker: an outage of the application does not use up the receives of messages.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::BreakerConfig;
use longshore::handler::{Handler, NotReady};
use longshore::worker::WorkerBuilder;
use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

const SECOND: Duration = Duration::from_secs(1);

/// What an application does until it works.
#[derive(Clone, Copy)]
enum Outage {
    /// Connections are refused: a check finds out.
    Refused,
    /// Connections are refused, and the handler has no check.
    RefusedUnchecked,
    /// Responses are 503.
    Failing,
    /// No descriptor is left.
    Shortage,
}

/// An application with outages.
#[derive(Clone)]
struct Application {
    outage: Outage,
    begins: Instant,
    ends: Instant,
    calls: Arc<Mutex<Vec<(String, Instant)>>>,
}

impl Application {
    /// The outage has begun, and lasts this long.
    fn out_for(outage: Outage, time: Duration) -> Self {
        let begins = Instant::now();
        Self { outage, begins, ends: begins + time, calls: Arc::default() }
    }

    fn is_out(&self) -> bool {
        (self.begins..self.ends).contains(&Instant::now())
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

impl Handler for Application {
    async fn handle(&self, message: Message, _: Context) -> Verdict {
        self.calls.lock().unwrap().push((message.body, Instant::now()));
        if !self.is_out() {
            return Verdict::Done;
        }
        match self.outage {
            Outage::Refused | Outage::RefusedUnchecked => Verdict::unavailable("refused"),
            Outage::Failing => Verdict::outage("answered 503"),
            Outage::Shortage => Verdict::shortage("too many open files"),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        match self.outage {
            Outage::Refused if self.is_out() => Err(NotReady::Unreachable("refused".to_owned())),
            _ => Ok(()),
        }
    }
}

/// Runs this number of workers until the queue is empty. Returns the largest number of receives of
/// a message, and the sum of all.
async fn outage(
    workers: usize,
    messages: usize,
    concurrency: usize,
    app: &Application,
) -> (u32, u64) {
    let queue = FakeQueue::default();
    queue.send_many(messages);
    let rigs: Vec<_> = (0..workers)
        .map(|_| {
            let config = config("orders").concurrency(concurrency);
            Rig::with(&queue, config, app.clone())
        })
        .collect();
    queue.until("all deleted", |queue| queue.is_empty()).await;
    for rig in rigs {
        rig.stop().await;
    }
    (queue.most_receives(), queue.counts().received)
}

#[tokio::test(start_paused = true)]
async fn ten_workers_receive_nothing_before_the_application_is_up() {
    let app = Application::out_for(Outage::Refused, Duration::from_secs(20));
    let (most, all) = outage(10, 20, 10, &app).await;
    assert_eq!((most, all), (1, 20));
    assert_eq!(app.calls(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_minute_of_503_costs_at_most_one_receive_of_each_message_in_flight() {
    let app = Application::out_for(Outage::Failing, Duration::from_secs(60));
    let (most, all) = outage(1, 100, 20, &app).await;
    assert!(most <= 2, "a message was received {most} times");
    assert!(all <= 130, "{all} receives of 100 messages");
}

#[tokio::test(start_paused = true)]
async fn twenty_workers_survive_three_minutes_without_the_application() {
    for kind in [Outage::RefusedUnchecked, Outage::Failing, Outage::Shortage] {
        let app = Application::out_for(kind, Duration::from_secs(180));
        let (most, all) = outage(20, 50, 10, &app).await;
        assert!(most <= 3, "a message was received {most} times");
        assert!(all <= 100, "{all} receives of 50 messages");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_50_minutes_costs_a_few_receives() {
    let app = Application::out_for(Outage::Failing, Duration::from_secs(3000));
    let (most, all) = outage(1, 100, 20, &app).await;
    assert!(most <= 3, "a message was received {most} times");
    assert!(all <= 150, "{all} receives of 100 messages");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_began_before_the_outage_does_not_end_it() {
    let queue = FakeQueue::default();
    queue.send("slow");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let handler = move |message: Message, _: Context| {
        let calls = counted.clone();
        async move {
            if message.body == "slow" {
                sleep(Duration::from_secs(15)).await;
                return Verdict::Done;
            }
            calls.fetch_add(1, SeqCst);
            Verdict::unavailable("refused")
        }
    };
    let rig = Rig::with(&queue, config("orders"), handler);
    queue.until("it runs", |queue| queue.counts().received == 1).await;
    queue.send_many(30);
    queue.until("the slow one is done", |queue| queue.deleted().len() == 1).await;
    let state = |state| rig.scrape().sum("longshore_breaker_state", &[("state", state)]);
    assert_eq!((state("open"), state("closed")), (1.0, 0.0));
    sleep(Duration::from_secs(200)).await;
    assert_eq!(state("open"), 1.0);
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_breaker_closes_slowly() {
    let queue = FakeQueue::default();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let recovers = Instant::now() + Duration::from_secs(120);
    let noted = (running.clone(), most.clone());
    let handler = move |_: Message, _: Context| {
        let (running, most) = noted.clone();
        async move {
            if Instant::now() < recovers {
                return Verdict::outage("answered 503");
            }
            let now = running.fetch_add(1, SeqCst) + 1;
            most.lock().unwrap().push(now);
            sleep(Duration::from_secs(1)).await;
            running.fetch_sub(1, SeqCst);
            Verdict::Done
        }
    };
    queue.send_many(200);
    let rig = Rig::with(&queue, config("orders").concurrency(50), handler);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    let most = most.lock().unwrap().clone();
    assert_eq!(most[0], 1);
    assert!(most[..3].iter().all(|running| *running <= 2), "{most:?}");
    assert!(most[..7].iter().all(|running| *running <= 8), "{most:?}");
    assert!(most.iter().any(|running| *running >= 32), "{most:?}");
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "closed")]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_always_fails_does_not_keep_the_breaker_open() {
    let queue = FakeQueue::default();
    let repaired = Instant::now() + Duration::from_secs(30);
    let handler = move |message: Message, _: Context| async move {
        let is_out = Instant::now() < repaired;
        if is_out || message.body == "m0" { Verdict::outage("answered 500") } else { Verdict::Done }
    };
    queue.send_many(40);
    let rig = Rig::with(&queue, config("orders").concurrency(1), handler);
    let began = Instant::now();
    queue.until("the others are deleted", |queue| queue.deleted().len() == 39).await;
    assert!(began.elapsed() < Duration::from_secs(900), "{:?}", began.elapsed());
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn on_a_quiet_queue_one_message_that_always_fails_delays_others_by_a_minute_at_most() {
    let queue = FakeQueue::default();
    let handler = |message: Message, _: Context| async move {
        if message.body == "bad" { Verdict::outage("answered 500") } else { Verdict::Done }
    };
    queue.send("bad");
    let rig = Rig::with(&queue, config("orders"), handler);
    for sent in 1..=20 {
        sleep(Duration::from_secs(90)).await;
        queue.send(&format!("good {sent}"));
        let began = Instant::now();
        queue.until("it is deleted", |queue| queue.deleted().len() == sent).await;
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn failures_of_messages_do_not_open_the_breaker() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    let rig = Rig::start(&queue, |_: Message, _: Context| async { Verdict::retry("bad data") });
    queue.until("many calls", |queue| queue.counts().received > 200).await;
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "closed")]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_disabled_breaker_ignores_failed_calls() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    let mut breaker = BreakerConfig::default();
    breaker.enabled = false;
    let handler = |_: Message, _: Context| async { Verdict::outage("answered 503") };
    let rig = Rig::with(&queue, config("orders").breaker(breaker), handler);
    queue.until("many calls", |queue| queue.counts().received > 200).await;
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "closed")]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_releases_messages_that_are_held() {
    let queue = FakeQueue::default();
    queue.send_many(5);
    let app = Application::out_for(Outage::RefusedUnchecked, Duration::from_secs(3600));
    let rig = Rig::with(&queue, config("orders"), app.clone());
    queue.until("received", |queue| queue.counts().received == 5).await;
    sleep(Duration::from_secs(60)).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!((report.ledger.released, report.ledger.is_clean()), (5, true), "{}", report.ledger);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "released")]), 5.0);
    queue.assert_nothing_is_lost();
    assert_eq!(queue.visible(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_knows_of_an_outage_before_a_message_reaches_it() {
    let queue = FakeQueue::default();
    let begins = Instant::now() + Duration::from_secs(60);
    let ends = begins + Duration::from_secs(120);
    let app = Application { outage: Outage::Refused, begins, ends, calls: Arc::default() };
    let rig = Rig::with(&queue, config("orders"), app.clone());
    sleep(Duration::from_secs(100)).await;
    queue.send_many(10);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(queue.counts().received, 0);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    assert_eq!((queue.most_receives(), app.calls()), (1, 10));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn on_an_idle_queue_the_breaker_is_not_open_longer_than_the_outage() {
    let queue = FakeQueue::default();
    let begins = Instant::now() + Duration::from_secs(60);
    let ends = begins + Duration::from_secs(60);
    let app = Application { outage: Outage::Refused, begins, ends, calls: Arc::default() };
    let rig = Rig::with(&queue, config("orders"), app);
    let open = || rig.scrape().sum("longshore_breaker_state", &[("state", "open")]);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(open(), 1.0);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(open(), 0.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_last_message_has_left_a_quiet_queue_the_breaker_is_not_open() {
    let queue = FakeQueue::default();
    queue.send("bad");
    let handler = |_: Message, _: Context| async { Verdict::outage("answered 500") };
    let rig = Rig::with(&queue, config("orders"), handler);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "open")]), 1.0);
    queue.expire_all();
    sleep(Duration::from_secs(120)).await;
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "open")]), 0.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_began_before_an_outage_do_not_delay_its_end() {
    let queue = FakeQueue::default();
    (0..10).for_each(|_| queue.send("long"));
    let (begins, ends) = (Duration::from_secs(60), Duration::from_secs(120));
    let started = Instant::now();
    let handler = move |message: Message, _: Context| async move {
        if message.body == "long" {
            sleep(Duration::from_secs(3600)).await;
            return Verdict::Done;
        }
        let is_out = (begins..ends).contains(&started.elapsed());
        if is_out { Verdict::outage("answered 503") } else { Verdict::Done }
    };
    let mut config = config("orders").concurrency(20);
    config.handler_timeout = Duration::from_secs(7200);
    let rig = Rig::with(&queue, config, handler);
    sleep(Duration::from_secs(70)).await;
    queue.send_many(40);
    queue.until("the others are deleted", |queue| queue.deleted().len() == 40).await;
    assert!(started.elapsed() < Duration::from_secs(240), "{:?}", started.elapsed());
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_disabled_breaker_closes_when_the_application_is_reachable_again() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    let mut breaker = BreakerConfig::default();
    breaker.enabled = false;
    let recovers = Instant::now() + Duration::from_secs(30);
    let handler = move |_: Message, _: Context| async move {
        if Instant::now() < recovers {
            return Verdict::unavailable("refused");
        }
        Verdict::outage("answered 500")
    };
    let rig = Rig::with(&queue, config("orders").breaker(breaker), handler);
    queue.until("many calls", |queue| queue.counts().received > 200).await;
    assert_eq!(rig.scrape().sum("longshore_breaker_state", &[("state", "closed")]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_until_empty_ends_when_the_application_stays_away() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let app = Application::out_for(Outage::Refused, Duration::from_secs(36_000));
    let rig = Rig::build(&queue, config("orders"), app, WorkerBuilder::until_empty);
    let started = Instant::now();
    let (report, _) = rig.end().await;
    assert!(started.elapsed() < Duration::from_secs(400), "{:?}", started.elapsed());
    assert_eq!(queue.visible(), 3);
    assert!(format!("{report:?}").contains("circuit breaker stayed open"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_until_empty_ends_when_its_last_message_always_fails() {
    let queue = FakeQueue::default();
    queue.send("bad");
    let handler = |_: Message, _: Context| async { Verdict::outage("answered 500") };
    let rig = Rig::build(&queue, config("orders"), handler, WorkerBuilder::until_empty);
    let started = Instant::now();
    rig.end().await;
    assert!(started.elapsed() < Duration::from_secs(400), "{:?}", started.elapsed());
    assert_eq!(queue.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_an_outage_does_not_receive_its_own_messages_again() {
    let queue = FakeQueue::default();
    queue.send("m");
    let begins = Instant::now();
    let app = Application::out_for(Outage::RefusedUnchecked, Duration::from_secs(3600));
    // The message is released while the receive that looks for a second one is open.
    let handler = move |message: Message, context: Context| {
        let app = app.clone();
        async move {
            match begins.elapsed() < Duration::from_secs(30) {
                true => Verdict::outage("answered 503"),
                false => app.handle(message, context).await,
            }
        }
    };
    let rig = Rig::with(&queue, config("orders"), handler);
    queue
        .until("it looks for a second message", |queue| {
            begins.elapsed() > Duration::from_secs(10) && queue.open_polls() == 1
        })
        .await;
    queue.until("the application is away", |_| begins.elapsed() > Duration::from_secs(40)).await;
    let (report, _) = rig.stop().await;
    assert!(report.ledger.is_clean(), "{}", report.ledger);
    assert_eq!((queue.most_receives(), queue.len()), (1, 1));
}

/// Calls of a FIFO queue are few, because each group has one at a time, and those behind a failed
/// message use up their receives with it.
#[tokio::test(start_paused = true)]
async fn a_short_outage_makes_no_dead_letters_of_a_fifo_queue() {
    for groups in 1..=8 {
        let queue = FakeQueue::new();
        queue.redrive_after(3);
        for n in 0..20 {
            (0..groups).for_each(|group| queue.send_in_group(&group.to_string(), &n.to_string()));
        }
        let began = Instant::now();
        let (begins, ends) = (began + SECOND, began + 21 * SECOND);
        let handler = move |_: Message, _: Context| async move {
            sleep(Duration::from_millis(100)).await;
            let is_out = (begins..ends).contains(&Instant::now());
            if is_out { Verdict::outage("status 503") } else { Verdict::Done }
        };
        let config = config("orders.fifo").gather(Duration::ZERO);
        let rig = Rig::with(&queue, config, handler);
        let all = 20 * groups;
        queue.until("all deleted", |queue| queue.deleted().len() == all).await;
        assert!(queue.most_receives() <= 2, "{groups} groups: {} receives", queue.most_receives());
        rig.stop().await;
    }
}

/// Pairs of calls fail and succeed in turn, so that many failed messages are in doubt.
#[tokio::test(start_paused = true)]
async fn messages_in_doubt_are_bounded() {
    let queue = FakeQueue::new();
    queue.send_many(5000);
    let calls = Arc::new(AtomicUsize::new(0));
    let handler = move |_: Message, _: Context| {
        let fails = calls.fetch_add(1, SeqCst) % 4 < 2;
        async move {
            sleep(Duration::from_millis(10)).await;
            if fails { Verdict::outage("status 503") } else { Verdict::Done }
        }
    };
    let config = config("orders").concurrency(10).gather(Duration::ZERO);
    let rig = Rig::with(&queue, config, handler);
    for _ in 0..100 {
        sleep(Duration::from_millis(50)).await;
        let in_flight = rig.scrape().sum("longshore_messages_in_flight", &[]);
        // Ten with a handler, ten in doubt, ten received in advance, and those being settled.
        assert!(in_flight <= 50.0, "{in_flight}");
    }
    rig.stop().await;
}
