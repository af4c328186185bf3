//! The first screen: eight numbers, one for each alert, then the firing alerts and all queues.

use longshore::config::ObjectivesConfig;

use super::graphs;
use super::selector::{firing_alerts, firing_alerts_of, recorded};
use crate::cloudwatch::BY_QUEUE;
use crate::dashboards::dashboard::{self, Dashboard, Section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::query::{instant, rows};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::dashboards::what_to_do::{problems_of_queues, severities};
use crate::rules::{DashboardId, RUNBOOKS};

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        id: DashboardId::CloudWatch,
        title: "SQS / CloudWatch",
        description: "SQS queues of any consumer, from the metrics of CloudWatch: is work failing, is money \
                      wasted, what to do.",
        shows_one_queue: false,
        introduction: "**Healthy:** no alert fires, no dead letters, and every queue with messages has a \
                       consumer. **Otherwise** follow the runbooks of the firing alerts. The values are up \
                       to 15 minutes old, and CloudWatch counts approximately.",
        sections: vec![overview(), graphs::messages(), graphs::money(), graphs::groups()],
    }
}

/// The sections of all alerts.
pub(super) fn runbook() -> String {
    format!("{RUNBOOKS}cloudwatch.md")
}

fn overview() -> Section {
    dashboard::overview(vec![
        without_consumer(),
        not_deleted(),
        dead_letters(),
        oldest_message(),
        growing_backlogs(),
        retention_used(),
        in_flight_limit_used(),
        wasted(),
        firing_alert_table(),
        queue_table(),
    ])
}

/// A number of the first screen.
fn number(kind: PanelKind, title: &'static str, description: Description, expr: String) -> Panel {
    Panel::new(kind, title, description).width(6).height(3).query(instant("{{queue}}", expr))
}

/// The number of queues with a value, which is 0 if there are queues, and unknown if there are none.
fn count(name: &str) -> String {
    format!("count({})\nor\n0 * count({})", recorded(name), recorded("sqs:queue:known"))
}

/// The highest share, in whole percent.
fn worst_share(name: &str) -> String {
    format!("round(topk(1, {}), 0.01)", recorded(name))
}

fn without_consumer() -> Panel {
    let description = Description {
        shows: "Queues with messages that no consumer has tried to receive for 15 minutes.",
        good: "0.",
        otherwise: "Start the consumers, or correct the queue that they poll. Follow the runbook \
            SqsNoConsumer.",
    };
    number(
        PanelKind::Stat,
        "Without consumer",
        description,
        count("sqs:messages_without_consumer:min15m"),
    )
    .threshold(Threshold::BadFrom(1.0))
}

fn not_deleted() -> Panel {
    let description = Description {
        shows: "The share of the messages received in the last hour that were not deleted, of the worst \
            queue. Queues that received fewer than 10 messages an hour do not count.",
        good: "Near 0 %, while messages do not take long to process.",
        otherwise: "Messages fail and are received again. Fix the consumer. Follow the runbook \
            SqsMessagesNotDeleted.",
    };
    number(
        PanelKind::NamedStat,
        "Received, not deleted",
        description,
        worst_share("sqs:messages_not_deleted:ratio_rate1h"),
    )
    .unit("percentunit")
    .no_value("few messages")
    .threshold(Threshold::BadFrom(0.5))
}

fn dead_letters() -> Panel {
    let description = Description {
        shows: "Messages in all dead-letter queues. The rules recognize them by their names.",
        good: "0.",
        otherwise: "Find out why they failed before they expire. Follow the runbook SqsDeadLetters.",
    };
    let expr = format!("sum({})", recorded("sqs:dead_letters:messages"));
    number(PanelKind::Stat, "Dead letters", description, expr)
        .no_value("none known")
        .threshold(Threshold::WarnFrom(1.0))
}

fn oldest_message() -> Panel {
    let description = Description {
        shows: "The age of the oldest message of the queue where it is highest. Dead-letter queues do not \
            count. In a standard queue, messages that were received 3 times do not count.",
        good: "Below the time that your users accept. The alert fires after an hour, unless a setting of \
            the rules says another time.",
        otherwise: "Add consumers, or make them faster. Follow the runbook SqsOldestMessageOld.",
    };
    let expr = format!(
        "topk(1, {} unless {})",
        recorded("sqs:oldest_message_age:seconds"),
        recorded("sqs:dead_letter_queue:known")
    );
    number(PanelKind::NamedStat, "Oldest message", description, expr)
        .unit("s")
        .no_value("none waits")
        .threshold(Threshold::WarnFrom(3600.0))
}

fn growing_backlogs() -> Panel {
    let description = Description {
        shows: "Queues whose backlog grows and needs more than half an hour at the present rate.",
        good: "0.",
        otherwise: "Add consumers, or make them faster. Follow the runbook SqsBacklogGrowing.",
    };
    number(PanelKind::Stat, "Growing backlogs", description, count("sqs:growing_backlog:messages"))
        .threshold(Threshold::WarnFrom(1.0))
}

fn retention_used() -> Panel {
    let description = Description {
        shows: "The age of the oldest message, as a share of the time that SQS keeps messages, of the worst \
            queue. The time is 4 days, unless a setting of the rules says another time.",
        good: "Far below 75 %.",
        otherwise: "SQS deletes messages at 100 %. Follow the runbook SqsRetentionNear.",
    };
    number(
        PanelKind::NamedStat,
        "Retention used",
        description,
        worst_share("sqs:retention_used:ratio"),
    )
    .unit("percentunit")
    .no_value("none waits")
    .threshold(Threshold::BadFrom(0.75))
}

