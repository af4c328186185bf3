//! Figures: one source, three places.

use std::time::Duration;

use longshore::queue::Action;
use longshore::{Context, Message, Verdict};
use tokio::time::sleep;

use super::{Look, text};
use crate::support::{FakeQueue, Rig, Scrape, config};

/// Takes as many seconds as the message says, and fails the first time if it says so.
async fn handle(message: Message, _: Context) -> Verdict {
    let (seconds, again) = message.body.split_once(' ').unwrap_or((&message.body, ""));
    sleep(Duration::from_millis(seconds.parse().unwrap())).await;
    if again == "twice" && message.receive_count == 1 {
        return Verdict::retry_after(Duration::from_secs(1), "once more");
    }
    Verdict::Done
}

/// A worker that has handled five messages within a minute, one of them twice.
async fn worked() -> Rig {
    let queue = FakeQueue::default();
    ["3", "20", "20", "700", "6000 twice"].iter().for_each(|body| queue.send(body));
    let mut config = config("orders");
    config.wait = Duration::from_secs(10);
    let rig = Rig::with(&queue, config, handle);
    // In addition to the 11 requests of the worker.
    rig.metrics.queues()[0].billed(Action::Receive, 1_000);
    for _ in 0..60 {
        sleep(Duration::from_secs(1)).await;
        rig.metrics.observe();
    }
    rig
}

