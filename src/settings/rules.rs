//! What values must be, by themselves and beside one another. A rule names its keys; where one of
//! them could not be read, that has been reported and the rule stays silent.

use std::time::Duration;

use super::effective::Effective;
use longshore::config::objectives::{self, ObjectivesConfig};
use longshore::config::{HandlerConfig, QueueConfig, RetryConfig, is_http_url, objection};
use longshore::otlp::OtlpConfig;

use super::config::Config;
use super::place::Source;
use super::problem::Problem;
use super::queues::QueuePart;
use super::section::Reader;

const SECOND: Duration = Duration::from_secs(1);

/// SQS's ceiling for a message's visibility, counted from its receive.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const TWELVE_HOURS: Duration = Duration::from_secs(12 * 60 * 60);

/// SQS's ceiling for `WaitTimeSeconds`.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Messages that SQS lets be in flight at once, for a standard queue.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const IN_FLIGHT: usize = 120_000;

/// Reports each rule that the configuration breaks.
pub(super) fn check(config: &Config, queues: &[QueuePart<'_>], reader: &mut Reader<'_>) {
    let mut top = Judge { group: "", reader };
    let concurrency = config.concurrency.is_none_or(|limit| (1..=IN_FLIGHT).contains(&limit));
    top.require(concurrency, &["concurrency"], "1 to 120000");
    let mut aws = Judge { group: "aws", reader };
    let endpoint = config.aws.endpoint_url.as_deref().is_none_or(is_http_url);
    aws.require(endpoint, &["endpoint_url"], "a URL, as in \"http://127.0.0.1:9324\"");
    let region = config.aws.region.as_deref().is_none_or(|region| !region.trim().is_empty());
    aws.require(region, &["region"], "a region, as in \"us-east-1\"");
    otlp(&config.otlp, &mut Judge { group: "otlp", reader });
    for (queue, part) in config.queues.iter().zip(queues) {
        let mut judge = Judge { group: &part.label, reader };
        identity(queue, &mut judge);
        polling(queue, &mut judge);
        sizes(queue, &mut judge);
        latency(queue, &mut judge);
        leases(queue, &mut judge);
        retry(&queue.retry, &mut judge);
        handler(queue, &mut judge);
        slo(&queue.objectives, &mut judge);
    }
}

fn otlp(otlp: &OtlpConfig, judge: &mut Judge<'_, '_>) {
    let share = (0.0..=1.0).contains(&otlp.tracing.sampler_arg);
    judge.require(share, &["traces.sampler_arg"], "a share of the traces, 0 to 1");
    let interval = otlp.metrics.interval.0 >= SECOND / 10;
    judge.require(interval, &["metrics.interval"], "at least 100ms");
}

fn identity(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let Some(objection) = objection(&queue.address) else { return };
    for key in ["name", "url", "arn"] {
        judge.require(false, &[key], objection);
    }
}

fn polling(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let in_range = queue.wait <= LONGEST_WAIT && is_whole_seconds(queue.wait);
    judge.require(in_range, &["wait"], "whole seconds from 1s to 20s, which is SQS's most");
    judge.require(
        !queue.wait.is_zero() || queue.short_polling,
        &["wait", "short_polling"],
        "a wait of 1s to 20s. With 0s every receive returns at once and is billed whether it brings \
         anything or not: at 10 ms a round trip an idle queue costs $103.68 a month, with 20s it \
         costs $0.05. If you want that, add short_polling = true",
    );
    judge.require(
        !queue.short_polling || queue.wait.is_zero(),
        &["short_polling", "wait"],
        "wait = \"0s\" beside short_polling = true, or no short_polling: any longer wait is long \
         polling",
    );
}

fn sizes(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let concurrency = (1..=IN_FLIGHT).contains(&queue.concurrency);
    judge.require(concurrency, &["concurrency"], "1 to 120000, SQS's most in flight of one queue");
    judge.require(queue.weight >= 1, &["weight"], "1 or more");
    judge.require(queue.max_pollers >= 1, &["max_pollers"], "1 or more");
    let price = queue.price_per_million_usd;
    let sound_price = price.is_finite() && price >= 0.0;
    judge.require(sound_price, &["price_per_million_usd"], "a price, 0 or more");
}

fn latency(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let threshold = queue.objectives.freshness_threshold;
    for (key, time) in [("gather", queue.gather), ("max_hold", queue.max_hold)] {
        judge.require(
            time < threshold || threshold.is_zero(),
            &[key, "slo.freshness.threshold"],
            "less than the freshness threshold: the objective pays for what messages wait",
        );
    }
}

fn leases(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let whole = is_whole_seconds(queue.visibility);
    let visibility = (10 * SECOND..=TWELVE_HOURS).contains(&queue.visibility) && whole;
    judge.require(
        visibility,
        &["visibility"],
        "whole seconds from 10s, since it is extended at a third of its time, to SQS's 12h",
    );
    let most = queue.visibility / 4;
    judge.require(
        queue.delete_linger <= most || !visibility,
        &["delete_linger", "visibility"],
        &format!(
            "a delete_linger of at most a quarter of visibility, {}: a delete that comes later may \
             find its message handed out again",
            humantime::format_duration(most)
        ),
    );
}

fn retry(retry: &RetryConfig, judge: &mut Judge<'_, '_>) {
    let RetryConfig { base, max } = retry;
    judge.require(base <= max, &["retry.base", "retry.max"], "retry.base at most retry.max");
    let ceiling = "at most 12h, SQS's longest visibility timeout";
    judge.require(*max <= TWELVE_HOURS, &["retry.max"], ceiling);
}

fn handler(queue: &QueueConfig, judge: &mut Judge<'_, '_>) {
    let timeout = !queue.handler_timeout.is_zero() && queue.handler_timeout <= TWELVE_HOURS;
    let expected = "more than 0s, and at most the 12h for which SQS keeps a message invisible";
    judge.require(timeout, &["handler.timeout"], expected);
    match &queue.handler {
        None => {}
        Some(HandlerConfig::Command(words)) => judge.require(
            words.first().is_some_and(|program| !program.is_empty()),
            &["handler.command"],
            "a program, and its arguments if it has any",
        ),
        Some(HandlerConfig::Http(url)) => judge.require(
            is_http_url(url),
            &["handler.http"],
            "a URL, as in \"http://127.0.0.1:8080/\"",
        ),
    }
}

fn slo(slo: &ObjectivesConfig, judge: &mut Judge<'_, '_>) {
    for (key, objective, factor) in [
        ("slo.delivery.objective", slo.delivery, objectives::STEEPEST_BURN),
        ("slo.latency.objective", slo.latency, objectives::STEEPEST_BURN),
        ("slo.freshness.objective", slo.freshness, objectives::STEEPEST_BURN),
        ("slo.polling.objective", slo.polling, objectives::STEEPEST_POLLING_BURN),
    ] {
        let least = 1.0 - 1.0 / factor;
        let expected = format!(
            "less than 1, which would leave no error budget, and more than {least:.4}: below it the \
             alert on {factor} times the budget could never fire, even if every event were bad"
        );
        let usable = objective < 1.0 && objectives::is_reachable(objective, factor);
        judge.require(usable, &[key], &expected);
    }
    for (key, threshold) in [
        ("slo.latency.threshold", slo.latency_threshold),
        ("slo.freshness.threshold", slo.freshness_threshold),
    ] {
        judge.require(!threshold.is_zero(), &[key], "more than 0s");
    }
    judge.require(slo.min_bad_events >= 1, &["slo.min_bad_events"], "at least 1");
    let cost = slo.cost_per_million_messages_usd;
    let expected = "dollars, more than 0";
    judge.require(cost.is_finite() && cost > 0.0, &["slo.cost.per_million_messages"], expected);
    let waste = slo.waste_budget_per_month_usd;
    let expected = "dollars, 0 or more";
    judge.require(
        waste.is_finite() && waste >= 0.0,
        &["slo.cost.waste_budget_per_month"],
        expected,
    );
}

fn is_whole_seconds(duration: Duration) -> bool {
    duration.subsec_nanos() == 0
}

/// Sentences about what may be meant but is seldom wanted.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let grace = config.shutdown.grace;
    let mut warnings = Vec::new();
    for QueueConfig { name, short_polling, handler_timeout, .. } in &config.queues {
        if *short_polling {
            warnings.push(format!(
                "queue {name} polls short: each receive returns at once, and is billed when empty"
            ));
        }
        if *handler_timeout > grace {
            warnings.push(format!(
                "a handler of queue {name} may take {}, but a stop waits {} (shutdown.grace): \
                 messages that take longer are interrupted and start over elsewhere",
                humantime::format_duration(*handler_timeout),
                humantime::format_duration(grace),
            ));
        }
    }
    warnings
}

