//! The rules for the settings of a queue.

use std::time::Duration;

use humantime::format_duration as text;

use super::batch::BatchConfig;
use super::objectives::{self, ObjectivesConfig};
use super::payloads::is_bucket;
use super::queue::{QueueConfig, QueueConfigBuilder};
use super::violation::{InvalidConfig, Violation, Violations};
use crate::limits::VISIBILITY_CEILING;

/// The longest `WaitTimeSeconds`.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The shortest visibility timeout: the worker extends it after half of it.
const SHORTEST_VISIBILITY: Duration = Duration::from_secs(10);

/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const LARGEST_BATCH: usize = 10_000;
const SHORTEST_WINDOW: Duration = Duration::from_millis(1);
const LONGEST_WINDOW: Duration = Duration::from_secs(300);

/// In MiB.
const LARGEST_PAYLOAD: usize = 1024;

/// The largest number of messages that can be in flight in one standard queue.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_IN_FLIGHT: usize = 120_000;

impl QueueConfigBuilder {
    /// The rules that these settings break; empty if [`build`](Self::build) succeeds.
    pub fn violations(&self) -> Vec<Violation> {
        judge(self).into_vec()
    }

    /// Validates the settings.
    ///
    /// # Errors
    /// If a setting breaks a rule. The error lists every violation, with the key of the setting in
    /// `longshore.toml`, its value, and what is accepted.
    pub fn build(self) -> Result<QueueConfig, InvalidConfig> {
        judge(&self).check(format!("queue `{}`", self.name))?;
        Ok(QueueConfig(self))
    }
}

fn judge(queue: &QueueConfigBuilder) -> Violations {
    let mut violations = Violations::default();
    let v = &mut violations;
    if let Some(expected) = queue.address.objection() {
        v.require(false, &[(queue.address.key(), &queue.address)], expected);
    }
    // A name that is that of the address is judged with the address.
    let is_label = !queue.name.trim().is_empty() && !queue.name.contains(char::is_control);
    v.require(
        is_label || queue.name == queue.address.queue_name(),
        &[("label", &queue.name)],
        "a name for metrics and logs, without control characters",
    );
    polling(queue, v);
    sizes(queue, v);
    waiting(queue, v);
    leases(queue, v);
    retry(queue, v);
    age(queue, v);
    batch(queue, v);
    payloads(queue, v);
    breaker(queue, v);
    slo(&queue.objectives, v);
    violations
}

fn polling(queue: &QueueConfigBuilder, v: &mut Violations) {
    let (wait, short) = (queue.wait, queue.short_polling);
    v.require(
        wait <= LONGEST_WAIT && is_whole_seconds(wait),
        &[("wait", &text(wait))],
        "whole seconds from 1s to 20s, the maximum of SQS",
    );
    v.require(
        !wait.is_zero() || short,
        &[("wait", &text(wait)), ("short_polling", &short)],
        "a wait of 1s to 20s. With 0s every receive returns at once, and SQS bills empty receives too: \
         with a round trip of 10 ms an idle queue costs $103.68 per month, with 20s it costs $0.05. \
         If you want short polling, add short_polling = true",
    );
    v.require(
        !short || wait.is_zero(),
        &[("short_polling", &short), ("wait", &text(wait))],
        "wait = \"0s\" with short_polling = true, or no short_polling, because a longer wait is long \
         polling",
    );
}

fn sizes(queue: &QueueConfigBuilder, v: &mut Violations) {
    v.require(
        (1..=MAX_IN_FLIGHT).contains(&queue.concurrency),
        &[("concurrency", &queue.concurrency)],
        "1 to 120000, the maximum of messages in flight in one queue",
    );
    v.require(queue.weight >= 1, &[("weight", &queue.weight)], "1 or more");
    v.require(queue.max_pollers >= 1, &[("max_pollers", &queue.max_pollers)], "1 or more");
    let price = queue.price_per_million_usd;
    let is_price = price.is_finite() && price >= 0.0;
    v.require(is_price, &[("price_per_million_usd", &price)], "a price, 0 or more");
}

