//! The metrics of the namespace `AWS/SQS` that the rules read, and their recordings.

use super::exporter::{EXPORTERS, Exporter};
use super::{BY_QUEUE, BY_REGION};
use crate::rules::{Rule, Scale, minutes, record};

/// A metric of CloudWatch.
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// What CloudWatch makes of the values of a period.
    pub statistic: Statistic,
    /// The series with one name for all exporters.
    pub recording: &'static str,
    /// What it is, for the documentation.
    pub about: &'static str,
}

/// The statistic that the exporter must export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// A level: its maximum in a period, or its average if the exporter has no maximum.
    Maximum,
    /// A size: its average in a period.
    Average,
    /// A number of events in a period: its sum, recorded as events per second.
    Sum,
}

pub(super) const EMPTY: &str = "sqs:empty_receives:per_second";
pub(super) const RECEIVED: &str = "sqs:messages_received:per_second";
pub(super) const SENT: &str = "sqs:messages_sent:per_second";
pub(super) const DELETED: &str = "sqs:messages_deleted:per_second";
pub(super) const VISIBLE: &str = "sqs:messages_visible:max";
pub(super) const IN_FLIGHT: &str = "sqs:messages_in_flight:max";
pub(super) const OLDEST: &str = "sqs:oldest_message_age:seconds";

/// Every metric, in the order of the rules.
pub const METRICS: &[Metric] = &[
    maximum("ApproximateNumberOfMessagesVisible", VISIBLE, "messages that wait"),
    maximum("ApproximateNumberOfMessagesNotVisible", IN_FLIGHT, "messages in flight"),
    maximum(
        "ApproximateNumberOfMessagesDelayed",
        "sqs:messages_delayed:max",
        "messages whose delay is not over",
    ),
    maximum(
        "ApproximateAgeOfOldestMessage",
        OLDEST,
        "age of the oldest message; in a standard queue, of those received fewer than 3 times",
    ),
    Metric {
        name: "SentMessageSize",
        statistic: Statistic::Average,
        recording: "sqs:sent_message_size:bytes",
        about: "size of a sent message",
    },
    maximum(
        "ApproximateNumberOfGroupsWithInflightMessages",
        "sqs:groups_in_flight:max",
        "FIFO queue: message groups with messages in flight",
    ),
    maximum(
        "ApproximateNumberOfNoisyGroups",
        "sqs:noisy_groups:max",
        "fair queue: message groups that take more than their share",
    ),
    maximum(
        "ApproximateAgeOfOldestMessageInQuietGroups",
        "sqs:oldest_message_age_in_quiet_groups:seconds",
        "fair queue: age of the oldest message of the other groups",
    ),
    sum("NumberOfEmptyReceives", EMPTY, "receives that returned no message"),
    sum("NumberOfMessagesReceived", RECEIVED, "messages that receives returned"),
    sum("NumberOfMessagesSent", SENT, "messages sent, without those that a redrive policy moved"),
    sum("NumberOfMessagesDeleted", DELETED, "messages deleted"),
];

const fn maximum(name: &'static str, recording: &'static str, about: &'static str) -> Metric {
    Metric { name, statistic: Statistic::Maximum, recording, about }
}

const fn sum(name: &'static str, recording: &'static str, about: &'static str) -> Metric {
    Metric { name, statistic: Statistic::Sum, recording, about }
}

impl Metric {
    /// The names of its series. The first one with a value counts.
    pub fn series(&self) -> Vec<String> {
        let statistics: &[&str] = match self.statistic {
            Statistic::Sum => &["sum"],
            Statistic::Maximum => &["maximum", "average"],
            Statistic::Average => &["average"],
        };
        let name = snake_case(self.name);
        statistics.iter().map(|statistic| format!("aws_sqs_{name}_{statistic}")).collect()
    }

    /// The rules that give the series of all exporters one name. Two exporters of one queue count
    /// once.
    pub(super) fn recordings(&self, scale: Scale) -> Vec<Rule> {
        let each = EXPORTERS.iter().map(|exporter| exporter.named(&self.newest(exporter, scale)));
        let union = Vec::from_iter(each).join("\n  or\n  ");
        let newest = format!("max by ({BY_QUEUE}) (\n  {union}\n)");
        match self.statistic {
            Statistic::Maximum | Statistic::Average => vec![record(self.recording, newest)],
            Statistic::Sum => {
                let reported = self.recording.replace(":per_second", "_reported:per_second");
                let filled = or_zero(&reported, scale);
                vec![record(reported, newest), record(self.recording, filled)]
            }
        }
    }

    /// The newest value. It can be 15 minutes old, because `cloudwatch_exporter` asks for values that
    /// are 10 minutes old and exports them with their time, and because CloudWatch has gaps. YACE
    /// exports NaN in a gap; `>= 0` removes it.
    fn newest(&self, exporter: &Exporter, scale: Scale) -> String {
        let series = self.series();
        let valid = series.iter().map(|name| format!("{name}{{{}}} >= 0", exporter.matcher()));
        let valid = Vec::from_iter(valid).join("\n      or\n      ");
        let [window, step] = [minutes(15), minutes(1)].map(|length| scale.text(length));
        let newest = format!("last_over_time((\n      {valid}\n    )[{window}:{step}])");
        match self.statistic {
            Statistic::Sum => format!("{newest} / scalar({})", exporter.period()),
            Statistic::Maximum | Statistic::Average => newest,
        }
    }
}

/// SQS reports a sum only in minutes in which it counted something, and the number of visible messages
/// while the queue is active. So a sum that is missing meanwhile is zero, if the exporter exports this
/// sum at all: for any queue of the region in the last day. Otherwise it is unknown.
fn or_zero(reported: &str, scale: Scale) -> String {
    let day = scale.text(minutes(24 * 60));
    format!("{reported}\nor\n{VISIBLE} * 0 and on ({BY_REGION}) last_over_time({reported}[{day}])")
}

/// The name as both exporters write it: `NumberOfEmptyReceives` is `number_of_empty_receives`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
