//! Routes: which handler gets a message, in which order, and what the metrics say.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::{BatchConfig, OnReject, QueueConfigBuilder};
use longshore::handler::{Condition, Routes};
use longshore::worker::BuildError;
use longshore::{BatchHandler, Context, Handler, Message, NotReady, Verdict, Worker};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, Scrape, config};

/// What each handler got, in order.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note(&self, call: String) {
        self.0.lock().unwrap().push(call);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// A handler that notes its name and the body.
    fn handler(&self, name: &'static str) -> impl Handler + use<> {
        let calls = self.clone();
        move |message: Message, _: Context| {
            let calls = calls.clone();
            async move { calls.note(format!("{name}: {}", message.body)) }
        }
    }
}

/// Notes its name and all bodies of a call, which takes 100 ms.
struct Batches(&'static str, Calls);

impl BatchHandler for Batches {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let bodies: Vec<_> = messages.iter().map(|message| &*message.body).collect();
        self.1.note(format!("{}: {}", self.0, bodies.join(" ")));
        sleep(Duration::from_millis(100)).await;
        messages.iter().map(|_| Verdict::Done).collect()
    }
}

/// The body is this text, without JSON around it.
fn body(text: &str) -> Condition {
    Condition::body("").unwrap().starts_with(text)
}

fn start(queue: &FakeQueue, config: QueueConfigBuilder, routes: Routes) -> Rig {
    Rig::run(Worker::builder().add_routes(config.build().unwrap(), queue.clone(), routes))
}

fn ended(scrape: &Scrape, route: &str, outcome: &str) -> f64 {
    let labels = [("route", route), ("outcome", outcome)];
    scrape.sum("longshore_processing_duration_seconds_count", &labels)
}