fn waiting(queue: &QueueConfigBuilder, v: &mut Violations) {
    let threshold = queue.objectives.freshness_threshold;
    for (key, time) in
        [("gather", queue.effective_gather()), ("max_hold", queue.effective_max_hold())]
    {
        v.require(
            time < threshold || threshold.is_zero(),
            &[(key, &text(time)), ("slo.freshness.threshold", &text(threshold))],
            "less than the freshness threshold, because messages wait this long",
        );
    }
}

/// The longest `max_age`: no queue keeps a message for longer than 14 days.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const LONGEST_AGE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

fn age(queue: &QueueConfigBuilder, v: &mut Violations) {
    if let Some(age) = queue.max_age {
        let holds = (Duration::from_secs(1)..=LONGEST_AGE).contains(&age);
        v.require(holds, &[("max_age", &text(age))], "1s to 14days, the longest retention of SQS");
    }
}

fn leases(queue: &QueueConfigBuilder, v: &mut Violations) {
    let (visibility, linger) = (queue.visibility, queue.delete_linger);
    let is_valid = (SHORTEST_VISIBILITY..=VISIBILITY_CEILING).contains(&visibility)
        && is_whole_seconds(visibility);
    v.require(
        is_valid,
        &[("visibility", &text(visibility))],
        "whole seconds from 10s, because it is extended after half of it, to 12h, the maximum of SQS",
    );
    let most = visibility / 4;
    v.require(
        linger <= most || !is_valid,
        &[("delete_linger", &text(linger)), ("visibility", &text(visibility))],
        format!(
            "a delete_linger of at most a quarter of visibility, {}, because after a later delete the \
             message may have been redelivered",
            text(most)
        ),
    );
    let timeout = queue.handler_timeout;
    v.require(
        !timeout.is_zero() && timeout <= VISIBILITY_CEILING,
        &[("handler.timeout", &text(timeout))],
        "more than 0s and at most 12h, the longest time that SQS keeps a message invisible",
    );
}

fn retry(queue: &QueueConfigBuilder, v: &mut Violations) {
    let (base, max) = (queue.retry.base, queue.retry.max);
    v.require(
        base <= max,
        &[("retry.base", &text(base)), ("retry.max", &text(max))],
        "retry.base at most retry.max",
    );
    v.require(
        max <= VISIBILITY_CEILING,
        &[("retry.max", &text(max))],
        "at most 12h, the longest visibility timeout of SQS",
    );
}

fn batch(queue: &QueueConfigBuilder, v: &mut Violations) {
    let Some(BatchConfig { max, window }) = queue.batch else { return };
    v.require(
        (1..=LARGEST_BATCH).contains(&max),
        &[("batch.max", &max)],
        "1 to 10000, the largest batch of AWS Lambda",
    );
    v.require(
        max <= queue.concurrency || max > LARGEST_BATCH,
        &[("batch.max", &max), ("concurrency", &queue.concurrency)],
        "a concurrency of at least batch.max, because it limits the messages that are processed at the \
         same time",
    );
    let threshold = queue.objectives.freshness_threshold;
    v.require(
        (SHORTEST_WINDOW..=LONGEST_WINDOW).contains(&window),
        &[("batch.window", &text(window))],
        "1ms to 5m, the longest window of AWS Lambda",
    );
    v.require(
        window < threshold || threshold.is_zero(),
        &[("batch.window", &text(window)), ("slo.freshness.threshold", &text(threshold))],
        "less than the freshness threshold, because messages wait this long",
    );
}

fn payloads(queue: &QueueConfigBuilder, v: &mut Violations) {
    let payloads = &queue.payloads;
    for bucket in payloads.buckets.iter().filter(|bucket| !is_bucket(bucket)) {
        let expected = "names of buckets: 3 to 63 lower-case letters, digits, dots and hyphens";
        v.require(false, &[("payloads.buckets", bucket)], expected);
    }
    v.require(
        (1..=LARGEST_PAYLOAD).contains(&payloads.max_mib),
        &[("payloads.max_mib", &payloads.max_mib)],
        "1 to 1024, because each payload is in memory while its handler runs",
    );
    v.require(
        payloads.is_on() || !payloads.delete,
        &[("payloads.delete", &payloads.delete)],
        "payloads.buckets with payloads.delete = true: without buckets, no payload is read",
    );
}

