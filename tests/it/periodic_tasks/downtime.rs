//! Runs that are due while no replica runs, and clocks that jump.

use longshore::queue::TableValue;
use tokio::time::sleep;

use super::scene::{Replica, SECOND, START, WallClock, minutes, task, times};
use super::table::FakeTable;
use crate::support::FakeQueue;

const KEY: &str = "us-east-1/1/orders/backup";

#[tokio::test(start_paused = true)]
async fn the_first_start_sends_no_run_of_before() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("0 10 * * *"));
    minutes(10).await;
    assert_eq!((queue.outgoing(), replica.runs()), (Vec::new(), [0.0; 4]));
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_during_a_downtime_is_sent_at_the_next_start() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = || Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
    let first = replica();
    sleep(10 * SECOND).await;
    first.stop().await;
    minutes(4).await;
    let second = replica();
    sleep(SECOND).await;
    assert_eq!(times(&queue.outgoing()), ["10:01"]);
    assert_eq!(second.runs(), [0.0, 1.0, 0.0, 0.0]);
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn runs_of_a_longer_downtime_are_counted_and_the_last_one_is_sent_if_it_is_recent() {
    for (schedule, sent, runs) in [
        ("1,2,5,20 10 * * *", vec!["10:20"], [0.0, 1.0, 3.0, 0.0]),
        ("1 10 * * *", vec![], [0.0, 0.0, 1.0, 0.0]),
    ] {
        let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
        let replica = || Replica::start(&clock, &table, queue.clone(), task(schedule));
        let first = replica();
        sleep(10 * SECOND).await;
        first.stop().await;
        minutes(21).await;
        // Both count the runs together, and once.
        let (second, third) = (replica(), replica());
        sleep(SECOND).await;
        assert_eq!(times(&queue.outgoing()), sent, "{schedule}");
        let early = second.runs()[2] + third.runs()[2];
        assert_eq!(early, 0.0, "no scrape has seen the counters at zero yet");
        minutes(2).await;
        let counted: Vec<_> =
            second.runs().iter().zip(third.runs()).map(|(one, other)| one + other).collect();
        assert_eq!(counted, runs, "{schedule}");
        second.stop().await;
        third.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_does_not_know_the_runs_of_its_downtime() {
    let (clock, queue) = (WallClock::new(), FakeQueue::new());
    let replica = || Replica::leader(&clock, &queue, task("1 10 * * *"));
    let first = replica();
    sleep(10 * SECOND).await;
    first.stop().await;
    minutes(1).await;
    let second = replica();
    minutes(2).await;
    assert_eq!((queue.outgoing(), second.runs()), (Vec::new(), [0.0; 4]));
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_suspension_the_last_run_is_sent_and_the_others_are_counted() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("* * * * *"));
    sleep(SECOND).await;
    clock.jump(3600);
    // The clock is read every 10 s.
    sleep(10 * SECOND).await;
    assert_eq!(times(&queue.outgoing()), ["11:00"]);
    minutes(1).await;
    assert_eq!(replica.runs(), [2.0, 0.0, 59.0, 0.0]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_sends_no_run_again() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("* * * * *"));
    minutes(3).await;
    clock.jump(-120);
    minutes(3).await;
    assert_eq!(times(&queue.outgoing()), ["10:01", "10:02", "10:03", "10:04"]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_replica_whose_clock_is_a_year_ahead_does_not_stop_the_others() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let run = i64::try_from(START).unwrap() + 365 * 86_400;
    let item = [
        ("run".to_owned(), TableValue::Number(run)),
        ("state".to_owned(), TableValue::Text("done".to_owned())),
    ];
    table.put(KEY, item.into());
    let replica = Replica::start(&clock, &table, queue.clone(), task("* * * * *"));
    minutes(2).await;
    assert_eq!(times(&queue.outgoing()), ["10:01", "10:02"]);
    assert_eq!(replica.runs(), [2.0, 0.0, 0.0, 0.0]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_clock_was_ahead_sends_again_after_it_is_set() {
    let (clock, queue) = (WallClock::new(), FakeQueue::new());
    let replica = Replica::leader(&clock, &queue, task("* * * * *"));
    clock.jump(365 * 86_400);
    minutes(1).await;
    clock.jump(-365 * 86_400);
    let before = queue.outgoing().len();
    minutes(3).await;
    assert!(queue.outgoing().len() >= before + 2, "{:?}", queue.outgoing());
    replica.stop().await;
}
