//! The page of many queues: healthy ones are folded, and a filter works without a script.

use std::sync::Arc;
use std::time::Duration;

use longshore::health::{Health, Readiness};
use longshore::outcome::{Ending, ReceiveOutcome, Settled};
use longshore::queue::Delivery;
use longshore::slo::{Judgement, Slo};
use longshore::telemetry::{Metrics, QueueMetrics};
use tokio::time::advance;

use super::{Look, text};
use crate::support::config;

/// The queues of one process, without workers.
struct Fleet {
    metrics: Metrics,
    health: Health,
    queues: Vec<Arc<QueueMetrics>>,
}

impl Fleet {
    /// Queues that have received a message a second for a minute.
    async fn new(names: impl Iterator<Item = String>) -> Self {
        let (metrics, health) = (Metrics::new(), Health::default());
        let register = |name: String| {
            health.set_readiness(&name, Readiness::Polling);
            metrics.register(&config("orders").name(name).build().unwrap())
        };
        let queues: Vec<_> = names.map(register).collect();
        for _ in 0..60 {
            advance(Duration::from_secs(1)).await;
            queues.iter().for_each(|queue| one_message(queue, Ending::Done));
            metrics.observe();
        }
        Self { metrics, health, queues }
    }

    async fn of(number: usize) -> Self {
        Self::new((0..number).map(|number| format!("queue-{number}"))).await
    }

    /// All handler calls of a queue fail from now on.
    fn fails(&self, queue: usize) {
        (0..300).for_each(|_| one_message(&self.queues[queue], Ending::Retry));
    }

    fn look(&self, query: &str) -> Look {
        Look::selected(&self.metrics, &self.health, query)
    }
}

fn one_message(queue: &QueueMetrics, ending: Ending) {
    queue.receive_ended(ReceiveOutcome::Partial, Duration::from_millis(20));
    queue.message_received(Delivery::First);
    queue.handler_ended(0, ending, Duration::from_millis(3), None);
    queue.slo_event(Slo::Latency, Judgement::Good);
    let is_done = ending == Ending::Done;
    queue.message_settled(if is_done { Settled::Deleted } else { Settled::Retried });
}

fn names(look: &Look, selector: &str) -> Vec<String> {
    look.all(selector).into_iter().map(text).collect()
}

#[tokio::test(start_paused = true)]
async fn few_queues_have_all_their_details() {
    let fleet = Fleet::of(4).await;
    let look = fleet.look("");
    assert_eq!(names(&look, ".queue h2"), ["queue-0", "queue-1", "queue-2", "queue-3"]);
    assert_eq!(look.all("details").len() + look.all("form").len(), 0);
    assert_eq!(look.all(".group li").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn healthy_queues_are_folded_and_failing_ones_come_first() {
    let fleet = Fleet::of(100).await;
    fleet.fails(70);
    let look = fleet.look("");
    assert_eq!(
        look.heading(),
        "queue-70: failing – 300 of 360 handler calls failed in the last 5 minutes (1 of 100 queues)"
    );
    assert_eq!(names(&look, "section.group a"), ["queue-70"]);
    assert_eq!(names(&look, ".queue h2"), ["queue-70"], "only its details are on the page");
    assert_eq!(look.text("summary"), "99 queues are well");
    assert_eq!(look.all("details:not([open]) li").len(), 99);
    assert_eq!(look.all("section.group a")[0].attr("href"), Some("#queue-70"));
    let facts = text(look.all("section.group .facts")[0]);
    assert!(facts.starts_with("83.3 % of calls failed"), "{facts}");
}

#[tokio::test(start_paused = true)]
async fn the_size_of_the_page_is_bounded() {
    let mut sizes = Vec::new();
    for (queues, most) in [(1, 50_000), (10, 20_000), (100, 100_000)] {
        let look = Fleet::of(queues).await.look("");
        assert!(look.bytes < most, "{queues} healthy queues: {} bytes", look.bytes);
        sizes.push(look.bytes);
    }
    let fleet = Fleet::of(100).await;
    (0..100).for_each(|queue| fleet.fails(queue));
    let look = fleet.look("");
    assert_eq!((look.all(".queue").len(), look.all("section.group li").len()), (4, 10));
    assert_eq!(look.text("summary"), "90 more queues with problems");
    assert!(look.bytes < 300_000, "100 failing queues: {} bytes", look.bytes);
}

#[tokio::test(start_paused = true)]
async fn a_name_leads_to_the_details_of_its_queue() {
    let fleet = Fleet::new((0..9).map(|number| format!("a&b \"{number}\""))).await;
    let look = fleet.look("q=A%26b");
    let link = look.all("details a")[3].attr("href").unwrap().to_owned();
    let (query, anchor) = link.strip_prefix('?').unwrap().split_once('#').unwrap();
    let look = fleet.look(query);
    assert_eq!(names(&look, ".queue h2"), ["a&b \"3\""]);
    assert_eq!(look.all(&format!("[id='{anchor}']")).len(), 1);
    assert_eq!(look.all("input[name=q]")[0].attr("value"), Some("A&b"), "the filter stays");
    assert!(look.page.errors.is_empty(), "{:?}", look.page.errors);
}

#[tokio::test(start_paused = true)]
async fn a_filter_lists_the_queues_whose_names_contain_it() {
    let fleet = Fleet::of(100).await;
    let look = fleet.look("q=EUE-9");
    assert!(text(look.all("form")[0]).contains("11 of 100 queues"), "{}", look.text("form"));
    assert_eq!(look.all(".group li").len(), 11);
    let look = fleet.look("q=queue-42");
    assert_eq!(names(&look, ".queue h2"), ["queue-42"]);
    assert!(look.heading().contains("100 queues"), "the heading is about all queues");
    let look = fleet.look("q=%3Cscript%3E");
    assert_eq!(look.all(".group, .queue").len(), 0);
    assert!(look.text("main").ends_with("No queue has this text in its name."));
    assert_eq!(look.all("input")[0].attr("value"), Some("<script>"));
}

#[tokio::test(start_paused = true)]
async fn ended_queues_are_apart() {
    let fleet = Fleet::of(6).await;
    fleet.queues[2].ended();
    fleet.queues[4].ended();
    let look = fleet.look("");
    assert_eq!(names(&look, "summary"), ["4 queues are well", "Ended queues"]);
    let ended = look.all("details").pop().unwrap().text().collect::<String>();
    assert!(ended.contains("queue-2") && ended.contains("queue-4"), "{ended}");
    fleet.fails(4);
    let look = fleet.look("");
    assert_eq!(names(&look, "section.group h2"), ["Ended queues"], "a problem is not folded");
}

#[tokio::test(start_paused = true)]
async fn queues_without_a_judgement_are_not_called_well() {
    let fleet = Fleet::of(3).await;
    assert!(fleet.look("").heading().starts_with("all 3 queues are well and cost $"));
    fleet.health.set_readiness("new", Readiness::Polling);
    fleet.metrics.register(&config("new").build().unwrap());
    assert_eq!(fleet.look("").heading(), "3 of 4 queues are well; no judgement yet on 1");
}