#[tokio::test(start_paused = true)]
async fn every_figure_equals_the_figure_of_slo() {
    let rig = worked().await;
    let look = Look::at(&rig);
    let figures = look.all("[data-slo]");
    assert!(figures.len() >= 30, "{}", figures.len());
    for figure in figures {
        let pointer = figure.attr("data-slo").unwrap();
        let value = look.report.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in /slo"));
        let shown = figure.attr("value").unwrap();
        assert_eq!(shown.parse().ok(), value.as_f64(), "{pointer}");
        assert!(!text(figure).is_empty(), "{pointer}");
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn counts_of_messages_are_shown() {
    let rig = worked().await;
    let look = Look::at(&rig);
    let shown = |pointer: &str| look.text(&format!(".queue [data-slo='/queues/0/{pointer}']"));
    assert_eq!(shown("work/deleted"), "5");
    assert_eq!(shown("work/handler_errors"), "1");
    assert_eq!(shown("work/in_flight"), "0");
    assert_eq!(shown("work/pollers"), "1");
    // The sixth failed after 6 s, and was processed in 6 s: above the 5 s of the objective.
    assert_eq!((shown("slos/1/good"), shown("slos/1/bad")), ("4".to_owned(), "1".to_owned()));
    assert_eq!(shown("slos/0/objective"), "99.9 %");
    // 1,011 requests a minute for 30 days, at $0.40 a million.
    assert_eq!(shown("cost/projected_spend_per_month_usd"), "$17.47");
    assert_eq!(shown("cost/projected_waste_per_month_usd"), "$0.04");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn counts_equal_the_metrics() {
    let rig = worked().await;
    let (look, scrape) = (Look::at(&rig), rig.scrape());
    let queue = &look.report["queues"][0];
    for slo in queue["slos"].as_array().unwrap() {
        for result in ["good", "bad"] {
            let labels = [("slo", slo["slo"].as_str().unwrap()), ("result", result)];
            let counted = scrape.sum("longshore_slo_events_total", &labels);
            assert_eq!(slo[result].as_f64(), Some(counted), "{labels:?}");
        }
    }
    for (key, metric) in [
        ("in_flight", "longshore_messages_in_flight"),
        ("held", "longshore_messages_held"),
        ("pollers", "longshore_pollers"),
        ("handler_errors", "longshore_handler_errors_total"),
        ("received", "longshore_messages_received_total"),
    ] {
        assert_eq!(queue["work"][key].as_f64(), Some(scrape.sum(metric, &[])), "{key}");
    }
    assert_same_distribution(queue, &scrape);
    rig.stop().await;
}

fn assert_same_distribution(queue: &serde_json::Value, scrape: &Scrape) {
    let (mut below, mut compared) = (0.0, 0);
    for bucket in queue["latency"]["buckets"].as_array().unwrap() {
        below += bucket["count"].as_f64().unwrap();
        let bound = match bucket["at_most_seconds"].as_f64() {
            Some(bound) => bound.to_string(),
            None => "+Inf".to_owned(),
        };
        let metric = "longshore_processing_duration_seconds_bucket";
        let le = ("le", bound.as_str());
        if scrape.samples().any(|(name, have, _)| name == metric && have.get(le.0) == Some(&le.1)) {
            assert_eq!(below, scrape.sum(metric, &[le]), "{bound}");
            compared += 1;
        }
    }
    assert_eq!(compared, 9, "the metric has 8 bounds");
    assert_eq!(below, 6.0);
    assert_eq!(queue["latency"]["half_within_seconds"], 0.025);
}

#[tokio::test(start_paused = true)]
async fn messages_with_a_running_handler_are_in_flight() {
    let queue = FakeQueue::default();
    ["90000", "90000", "90000"].iter().for_each(|body| queue.send(body));
    let mut config = config("orders");
    config.concurrency = 3;
    let rig = Rig::with(&queue, config, handle);
    sleep(Duration::from_secs(30)).await;
    let look = Look::at(&rig);
    assert_eq!(look.text("[data-slo='/queues/0/work/in_flight']"), "3");
    assert_eq!(look.text("[data-slo='/fleet/in_flight']"), "3");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_failures_have_reason_message_trace_and_time() {
    let queue = FakeQueue::default();
    queue.send_many(12);
    let reason = "<b>no luck</b> ".repeat(400);
    let fail = move |_: Message, _: Context| {
        let reason = reason.clone();
        async move { Verdict::retry_after(Duration::from_secs(3600), reason) }
    };
    let rig = Rig::start(&queue, fail);
    sleep(Duration::from_secs(30)).await;
    let look = Look::at(&rig);
    let [failure] = &look.report["queues"][0]["failures"].as_array().unwrap()[..] else {
        panic!("not one reason: {}", look.report["queues"][0]["failures"])
    };
    assert_eq!((failure["count"].as_u64(), failure["ending"].as_str()), (Some(12), Some("retry")));
    let shown = look.text(".failures li");
    assert!(shown.starts_with("<b>no luck</b>") && shown.contains("…"), "{shown}");
    for key in ["message_id", "reason", "receive_count"] {
        let value = failure[key].as_str().map_or(failure[key].to_string(), str::to_owned);
        assert!(shown.contains(value.trim()), "{key}: {shown}");
    }
    assert!(!look.page.html().contains("<b>no"), "the reason is escaped");
    assert_eq!(look.all(".failures time")[0].attr("datetime"), failure["at"].as_str());
    assert_eq!(look.text("[data-slo='/queues/0/work/failed_call_ratio']"), "100 %");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_sqs_has_not_reported_is_unknown_and_not_zero() {
    let queue = FakeQueue::default();
    queue.never_answer_attributes();
    let rig = Rig::start(&queue, handle);
    sleep(Duration::from_secs(1)).await;
    let look = Look::at(&rig);
    for (key, expected) in [
        ("dead_letters", "unknown"),
        ("oldest_received_seconds", "unknown"),
        ("failed_call_ratio", "no call"),
        ("waiting", "not reported yet"),
    ] {
        assert!(look.report["queues"][0]["work"][key].is_null(), "{key}");
        assert_eq!(look.text(&format!("[data-slo='/queues/0/work/{key}']")), expected);
    }
    assert_eq!(look.text(".place"), "Region and account: unknown");
    assert!(look.report["queues"][0]["region"].is_null());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_page_names_the_region_the_dead_letters_and_the_oldest_message() {
    let queue = FakeQueue::default();
    queue.redrive_after(3);
    queue.report_dead_letters(7, Duration::from_secs(14 * 86_400));
    let rig = Rig::start(&queue, handle);
    sleep(Duration::from_secs(60)).await;
    let look = Look::at(&rig);
    let shown = |key: &str| look.text(&format!(".queue [data-slo='/queues/0/work/{key}']"));
    assert_eq!(shown("dead_letters"), "7");
    assert_eq!(shown("oldest_received_seconds"), "below 1 s");
    let queue = &look.report["queues"][0];
    let (region, account) = (queue["region"].as_str(), queue["account"].as_str());
    let place = look.text(".place");
    assert!(place.contains(region.unwrap()) && place.contains(account.unwrap()), "{place}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_without_a_dead_letter_queue_has_no_depth() {
    let rig = Rig::start(&FakeQueue::default(), handle);
    sleep(Duration::from_secs(60)).await;
    let look = Look::at(&rig);
    assert_eq!(look.text("[data-slo='/queues/0/work/dead_letters']"), "none");
    assert_eq!(look.report["queues"][0]["work"]["has_dead_letter_queue"], false);
    rig.stop().await;
}
