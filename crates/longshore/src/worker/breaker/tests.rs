//! The states of a circuit breaker, by the outcomes of calls and checks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::time::Instant;

use super::Breaker;
use super::state::{Phase, Step, Ticket};
use crate::config::{BreakerConfig, QueueConfig};
use crate::handler::{Context, Handler, NotReady, Verdict};
use crate::queue::Message;
use crate::telemetry::Metrics;
use crate::worker::disposition::Outcome;
use crate::worker::routing::Routing;

/// An application whose readiness the test sets.
#[derive(Clone)]
struct Application {
    is_ready: Arc<AtomicBool>,
}

impl Handler for Application {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        unreachable!("the tests report the outcomes themselves")
    }

    async fn check(&self) -> Result<(), NotReady> {
        let refused = || NotReady::Unreachable("refused".to_owned());
        self.is_ready.load(Relaxed).then_some(()).ok_or_else(refused)
    }
}

/// A closed breaker that compares ten calls, and its application.
async fn closed() -> (Arc<Breaker>, Application) {
    let application = Application { is_ready: Arc::new(AtomicBool::new(true)) };
    let config = QueueConfig::builder("orders").build().unwrap();
    let metrics = Metrics::new().register(&config);
    let routing = Routing::of(application.clone());
    let breaker = Breaker::new(BreakerConfig::default(), 8, routing, metrics);
    assert!(breaker.check().await && breaker.is_closed());
    (breaker, application)
}

fn calls(breaker: &Breaker, count: usize, outcome: &Outcome) {
    for _ in 0..count {
        breaker.call_ended(breaker.round(), outcome);
    }
}

const FAILED: Outcome = Outcome::TimedOut;

#[tokio::test(start_paused = true)]
async fn nine_of_ten_failed_calls_open_the_breaker() {
    let (breaker, _) = closed().await;
    calls(&breaker, 1, &Outcome::Done);
    calls(&breaker, 8, &FAILED);
    assert!(breaker.is_closed());
    calls(&breaker, 1, &FAILED);
    assert!(breaker.is_open());
}

#[tokio::test(start_paused = true)]
async fn one_of_ten_failed_calls_does_not_open_the_breaker() {
    let (breaker, _) = closed().await;
    calls(&breaker, 9, &Outcome::Done);
    calls(&breaker, 1, &FAILED);
    assert!(breaker.is_closed());
}

#[tokio::test(start_paused = true)]
async fn a_message_is_in_doubt_after_two_failed_calls_in_a_row() {
    let (breaker, _) = closed().await;
    calls(&breaker, 1, &Outcome::Done);
    calls(&breaker, 1, &FAILED);
    assert_eq!(breaker.doubt(None), None);
    calls(&breaker, 1, &FAILED);
    assert!(breaker.doubt(None).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_began_before_the_breaker_opened_does_not_close_it() {
    let (breaker, _) = closed().await;
    let before = breaker.round();
    calls(&breaker, 1, &Outcome::Unavailable { reason: "refused".to_owned() });
    assert_eq!((breaker.is_open(), breaker.round()), (true, before + 1));
    breaker.call_ended(before, &Outcome::Done);
    assert!(breaker.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_check_half_opens_an_idle_breaker_that_a_check_opened() {
    let (breaker, application) = closed().await;
    application.is_ready.store(false, Relaxed);
    assert!(!breaker.check().await && breaker.is_open());
    application.is_ready.store(true, Relaxed);
    breaker.begin_hold();
    assert!(breaker.check().await && breaker.is_open(), "the held message is tried");

    let (breaker, application) = closed().await;
    application.is_ready.store(false, Relaxed);
    assert!(!breaker.check().await && breaker.is_open());
    application.is_ready.store(true, Relaxed);
    assert!(breaker.check().await && !breaker.is_open());
    assert_eq!(breaker.room(|| 0).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_breaker_tries_the_first_messages_up_to_its_limit() {
    let (breaker, _) = closed().await;
    let mut state = breaker.lock();
    let now = Instant::now();
    let tickets = [false, false].map(|failed| state.enqueue(failed));
    let [first, second] = tickets.map(|number| Ticket { number, hold_ends: now });
    state.phase = Phase::HalfOpen { allowed: 2, trying: 0 };
    assert!(matches!(state.step(second, false, now), Step::Wait(_)));
    assert!(matches!(state.step(first, false, now), Step::Call(true)));
    assert!(matches!(state.step(first, false, now), Step::Call(true)));
    assert!(matches!(state.step(first, false, now), Step::Wait(_)));
}
