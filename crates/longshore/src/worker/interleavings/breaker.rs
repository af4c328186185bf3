//! Every message is processed or returned, whatever the order in which calls end and tasks wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use interleavings::{all, check};
use shuttle::future::{JoinHandle, block_on, spawn, yield_now};

use super::metrics;
use crate::config::BreakerConfig;
use crate::handler::{Context, Handler, NotReady, Verdict};
use crate::queue::Message;
use crate::worker::breaker::{Breaker, Turn};
use crate::worker::disposition::Outcome;
use crate::worker::routing::Routing;

/// Messages that are processed at a time.
const CONCURRENCY: usize = 4;
/// How fast the time passes. The breaker waits for up to 30 s between two tries.
const PAUSE: Duration = Duration::from_secs(5);

/// An application that is unreachable for a number of checks and calls.
#[derive(Clone, Default)]
struct Application {
    unreachable: Arc<AtomicUsize>,
    /// Calls that are interrupted once it is reachable.
    interrupted: Arc<AtomicUsize>,
}

impl Application {
    fn answers(&self) -> bool {
        !takes_one(&self.unreachable)
    }

    async fn called(&self) -> Outcome {
        let answers = self.answers();
        yield_now().await;
        match answers {
            false => Outcome::Unavailable { reason: "refused".to_owned() },
            true if takes_one(&self.interrupted) => Outcome::Interrupted,
            true => Outcome::Done,
        }
    }
}

/// Whether there was one left.
fn takes_one(left: &AtomicUsize) -> bool {
    left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
}

impl Handler for Application {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        unreachable!("the tests call the application themselves")
    }

    async fn check(&self) -> Result<(), NotReady> {
        yield_now().await;
        self.answers().then_some(()).ok_or_else(|| NotReady::Unreachable("refused".to_owned()))
    }
}

fn breaker(application: &Application) -> Arc<Breaker> {
    let routing = Routing::of(application.clone());
    Breaker::new(BreakerConfig::default(), CONCURRENCY, routing, metrics())
}

/// How a message left the breaker.
#[derive(Debug, PartialEq)]
enum Left {
    Processed,
    Returned,
}

/// Calls the application until it processes the message, as the processor does.
async fn process(breaker: &Arc<Breaker>, application: &Application) -> Left {
    let mut held = None;
    loop {
        let call = match breaker.call() {
            Some(call) => call,
            None => {
                let held = held.get_or_insert_with(|| breaker.hold_message());
                match held.turn(false).await {
                    Turn::Try(call) => call,
                    Turn::Return => return Left::Returned,
                }
            }
        };
        let outcome = application.called().await;
        call.ended(&outcome);
        match outcome {
            Outcome::Done => return Left::Processed,
            Outcome::Interrupted => return Left::Returned,
            _ => {}
        }
    }
}

fn messages(
    count: usize,
    breaker: &Arc<Breaker>,
    application: &Application,
) -> Vec<JoinHandle<Left>> {
    let message = |_| {
        let (breaker, application) = (breaker.clone(), application.clone());
        spawn(async move { process(&breaker, &application).await })
    };
    (0..count).map(message).collect()
}

/// Asks for the number of messages that may be received, as poll loops do, until all have left.
fn poll_loop(breaker: &Arc<Breaker>, in_flight: &Arc<AtomicU64>) -> JoinHandle<()> {
    let (breaker, in_flight) = (breaker.clone(), in_flight.clone());
    spawn(async move {
        while in_flight.load(SeqCst) > 0 {
            breaker.room(|| in_flight.load(SeqCst)).await;
            yield_now().await;
        }
    })
}

#[test]
fn messages_that_wait_are_woken_when_the_application_is_ready() {
    for count in [1, CONCURRENCY] {
        check(move |_| {
            let application = Application::default();
            let breaker = breaker(&application);
            let messages = messages(count, &breaker, &application);
            let polling = breaker.clone();
            let room = spawn(async move { polling.room(|| 1).await });
            block_on(async move {
                assert_eq!(room.await.expect("no task panics"), usize::MAX);
                assert!(all(messages).await.iter().all(|left| *left == Left::Processed));
            });
        });
    }
}

#[test]
fn messages_are_processed_after_an_outage_or_returned() {
    check(|time| {
        let application = Application::default();
        let breaker = breaker(&application);
        block_on(async { assert!(breaker.check().await) });
        application.unreachable.store(6, SeqCst);
        application.interrupted.store(1, SeqCst);
        let in_flight = Arc::new(AtomicU64::new(CONCURRENCY as u64));
        let messages = messages(CONCURRENCY, &breaker, &application).into_iter().map(|message| {
            let in_flight = in_flight.clone();
            spawn(async move {
                message.await.expect("no task panics");
                in_flight.fetch_sub(1, SeqCst);
            })
        });
        let tasks: Vec<_> = messages.chain([poll_loop(&breaker, &in_flight)]).collect();
        block_on(async move {
            time.clone().pass(PAUSE, tasks).await;
            // No message, try or call is left that blocks another one. It is received again if the
            // outage lasts.
            let last = spawn(async move {
                for _ in 0..10 {
                    assert!(breaker.room(|| 0).await > 0);
                    if process(&breaker, &application).await == Left::Processed {
                        return Left::Processed;
                    }
                }
                Left::Returned
            });
            assert_eq!(time.pass(PAUSE, [last]).await, [Left::Processed]);
        });
    });
}
