//! Fair queues: the message groups that send most, in the report and on the page.

use std::time::Duration;

use longshore::admin::{Selection, status_page};
use longshore::report::Report;
use longshore::{Context, Message, Verdict};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, config};

const SECOND: Duration = Duration::from_secs(1);

fn report(rig: &Rig) -> Value {
    serde_json::to_value(Report::new(&rig.metrics, &rig.health)).unwrap()
}

/// One slot, so that messages wait for one another: a second each. The fake queue returns one of each
/// group in turn.
#[tokio::test(start_paused = true)]
async fn the_busiest_groups_are_shown_with_the_waits_of_their_messages() {
    let queue = FakeQueue::new();
    (0..3).for_each(|n| queue.send_in_group("acme <1>", &format!("a{n}")));
    queue.send_in_group("quiet", "q0");
    queue.send("without a group");
    let handler = |message: Message, _: Context| async move {
        sleep(SECOND).await;
        // A message that comes again does not count again.
        let fails = message.body == "q0" && message.receive_count == 1;
        if fails { Verdict::retry("once") } else { Verdict::Done }
    };
    let rig = Rig::with(&queue, config("orders").concurrency(1), handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 5).await;
    let groups = &report(&rig)["queues"][0]["groups"];
    assert_eq!((&groups["messages"], &groups["other_messages"]), (&json!(4), &json!(0)));
    assert_eq!(groups["other_mean_dwell_seconds"], Value::Null);
    // Two clocks are compared, so the waits are not exact.
    let busiest = groups["busiest"].as_array().unwrap().iter().map(|group| {
        let seconds = |name: &str| group[name].as_f64().unwrap().round() as u64;
        let waits = (seconds("mean_dwell_seconds"), seconds("longest_dwell_seconds"));
        (group["group"].as_str().unwrap(), group["messages"].as_u64().unwrap(), waits)
    });
    assert_eq!(busiest.collect::<Vec<_>>(), [("acme <1>", 3, (2, 4)), ("quiet", 1, (1, 1))]);
    assert_eq!(groups["busiest"][0]["share"], 0.75);
    let page = status_page(&rig.metrics, &rig.health, &Selection::default());
    assert!(page.contains("<code>acme &#60;1&#62;</code>"), "the id is escaped");
    let metrics = rig.metrics.render();
    assert!(!metrics.contains("acme"), "no id of a group is a label");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_without_groups_has_no_table() {
    let queue = FakeQueue::new();
    queue.send("without a group");
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!(report(&rig)["queues"][0]["groups"], Value::Null);
    let page = status_page(&rig.metrics, &rig.health, &Selection::default());
    assert!(!page.contains("Message groups"));
    rig.stop().await;
}
