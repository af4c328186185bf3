//! Eight alerts on queues, and one on the metrics themselves.

use longshore::slo::windows::Severity;

use super::derived::{
    DEAD_LETTERS, GROWING, IN_FLIGHT_SHARE, NOT_DELETED, QUEUES, RETENTION_SHARE, WASTED_LONG,
    WASTED_SHORT, WITHOUT_CONSUMER,
};
use super::metric::OLDEST;
use super::setting::{
    AGE_LIMIT, ASSUMED_LONG_POLLERS, DEAD_LETTER_QUEUE, RETENTION_DAYS, WASTE_BUDGET,
};
use crate::rules::{Alert, DashboardId, Rule, Scale, minutes};

/// Every alert, the most urgent first.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [
        no_consumer(scale),
        not_deleted(scale),
        retention_near(),
        oldest_message_old(),
        backlog_growing(scale),
        dead_letters(),
        in_flight_limit_near(),
        empty_receives(scale),
        metrics_absent(scale),
        exporter_errors(scale),
    ]
    .into_iter()
    .map(Rule::Alert)
    .collect()
}

/// An alert that fires after 15 minutes, and for 15 minutes more than its expression.
fn alert(name: &'static str, severity: Severity, expr: impl Into<String>) -> Alert {
    Alert {
        name,
        expr: expr.into(),
        hold: minutes(15),
        keep: minutes(15),
        severity,
        labels: vec![],
        summary: String::new(),
        description: String::new(),
        dashboard: DashboardId::CloudWatch,
    }
}

fn no_consumer(scale: Scale) -> Alert {
    let window = scale.text(minutes(15));
    Alert {
        summary: "Messages wait in queue {{ $labels.queue }}, and no consumer receives.".to_owned(),
        description: format!(
            "For {window}, at least {{{{ printf \"%.0f\" $value }}}} message(s) have waited in queue \
             {{{{ $labels.queue }}}}, and CloudWatch has counted no receive, not even an empty one. The \
             consumers are stopped, or they poll another queue."
        ),
        ..alert("SqsNoConsumer", Severity::Page, WITHOUT_CONSUMER)
    }
}

fn not_deleted(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        summary: "Consumers of queue {{ $labels.queue }} receive messages and do not delete them."
            .to_owned(),
        description: format!(
            "In the last {window}, {{{{ $value | humanizePercentage }}}} of the messages that were \
             received from queue {{{{ $labels.queue }}}} were not deleted. Usually they fail and are \
             received again: each attempt costs money, and the last one moves the message to the \
             dead-letter queue, if there is one. Estimated: CloudWatch counts messages, so those that are \
             still being processed count as not deleted."
        ),
        ..alert("SqsMessagesNotDeleted", Severity::Page, format!("{NOT_DELETED} > 0.5"))
    }
}

/// Also in a dead-letter queue, where lost messages are usually lost for good.
fn retention_near() -> Alert {
    Alert {
        keep: minutes(30),
        summary: "Messages of queue {{ $labels.queue }} are about to expire.".to_owned(),
        description: format!(
            "The oldest message of queue {{{{ $labels.queue }}}} has used \
             {{{{ $value | humanizePercentage }}}} of the time that SQS keeps messages. SQS deletes the \
             message at the end. Estimated: CloudWatch does not know the retention of the queue, so it \
             counts as {RETENTION_DAYS} days, unless a setting of the rules says another time. In the \
             dead-letter queue of a standard queue, the age begins with the move, but the retention does \
             not."
        ),
        ..alert("SqsRetentionNear", Severity::Page, format!("{RETENTION_SHARE} > 0.75"))
    }
}

fn oldest_message_old() -> Alert {
    Alert {
        hold: minutes(5),
        summary: "Messages of queue {{ $labels.queue }} wait too long.".to_owned(),
        description:
            "The oldest message of queue {{ $labels.queue }} is {{ $value | humanizeDuration }} old. In \
             a standard queue, messages that were received 3 times and not deleted do not count."
                .to_owned(),
        ..alert(
            "SqsOldestMessageOld",
            Severity::Ticket,
            format!("{OLDEST} > {AGE_LIMIT}\nunless {DEAD_LETTER_QUEUE}"),
        )
    }
}

