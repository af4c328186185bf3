//! What the alerts judge and the dashboard shows: shares, conditions and dollars of each queue.

use longshore::config::objectives::LONG_POLL_REFERENCE;
use longshore::cost::pricing::MONTH;

use super::BY_REGION;
use super::metric::{DELETED, EMPTY, IN_FLIGHT, OLDEST, RECEIVED, VISIBLE};
use super::setting::{DEAD_LETTER_QUEUE, IN_FLIGHT_LIMIT, KNOWN, LONG_POLLERS, PRICE, RETENTION};
use crate::rules::{Rule, Scale, minutes, record};

pub(super) const QUEUES: &str = "sqs:queues:count";
pub(super) const DEAD_LETTERS: &str = "sqs:dead_letters:messages";
pub(super) const NOT_DELETED: &str = "sqs:messages_not_deleted:ratio_rate1h";
pub(super) const WITHOUT_CONSUMER: &str = "sqs:messages_without_consumer:min15m";
pub(super) const GROWING: &str = "sqs:growing_backlog:messages";
pub(super) const IN_FLIGHT_SHARE: &str = "sqs:in_flight_limit_used:ratio";
pub(super) const RETENTION_SHARE: &str = "sqs:retention_used:ratio";
pub(super) const WASTED_LONG: &str = "sqs:wasted_spend:usd_per_30d_rate6h";
pub(super) const WASTED_SHORT: &str = "sqs:wasted_spend:usd_per_30d_rate30m";
const EQUIVALENT: &str = "sqs:long_pollers:equivalent";

/// A share of a few messages is chance.
const MIN_RECEIVED_PER_HOUR: u32 = 10;
/// A backlog below this is small.
const MIN_BACKLOG: u32 = 100;

/// Everything that rules and panels read, except the reported values themselves.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let [quarter, half_hour, hour, six_hours] =
        [15, 30, 60, 360].map(|length| scale.text(minutes(length)));
    vec![
        record(QUEUES, format!("count by ({BY_REGION}) ({KNOWN})")),
        record(DEAD_LETTERS, format!("{VISIBLE} and {DEAD_LETTER_QUEUE}")),
        record(NOT_DELETED, not_deleted(&hour)),
        record(WITHOUT_CONSUMER, without_consumer(&quarter)),
        record(GROWING, growing(&half_hour)),
        record(IN_FLIGHT_SHARE, format!("{IN_FLIGHT} / {IN_FLIGHT_LIMIT}")),
        record(RETENTION_SHARE, format!("{OLDEST} / {RETENTION}")),
        record(WASTED_LONG, wasted(&six_hours)),
        record(WASTED_SHORT, wasted(&half_hour)),
        record(
            EQUIVALENT,
            format!("avg_over_time({EMPTY}[{half_hour}]) * {}", LONG_POLL_REFERENCE.as_secs()),
        ),
    ]
}

/// The share of received messages that were not deleted. Receives from a dead-letter queue usually
/// only look at messages.
fn not_deleted(window: &str) -> String {
    format!(
        "clamp_min(
  1
  - avg_over_time({DELETED}[{window}])
    / (avg_over_time({RECEIVED}[{window}]) > {MIN_RECEIVED_PER_HOUR} / 3600),
  0
)
unless {DEAD_LETTER_QUEUE}"
    )
}

/// Messages wait, and no receive was made, not even an empty one.
fn without_consumer(window: &str) -> String {
    format!(
        "min_over_time({VISIBLE}[{window}]) > 0
and max_over_time({EMPTY}[{window}]) == 0
and max_over_time({RECEIVED}[{window}]) == 0
unless {DEAD_LETTER_QUEUE}"
    )
}

/// A backlog that grows, and that the deletes of the window's rate need more than half an hour for.
fn growing(window: &str) -> String {
    format!(
        "{VISIBLE} > {} * avg_over_time({DELETED}[{window}])
and deriv({VISIBLE}[{window}]) > 0
and {VISIBLE} >= {MIN_BACKLOG}
unless {DEAD_LETTER_QUEUE}",
        minutes(30).as_secs()
    )
}

/// The cost of the empty receives above the floor. CloudWatch does not count pollers, so the floor is
/// that of an assumed number: each makes one empty receive in the time of a long poll.
fn wasted(window: &str) -> String {
    format!(
        "clamp_min(avg_over_time({EMPTY}[{window}]) - {LONG_POLLERS} / {}, 0)
* {PRICE} * {}",
        LONG_POLL_REFERENCE.as_secs(),
        MONTH.as_secs()
    )
}
