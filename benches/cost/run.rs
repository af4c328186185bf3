//! One strategy in one scenario, in virtual time.

use std::collections::VecDeque;
use std::time::Duration;

use longshore::Stop;
use longshore::testing::{FakeQueue, Simulation};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep_until};

use super::SEED;
use super::handler::Handler;
use super::measured::{Measured, Wait};
use super::scenario::Scenario;
use super::strategy::Strategy;
use super::traffic::Traffic;
use super::{ROUND_TRIP, worker};

/// Runs the strategy. Panics if a message is lost, or if the counts of Longshore differ from those
/// of the queue.
pub fn run(scenario: &Scenario, strategy: Strategy) -> Measured {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O always builds").block_on(play(scenario, strategy))
}

async fn play(scenario: &Scenario, strategy: Strategy) -> Measured {
    let began = Instant::now();
    let end = began + scenario.length();
    let arrivals = scenario.traffic.arrivals(SEED, scenario.length());
    let coming: VecDeque<Instant> = arrivals.into_iter().map(|at| began + at).collect();
    let backlog_until = (scenario.traffic == Traffic::Backlog).then_some(end);
    let mut simulation = Simulation::default();
    (simulation.arrivals, simulation.backlog_until) = (coming, backlog_until);
    (simulation.round_trip, simulation.groups) = (ROUND_TRIP, scenario.groups);
    let queue = FakeQueue::simulated(simulation);
    let handler = Handler::new(scenario.handling, SEED);
    let stop = Stop::new();
    let measuring = async {
        sleep_until(began + scenario.warm_up).await;
        let before = queue.counts();
        sleep_until(end).await;
        stop.begin();
        let counts = queue.counts();
        (counts.since(before), counts.redelivered, queue.visible())
    };
    let consumers = strategy.run(scenario, &queue, &handler, &stop);
    let ((counts, redelivered, left), own) = tokio::join!(measuring, consumers);
    queue.assert_nothing_is_lost();
    match own {
        Some(own) => {
            worker::assert_counts_agree(own, queue.counts());
            assert_eq!(redelivered, 0, "a message in flight was redelivered");
        }
        None => {
            assert_eq!(
                handler.starts(),
                queue.counts().received,
                "each message received is handled"
            );
        }
    }
    let waits = match scenario.traffic {
        Traffic::Backlog => Vec::new(),
        _ => waits(handler.waits(&queue.arrived()), began, began + scenario.warm_up),
    };
    Measured { counts, waits, left }
}

/// The waits without the time that the response to an open receive takes in any case.
fn waits(waits: Vec<(Instant, Option<Duration>)>, began: Instant, from: Instant) -> Vec<Wait> {
    let added = |wait: Duration| wait.saturating_sub(ROUND_TRIP / 2);
    let arrivals = waits.into_iter().filter(|(arrived, _)| *arrived >= from);
    arrivals
        .map(|(arrived, wait)| Wait { arrived: arrived - began, added: wait.map(added) })
        .collect()
}