fn backlog_growing(scale: Scale) -> Alert {
    let window = scale.text(minutes(30));
    Alert {
        hold: minutes(30),
        keep: minutes(30),
        summary: "The backlog of queue {{ $labels.queue }} grows.".to_owned(),
        description: format!(
            "The backlog of queue {{{{ $labels.queue }}}} has grown to \
             {{{{ printf \"%.0f\" $value }}}} messages. At the rate of the last {window}, the consumers \
             need more than half an hour to delete them."
        ),
        ..alert("SqsBacklogGrowing", Severity::Ticket, GROWING)
    }
}

fn dead_letters() -> Alert {
    Alert {
        hold: minutes(5),
        keep: minutes(30),
        summary: "Dead-letter queue {{ $labels.queue }} has messages.".to_owned(),
        description:
            "{{ printf \"%.0f\" $value }} message(s) that consumers did not process are in dead-letter \
             queue {{ $labels.queue }}. SQS deletes them at the end of its retention. The name of the \
             queue says that it is a dead-letter queue; a setting of the rules can say otherwise."
                .to_owned(),
        ..alert("SqsDeadLetters", Severity::Ticket, format!("{DEAD_LETTERS} > 0"))
    }
}

fn in_flight_limit_near() -> Alert {
    Alert {
        hold: minutes(5),
        summary: "Queue {{ $labels.queue }} nears the limit of messages in flight.".to_owned(),
        description:
            "The messages in flight of queue {{ $labels.queue }} are {{ $value | humanizePercentage }} \
             of the number that SQS allows. At the limit, a long poll returns no messages and no error, \
             so the queue looks empty."
                .to_owned(),
        ..alert("SqsInFlightLimitNear", Severity::Ticket, format!("{IN_FLIGHT_SHARE} > 0.8"))
    }
}

/// Two windows: the long one has a whole morning or night, the short one ends the alert.
fn empty_receives(scale: Scale) -> Alert {
    let window = scale.text(minutes(360));
    Alert {
        hold: minutes(60),
        keep: minutes(60),
        summary: "Empty receives of queue {{ $labels.queue }} cost money.".to_owned(),
        description: format!(
            "At the rate of the last {window}, the empty receives of queue {{{{ $labels.queue }}}} above \
             the floor of long polling cost ${{{{ printf \"%.0f\" $value }}}} in 30 days. Estimated: \
             CloudWatch does not count pollers, so the floor assumes {ASSUMED_LONG_POLLERS} long pollers, unless a setting of \
             the rules says another number. Either consumers use short polling, or many more of them \
             poll than the queue needs."
        ),
        ..alert(
            "SqsEmptyReceivesWaste",
            Severity::Ticket,
            format!("{WASTED_LONG} > {WASTE_BUDGET}\nand {WASTED_SHORT} > {WASTE_BUDGET}"),
        )
    }
}

fn metrics_absent(scale: Scale) -> Alert {
    let window = scale.text(minutes(360));
    Alert {
        labels: vec![("cause", "absent".to_owned())],
        summary: "The metrics of SQS are missing, so no alert on a queue can fire.".to_owned(),
        description: format!(
            "Prometheus has no current metric of any queue of this account and region. In the last \
             {window} it had some, of {{{{ $value }}}} queue(s). The exporter is down, or CloudWatch \
             refuses its requests. If all queues have been unused for 6 hours, this is normal."
        ),
        ..alert(
            "SqsMetricsMissing",
            Severity::Ticket,
            format!("last_over_time({QUEUES}[{window}])\nunless {QUEUES}"),
        )
    }
}

/// Both exporters go on without the values that they could not get.
fn exporter_errors(scale: Scale) -> Alert {
    let window = scale.text(minutes(15));
    Alert {
        labels: vec![("cause", "errors".to_owned())],
        summary: "CloudWatch refuses requests of exporter {{ $labels.instance }}.".to_owned(),
        description: format!(
            "In the last {window}, requests of exporter {{{{ $labels.instance }}}} of job \
             {{{{ $labels.job }}}} to CloudWatch failed: access is denied, or CloudWatch throttles them. \
             Metrics of SQS can be missing, and then the alerts on their queues do not fire."
        ),
        ..alert(
            "SqsMetricsMissing",
            Severity::Ticket,
            format!(
                "max by (job, instance) (min_over_time(cloudwatch_exporter_scrape_error[{window}])) > 0
or
sum by (job, instance) (rate(yace_cloudwatch_request_errors[{window}])) > 0"
            ),
        )
    }
}