fn in_flight_limit_used() -> Panel {
    let description = Description {
        shows: "The messages in flight, as a share of the number that SQS allows, of the worst queue.",
        good: "Far below 80 %.",
        otherwise: "At 100 % the queue looks empty to long polls. Follow the runbook \
            SqsInFlightLimitNear.",
    };
    number(
        PanelKind::NamedStat,
        "In-flight limit used",
        description,
        worst_share("sqs:in_flight_limit_used:ratio"),
    )
    .unit("percentunit")
    .no_value("none in flight")
    .threshold(Threshold::WarnFrom(0.8))
}

fn wasted() -> Panel {
    let description = Description {
        shows: "Estimated dollars in 30 days for empty receives above the floor of long polling, of all \
            queues, at the rate of the last 6 hours. The floor assumes 5 long pollers for each queue, \
            because CloudWatch does not count pollers.",
        good: "Near $0, even if the queues are idle.",
        otherwise: "Set the wait time of the consumers to 20 s. Follow the runbook \
            SqsEmptyReceivesWaste.",
    };
    let expr = format!("sum({})", recorded("sqs:wasted_spend:usd_per_30d_rate6h"));
    number(PanelKind::Stat, "Wasted in 30 days", description, expr)
        .unit("currencyUSD")
        .threshold(Threshold::WarnFrom(ObjectivesConfig::default().waste_budget_per_month_usd))
}

fn firing_alert_table() -> Panel {
    let description = Description {
        shows: "The alerts that fire now. The name of an alert links to the runbooks.",
        good: "The table is empty.",
        otherwise: "Click the name of the alert and follow its runbook. Act on `critical` now and on \
            `warning` in working hours.",
    };
    let columns = vec![
        Column::label("severity", "Severity").width(85).map(severities()).colored(),
        Column::label("queue", "Queue").width(200),
        Column::label("kind", "Problem").at_least(400).map(problems_of_queues()),
        Column::label("alertname", "Alert and runbook").width(220).link("Runbook", runbook()),
        Column::label("region", "Region"),
        Column::label("account_id", "Account"),
        Column::label("instance", "Exporter"),
        Column::hidden("Value"),
    ];
    let sort = vec![("Severity", SortOrder::Ascending)];
    Panel::new(PanelKind::Table { columns, sort }, "Firing alerts and runbooks", description)
        .height(8)
        .unit("string")
        .no_value("No alert fires")
        .query(rows(format!(
            "label_join(
  max by ({BY_QUEUE}, instance, alertname, severity) (
  {}
),
  \"kind\", \" \", \"alertname\", \"severity\"
)",
            firing_alerts()
        )))
}

/// The queries of the table, in the order of its columns.
fn queue_table_expressions() -> [String; 10] {
    [
        alerts_of_queues("critical"),
        alerts_of_queues("warning"),
        recorded("sqs:oldest_message_age:seconds"),
        recorded("sqs:messages_visible:max"),
        recorded("sqs:messages_in_flight:max"),
        recorded("sqs:messages_delayed:max"),
        recorded("sqs:messages_received:per_second"),
        recorded("sqs:messages_not_deleted:ratio_rate1h"),
        recorded("sqs:wasted_spend:usd_per_30d_rate6h"),
        recorded("sqs:long_pollers:equivalent"),
    ]
}

fn alerts_of_queues(severity: &str) -> String {
    format!(
        "count by ({BY_QUEUE}) ({})\nor\n0 * {}",
        firing_alerts_of(severity),
        recorded("sqs:queue:known")
    )
}

fn only_this_queue() -> String {
    format!(
        "{}?var-queue=${{__data.fields.queue}}&${{datasource:queryparam}}&${{__url_time_range}}",
        DashboardId::CloudWatch.path()
    )
}

fn queue_table() -> Panel {
    let description = Description {
        shows: "All queues, those with critical alerts first, then those with warnings, then those \
            with the oldest messages. **As long pollers** is the number of long pollers that make as many empty receives as the queue had in \
            the last 30 minutes.",
        good: "No alerts. **As long pollers** is at most the number of your pollers.",
        otherwise: "If **As long pollers** is higher than the number of your pollers, they use short polling.",
    };
    let columns = vec![
        Column::label("queue", "Queue").link("Show only this queue", only_this_queue()),
        Column::value("Value #A", "Critical", "none")
            .threshold(Threshold::BadFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #B", "Warnings", "none")
            .threshold(Threshold::WarnFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #C", "Oldest", "s"),
        Column::value("Value #D", "Waiting", "short").no_value("unknown"),
        Column::value("Value #E", "In flight", "short"),
        Column::value("Value #F", "Delayed", "short"),
        Column::value("Value #G", "Received", "mps").no_value("unknown"),
        Column::value("Value #H", "Undeleted", "percentunit")
            .threshold(Threshold::BadFrom(0.5))
            .no_value("few received"),
        Column::value("Value #I", "Wasted", "currencyUSD")
            .threshold(Threshold::WarnFrom(ObjectivesConfig::default().waste_budget_per_month_usd))
            .no_value("unknown"),
        Column::value("Value #J", "As long pollers", "none").no_value("unknown"),
        Column::label("region", "Region"),
        Column::label("account_id", "Account"),
    ];
    let sort = vec![
        ("Critical", SortOrder::Descending),
        ("Warnings", SortOrder::Descending),
        ("Oldest", SortOrder::Descending),
    ];
    let table = Panel::new(PanelKind::Table { columns, sort }, "Queues, worst first", description)
        .height(9);
    queue_table_expressions()
        .into_iter()
        .fold(table, |table, expr| table.query(rows(format!("max by ({BY_QUEUE}) (\n  {expr}\n)"))))
}