/// Holds the values of one group against rules.
struct Judge<'j, 'a> {
    group: &'j str,
    reader: &'j mut Reader<'a>,
}

impl Judge<'_, '_> {
    /// Reports a rule that does not hold, with the values of all its keys, at the place of the first
    /// that somebody wrote.
    fn require(&mut self, holds: bool, keys: &[&str], expected: &str) {
        if holds {
            return;
        }
        let find = |key: &&str| {
            let mut effective = self.reader.effective.iter();
            effective.find(|effective| effective.group == self.group && effective.key == **key)
        };
        let Some(values) = keys.iter().map(find).collect::<Option<Vec<&Effective>>>() else {
            return;
        };
        let written = values.iter().find(|value| value.place.source != Source::Default);
        let Some(blamed) = written.or(values.first()) else { return };
        let found: Vec<_> = values.iter().map(|value| in_words(value)).collect();
        let place = blamed.place.clone();
        let found = found.join(" and ");
        self.reader.report(Problem { place, found, expected: expected.to_owned() });
    }
}

fn in_words(Effective { key, value, place, .. }: &Effective) -> String {
    match place.source {
        Source::Default => format!("{key} = {value} (the default)"),
        Source::File(_) | Source::Variable(_) | Source::Flag(_) => format!("{key} = {value}"),
    }
}