#[tokio::test(start_paused = true)]
async fn each_message_goes_to_the_first_route_that_takes_it() {
    let (queue, calls) = (FakeQueue::new(), Calls::default());
    for text in ["\"refund\"", "\"return\"", "\"order\"", "order"] {
        queue.send(text);
    }
    let routes = Routes::with_default(calls.handler("default"))
        .route("refunds", body("ref"), calls.handler("refunds"))
        .route("others", body("re"), calls.handler("others"));
    let rig = start(&queue, config("orders").concurrency(1), routes);
    queue.until("all deleted", |queue| queue.deleted().len() == 4).await;
    let expected =
        ["refunds: \"refund\"", "others: \"return\"", "default: \"order\"", "default: order"];
    assert_eq!(calls.all(), expected);
    let (_, scrape) = rig.stop().await;
    let counts = ["refunds", "others", "default"].map(|route| ended(&scrape, route, "done"));
    assert_eq!(counts, [1.0, 1.0, 2.0]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_no_route_takes_are_rejected_or_retried() {
    let known = || body("known");
    let queue = FakeQueue::new();
    queue.send("unknown");
    let routes = Routes::rejecting_others().route("known", known(), Calls::default().handler(""));
    let rig = start(&queue, config("orders").on_reject(OnReject::Delete), routes);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(ended(&scrape, "default", "reject"), 1.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "rejected")]), 1.0);
    assert_eq!(
        scrape.sum("longshore_slo_events_total", &[("slo", "delivery"), ("result", "bad")]),
        1.0
    );

    let queue = FakeQueue::new();
    queue.send("unknown");
    let routes = Routes::retrying_others().route("known", known(), Calls::default().handler(""));
    let rig = start(&queue, config("orders"), routes);
    queue.until("returned", |queue| queue.most_receives() == 2).await;
    let (_, scrape) = rig.stop().await;
    assert!(ended(&scrape, "default", "retry") >= 1.0);
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[("route", "known")]), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_messages_of_one_route() {
    let (queue, calls) = (FakeQueue::new(), Calls::default());
    for text in ["\"a1\"", "\"b1\"", "\"a2\"", "\"b2\"", "c1"] {
        queue.send(text);
    }
    let routes = Routes::with_default(calls.handler("single"))
        .batch_route("a", body("a"), Batches("a", calls.clone()))
        .batch_route("b", body("b"), Batches("b", calls.clone()));
    let batch = BatchConfig::new(10, Duration::from_millis(200));
    let rig = start(&queue, config("orders").batch(Some(batch)), routes);
    queue.until("all deleted", |queue| queue.deleted().len() == 5).await;
    let mut all = calls.all();
    all.sort();
    assert_eq!(all, ["a: \"a1\" \"a2\"", "b: \"b1\" \"b2\"", "single: c1"]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_keeps_its_order_over_routes_with_batches() {
    let (queue, calls) = (FakeQueue::new(), Calls::default());
    for text in ["\"a1\"", "\"a2\"", "\"b1\"", "s1", "\"a3\"", "\"b2\"", "\"b3\""] {
        queue.send_in_group("group", text);
    }
    let routes = Routes::with_default(calls.handler("single"))
        .batch_route("a", body("a"), Batches("a", calls.clone()))
        .batch_route("b", body("b"), Batches("b", calls.clone()));
    let batch = BatchConfig::new(10, Duration::from_millis(200));
    let rig = start(&queue, config("orders.fifo").batch(Some(batch)), routes);
    queue.until("all deleted", |queue| queue.deleted().len() == 7).await;
    let expected = ["a: \"a1\" \"a2\"", "b: \"b1\"", "single: s1", "a: \"a3\"", "b: \"b2\" \"b3\""];
    assert_eq!(calls.all(), expected);
    rig.stop().await;
}

/// An application that is not there.
struct Absent;

impl Handler for Absent {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        Verdict::unavailable("connection refused")
    }

    async fn check(&self) -> Result<(), NotReady> {
        Err(NotReady::Unreachable("connection refused".to_owned()))
    }
}

#[tokio::test(start_paused = true)]
async fn the_queue_waits_until_the_application_of_every_route_is_there() {
    let (queue, calls) = (FakeQueue::new(), Calls::default());
    queue.send("crate");
    let routes =
        Routes::with_default(calls.handler("default")).route("absent", body("absent"), Absent);
    let rig = start(&queue, config("orders"), routes);
    sleep(Duration::from_secs(120)).await;
    assert_eq!((calls.all().len(), queue.counts().receives()), (0, 0));
    let scrape = rig.scrape();
    assert_eq!(scrape.sum("longshore_breaker_state", &[("state", "open")]), 1.0);
    rig.stop().await;
}

#[test]
fn routes_without_a_name_of_their_own_are_refused() {
    let build = |routes: Routes| {
        let orders = config("orders").build().unwrap();
        Worker::builder().add_routes(orders, FakeQueue::new(), routes).build()
    };
    let with = |names: &[&str]| {
        let add = |routes: Routes, name: &&str| {
            routes.route(*name, body("a"), Calls::default().handler("a"))
        };
        names.iter().fold(Routes::rejecting_others(), add)
    };
    for (names, expected) in [
        (&[][..], "found 0, expected 1 to 50"),
        (&["a", "b", "a"], "two have the name `a`"),
        (&["default"], "found the name `default`, expected 1 to 64 letters"),
        (&["a b"], "found the name `a b`, expected 1 to 64 letters"),
    ] {
        let error = build(with(names)).unwrap_err();
        assert!(matches!(error, BuildError::InvalidRoutes { .. }), "{error}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("the routes of queue `orders`: {expected}")), "{text}");
    }
    assert!(build(with(&["a", "b"])).is_ok());
}

/// Otherwise they would hide an outage, and the messages of the application would become dead letters.
#[tokio::test(start_paused = true)]
async fn messages_that_no_route_takes_say_nothing_about_the_application() {
    let queue = FakeQueue::new();
    queue.send("\"known\"");
    let outage = |_: Message, _: Context| async { Verdict::outage("answered 503") };
    let routes = Routes::rejecting_others().route("known", body("known"), outage);
    let rig = start(&queue, config("orders").on_reject(OnReject::Delete), routes);
    let is_open = || {
        let scrape = rig.scrape();
        scrape.sum("longshore_breaker_state", &[("state", "open")]) == 1.0
    };
    for _ in 0..60 {
        if is_open() {
            break;
        }
        queue.send("unknown");
        sleep(Duration::from_secs(1)).await;
    }
    assert!(is_open(), "{:?}", queue.calls());
    assert_eq!(queue.most_receives(), 1);
    rig.stop().await;
}