fn breaker(queue: &QueueConfigBuilder, v: &mut Violations) {
    let breaker = &queue.breaker;
    v.require(breaker.calls >= 5, &[("breaker.calls", &breaker.calls)], "at least 5");
    let longest = breaker.max_interval;
    v.require(
        longest >= Duration::from_secs(1),
        &[("breaker.max_interval", &text(longest))],
        "at least 1s",
    );
    v.require(
        breaker.hold <= VISIBILITY_CEILING,
        &[("breaker.hold", &text(breaker.hold))],
        "at most 12h, the longest time that SQS keeps a message invisible",
    );
}

fn slo(slo: &ObjectivesConfig, v: &mut Violations) {
    for (key, objective, factor) in [
        ("slo.delivery.objective", slo.delivery, objectives::STEEPEST_BURN),
        ("slo.latency.objective", slo.latency, objectives::STEEPEST_BURN),
        ("slo.freshness.objective", slo.freshness, objectives::STEEPEST_BURN),
        ("slo.polling.objective", slo.polling, objectives::STEEPEST_POLLING_BURN),
    ] {
        let least = 1.0 - 1.0 / factor;
        let is_usable = objective < 1.0 && objectives::is_reachable(objective, factor);
        v.require(
            is_usable,
            &[(key, &objective)],
            format!(
                "less than 1, because 1 leaves no error budget, and more than {least:.4}, because below it \
                 the alert on a burn rate of {factor} could never fire"
            ),
        );
    }
    let latency = slo.latency_threshold;
    v.require(!latency.is_zero(), &[("slo.latency.threshold", &text(latency))], "more than 0s");
    v.require(
        slo.delivery_attempts >= 1,
        &[("slo.delivery.attempts", &slo.delivery_attempts)],
        "at least 1",
    );
    v.require(
        slo.min_bad_events >= 1,
        &[("slo.min_bad_events", &slo.min_bad_events)],
        "at least 1",
    );
    let cost = slo.cost_per_million_messages_usd;
    let is_cost = cost.is_finite() && cost > 0.0;
    v.require(is_cost, &[("slo.cost.per_million_messages", &cost)], "dollars, more than 0");
    let waste = slo.waste_budget_per_month_usd;
    let is_budget = waste.is_finite() && waste >= 0.0;
    v.require(is_budget, &[("slo.cost.waste_budget_per_month", &waste)], "dollars, 0 or more");
}

fn is_whole_seconds(duration: Duration) -> bool {
    duration.subsec_nanos() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PayloadsConfig;

    fn refusal(change: impl FnOnce(&mut QueueConfigBuilder)) -> String {
        let mut queue = QueueConfig::builder("orders");
        change(&mut queue);
        queue.build().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert!(QueueConfig::builder("orders").build().is_ok());
    }

    #[test]
    fn every_violation_is_listed_with_its_value_and_what_is_accepted() {
        let text = refusal(|queue| {
            (queue.concurrency, queue.wait) = (0, Duration::from_secs(25));
            queue.objectives.latency = 1.0;
        });
        assert!(text.starts_with("invalid configuration of queue `orders`\n"), "{text}");
        assert!(text.contains("concurrency = 0; expected 1 to 120000"), "{text}");
        assert!(text.contains("wait = 25s; expected whole seconds from 1s to 20s"), "{text}");
        assert!(text.contains("slo.latency.objective = 1; expected less than 1"), "{text}");
    }

    #[test]
    fn payloads_are_read_from_buckets_that_can_exist() {
        let text = refusal(|queue| {
            queue.payloads = PayloadsConfig::new(["orders-payloads", "Orders", "a/b"]);
            queue.payloads.max_mib = 1025;
        });
        for expected in ["buckets = Orders;", "buckets = a/b;", "payloads.max_mib = 1025"] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(!text.contains("orders-payloads"), "{text}");
        let text = refusal(|queue| queue.payloads.delete = true);
        assert!(text.contains("payloads.delete = true; expected payloads.buckets"), "{text}");
    }

    #[test]
    fn short_polling_needs_an_explicit_permission() {
        let text = refusal(|queue| queue.wait = Duration::ZERO);
        assert!(text.contains("wait = 0s and short_polling = false; expected"), "{text}");
        let allowed = QueueConfig::builder("orders").wait(Duration::ZERO).short_polling(true);
        assert!(allowed.build().is_ok());
    }
}
