//! The limits that the alerts compare with. A site changes one for a queue by recording a series, so
//! the generated file needs no editing.

use longshore::QueueConfig;
use longshore::config::{MAX_IN_FLIGHT, ObjectivesConfig};

use super::BY_QUEUE;
use super::exporter::EXPORTERS;
use super::metric::METRICS;
use crate::rules::{Rule, record};

/// Every queue with a value of any metric.
pub(super) const KNOWN: &str = "sqs:queue:known";
/// The queues that are dead-letter queues.
pub(super) const DEAD_LETTER_QUEUE: &str = "sqs:dead_letter_queue:known";
pub(super) const PRICE: &str = "sqs:request_price:usd";
pub(super) const WASTE_BUDGET: &str = "sqs:waste_budget:usd_per_30d";
pub(super) const LONG_POLLERS: &str = "sqs:long_pollers:assumed";
pub(super) const AGE_LIMIT: &str = "sqs:oldest_message_limit:seconds";
pub(super) const RETENTION: &str = "sqs:retention:seconds";
pub(super) const IN_FLIGHT_LIMIT: &str = "sqs:in_flight_limit:messages";

/// What the name of a dead-letter queue contains. CloudWatch does not know redrive policies.
pub const DEAD_LETTER_NAME: &str = "(?i).*(dlq|dead[-_]?letter).*";
/// What the name of a FIFO queue ends with.
const FIFO_NAME: &str = ".+[.]fifo";

/// The long pollers that AWS Lambda starts with for a queue.
pub(super) const ASSUMED_LONG_POLLERS: f64 = 5.0;
/// The default of `MessageRetentionPeriod`.
pub(super) const RETENTION_DAYS: f64 = 4.0;

/// A limit of each queue.
pub struct Setting {
    /// The series that a site records to change it. Its label `queue` has the name of a queue.
    pub series: &'static str,
    /// The recording that the alerts read.
    pub recording: &'static str,
    /// The value of a queue without this series.
    pub default: f64,
    /// What it is, for the documentation.
    pub about: &'static str,
}

/// Every limit with one default for all queues.
pub fn settings() -> [Setting; 5] {
    [
        Setting {
            series: "sqs_setting:waste_budget_usd",
            recording: WASTE_BUDGET,
            default: ObjectivesConfig::default().waste_budget_per_month_usd,
            about: "US dollars in 30 days that empty receives above the floor may cost",
        },
        Setting {
            series: "sqs_setting:long_pollers",
            recording: LONG_POLLERS,
            default: ASSUMED_LONG_POLLERS,
            about: "long pollers whose empty receives are the floor. AWS Lambda starts with 5",
        },
        Setting {
            series: "sqs_setting:oldest_message_seconds",
            recording: AGE_LIMIT,
            default: 3600.0,
            about: "age of the oldest message that is too old",
        },
        Setting {
            series: "sqs_setting:retention_seconds",
            recording: RETENTION,
            default: RETENTION_DAYS * 86_400.0,
            about: "`MessageRetentionPeriod` of the queue. SQS's default is 4 days",
        },
        Setting {
            series: "sqs_setting:in_flight_limit",
            recording: IN_FLIGHT_LIMIT,
            default: MAX_IN_FLIGHT as f64,
            about: "messages in flight that SQS allows, in a standard and in a FIFO queue",
        },
    ]
}

/// The periods of the exporters. Without them a sum is not a rate.
pub(super) fn periods() -> Vec<Rule> {
    let mut rules: Vec<(String, String)> = vec![];
    for exporter in EXPORTERS {
        let (name, default) = (exporter.name, exporter.default_period_seconds);
        let period = (
            exporter.period(),
            format!("max(sqs_setting:period_seconds{{exporter=\"{name}\"}}) or vector({default})"),
        );
        if !rules.contains(&period) {
            rules.push(period);
        }
    }
    rules.into_iter().map(|(name, expr)| record(name, expr)).collect()
}

/// The queues, which of them are dead-letter queues, and the limits of each.
pub(super) fn recordings() -> Vec<Rule> {
    let all = Vec::from_iter(METRICS.iter().map(|metric| metric.recording)).join("\n  or\n  ");
    let is_dead_letter_queue = changed(
        "sqs_setting:dead_letter_queue",
        &format!("{KNOWN}{{queue=~\"{DEAD_LETTER_NAME}\"}}"),
    );
    let price = changed(
        "sqs_setting:request_price_usd",
        &format!(
            "{KNOWN}{{queue=~\"{FIFO_NAME}\"}} * {} / 1e6\nor\n{KNOWN} * {} / 1e6",
            QueueConfig::FIFO_USD_PER_MILLION,
            QueueConfig::STANDARD_USD_PER_MILLION
        ),
    );
    let mut rules = vec![
        record(KNOWN, format!("group by ({BY_QUEUE}) (\n  {all}\n)")),
        record(
            DEAD_LETTER_QUEUE,
            format!("(\n  {}\n) == 1", is_dead_letter_queue.replace('\n', "\n  ")),
        ),
        record(PRICE, price),
    ];
    rules.extend(settings().iter().map(|setting| {
        let default = format!("{KNOWN} * {}", setting.default);
        record(setting.recording, changed(setting.series, &default))
    }));
    rules
}

/// The value that a site recorded for a queue, else the default.
fn changed(series: &str, default: &str) -> String {
    format!("{KNOWN} * on (queue) group_left () max by (queue) ({series})\nor\n{default}")
}
