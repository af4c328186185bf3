//! One strategy in one scenario, in virtual time, from the first request to the last message settled.

use std::collections::VecDeque;
use std::time::Duration;

use longshore::Stop;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep_until};

use super::SEED;
use super::handler::Handler;
use super::line::Line;
use super::measured::{Measured, Wait};
use super::scenario::Scenario;
use super::sqs::{ROUND_TRIP, Sqs};
use super::strategy::Strategy;
use super::traffic::Traffic;
use super::worker;

/// Plays it. Panics where a message is lost, or where Longshore's counts are not the queue's.
pub fn run(scenario: &Scenario, strategy: Strategy) -> Measured {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O needs nothing").block_on(play(scenario, strategy))
}

async fn play(scenario: &Scenario, strategy: Strategy) -> Measured {
    let began = Instant::now();
    let end = began + scenario.length();
    let arrivals = scenario.traffic.arrivals(SEED, scenario.length());
    let coming: VecDeque<Instant> = arrivals.into_iter().map(|at| began + at).collect();
    let backlog_until = (scenario.traffic == Traffic::Backlog).then_some(end);
    let queue = Sqs::open(Line::new(coming, backlog_until));
    let handler = Handler::new(queue.clone(), scenario.handling, SEED);
    let stop = Stop::new();
    let measuring = async {
        sleep_until(began + scenario.warm_up).await;
        let before = queue.counts();
        sleep_until(end).await;
        stop.begin();
        let counts = queue.counts();
        (counts.since(before), counts.redelivered, queue.line().visible())
    };
    let consumers = strategy.run(scenario, &queue, &handler, &stop);
    let ((counts, redelivered, left), own) = tokio::join!(measuring, consumers);
    queue.line().assert_nothing_is_lost(Instant::now());
    match own {
        Some(own) => {
            worker::assert_counts_agree(own, queue.counts());
            assert_eq!(redelivered, 0, "a message in hand was given to somebody else");
        }
        None => {
            let starts = queue.line().starts();
            assert_eq!(starts, queue.counts().received, "each message received is handled");
        }
    }
    let waits = match scenario.traffic {
        Traffic::Backlog => Vec::new(),
        _ => waits(&queue.line(), began, began + scenario.warm_up),
    };
    Measured { counts, waits, left }
}

/// What a message has to wait in any case is the answer's way, to a receive that was open already.
fn waits(line: &Line, began: Instant, from: Instant) -> Vec<Wait> {
    let added = |wait: Duration| wait.saturating_sub(ROUND_TRIP / 2);
    let arrivals = line.waits().into_iter().filter(|(arrived, _)| *arrived >= from);
    arrivals
        .map(|(arrived, wait)| Wait { arrived: arrived - began, added: wait.map(added) })
        .collect()
}
