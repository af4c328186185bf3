//! All queues: is the fleet healthy, what does it waste, and who is worst?

use super::alerts;
use super::dashboard::{Dashboard, Section, section};
use super::look::{Bad, Colour};
use super::panel::{About, Look, Order, Panel};
use super::query::{EACH_QUEUE, now, rows, series};
use super::table::Column;
use crate::slo::rules::Dashboard as Which;

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        which: Which::Fleet,
        title: "Longshore / Fleet",
        about: "All SQS queues that Longshore works: health, waste in dollars, and which queue is worst.",
        is_of_one_queue: false,
        lead: "**Healthy:** no alert fires, no budget is overspent, waste is near $0. \
               **Otherwise** do what the firing alerts say, then open the first queue of the table.",
        sections: vec![
            Section { title: None, panels: at_a_glance() },
            section("Empty receives: billed like full ones", empty_receives()),
            section("Money", money()),
            section("Error budgets", budgets()),
            section("Traffic", traffic()),
        ],
    }
}

fn at_a_glance() -> Vec<Panel> {
    vec![
        alerts::count(),
        overspent(),
        wasted(),
        waste_of_budget(),
        spend(),
        dearest(),
        messages(),
        workers(),
        alerts::firing(),
        worst_first(),
    ]
}

fn overspent() -> Panel {
    let about = About {
        shows: "30-day error budgets that are used up: of delivery, latency and freshness, for each queue. Polling \
                is judged in dollars, beside this.",
        good: "none.",
        otherwise: "the table below names the queues. Mend before you change anything else.",
    };
    Panel::new(Look::Number, "Budgets overspent", about)
        .bad(Bad::From(1.0))
        .say(0.0, "none")
        .none("no rules")
        .ask(now(
            "budgets",
            "sum(job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d{@, @felt} < bool 0)",
        ))
}

fn wasted() -> Panel {
    let about = About {
        shows: "Dollars in 30 days, at the pace of the last half hour, for receives that came back empty before a \
                full long poll was over.",
        good: "near $0, however idle the queues are.",
        otherwise: "the first panel of Money says which queue; its runbook is that of LongshorePollingWaste.",
    };
    Panel::new(Look::Trend, "Wasted a month", about)
        .unit("currencyUSD")
        .none("no rules")
        .ask(series("wasted", "sum(job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@})"))
}

fn waste_of_budget() -> Panel {
    let about = About {
        shows: "The waste of the worst queue, as a share of what its configuration lets it waste.",
        good: "well below 100 %.",
        otherwise: "above 100 % an alert follows if it lasts. The table below has the queue.",
    };
    Panel::new(Look::Number, "Worst: waste of budget", about)
        .unit("percentunit")
        .bad(Bad::From(1.0))
        .none("no rules")
        .ask(now(
            "worst queue",
            "max(
  job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@}
  / (job_queue:longshore_waste_budget:usd_per_30d{@} > 0)
)",
        ))
}

fn spend() -> Panel {
    let about = About {
        shows: "Dollars in 30 days for all requests to SQS, at the pace of the last half hour.",
        good: "it follows the traffic.",
        otherwise: "if it rises and the messages do not, look at Money below.",
    };
    Panel::new(Look::Trend, "Spend a month", about)
        .unit("currencyUSD")
        .none("no rules")
        .ask(series("spend", "sum(job_queue:longshore_spend:usd_per_30d_rate30m{@})"))
}

fn dearest() -> Panel {
    let about = About {
        shows: "What a message costs in the queue where it is dearest, as a share of what its objective allows. \
                Idle long polls are not counted.",
        good: "below 100 %.",
        otherwise: "requests travel half empty, or fail and are repeated: open the queue, row Money.",
    };
    Panel::new(Look::Number, "Worst: cost of objective", about)
        .unit("percentunit")
        .bad(Bad::From(1.0))
        .none("no messages")
        .ask(now(
            "worst queue",
            "max(
  job_queue:longshore_message_cost:usd_rate30m{@}
  / (job_queue:longshore_message_cost_objective:usd{@} > 0)
)",
        ))
}

fn messages() -> Panel {
    let about = About {
        shows: "Messages that were handled and deleted, a second.",
        good: "what you expect of the hour.",
        otherwise: "none, with a backlog: look for stalled queues among the alerts.",
    };
    Panel::new(Look::Trend, "Messages a second", about).unit("mps").ask(series(
        "messages",
        r#"sum(rate(longshore_messages_total{@, result="deleted"}[$__rate_interval]))"#,
    ))
}

fn workers() -> Panel {
    let about = About {
        shows: "Worker processes that Prometheus scrapes.",
        good: "as many as you run.",
        otherwise: "the dashboard Shutdown and scaling shows who came and went.",
    };
    Panel::new(Look::Trend, "Workers", about)
        .none("none")
        .ask(series("workers", "count(longshore_build_info{@})"))
}

fn worst_first() -> Panel {
    let about = About {
        shows: "Every queue: those with alerts first, then those with the least error budget left, of delivery, \
                latency or freshness, then those that waste most. Dollars are for 30 days at the pace of the last \
                half hour.",
        good: "no alerts, budgets above 0 %, burn below 1, waste below 100 % of its budget.",
        otherwise: "click the first queue: its own dashboard says what is wrong, and since when.",
    };
    let bad = Bad::From(1.0);
    let columns = vec![
        alerts::queue(),
        Column::value("Value #A", "Alerts", "none").bad(bad).say(0.0, "none"),
        Column::value("Value #B", "Budget left", "percentunit")
            .bad(Bad::Below(0.0))
            .none("no events"),
        Column::value("Value #C", "Burn, 1 h", "short").bad(bad).none("no events"),
        Column::value("Value #D", "Wasted", "currencyUSD"),
        Column::value("Value #E", "Of its budget", "percentunit").bad(bad),
        Column::value("Value #F", "Spend", "currencyUSD"),
        Column::value("Value #G", "A million messages", "currencyUSD").none("no messages"),
        Column::value("Value #H", "Empty receives", "percentunit").none("no receives"),
        Column::value("Value #I", "Messages", "mps"),
        Column::value("Value #J", "Backlog", "short"),
        Column::value("Value #K", "Workers", "none"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let order = vec![
        ("Alerts", Order::HighestFirst),
        ("Budget left", Order::LowestFirst),
        ("Wasted", Order::HighestFirst),
    ];
    let table = Panel::new(Look::Table { columns, order }, "Queues, worst first", about).high(9);
    OF_EACH_QUEUE.iter().fold(table, |table, expr| table.ask(rows(expr)))
}

/// The columns of the table of queues, from its second on.
const OF_EACH_QUEUE: &[&str] = &[
    r#"count by (@) (ALERTS{@, alertname=~"Longshore.*", alertstate="firing"})
or
0 * count by (@) (job_queue:longshore_request_price:usd{@})"#,
    "min by (@) (job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d{@, @felt})",
    "max by (@) (job_queue_slo:longshore_slo_burn_rate:ratio_rate1h{@, @felt})",
    "max by (@) (job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@})",
    "max by (@) (
  job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@}
  / (job_queue:longshore_waste_budget:usd_per_30d{@} > 0)
)",
    "max by (@) (job_queue:longshore_spend:usd_per_30d_rate30m{@})",
    "1e6 * max by (@) (job_queue:longshore_message_cost:usd_rate30m{@})",
    r#"sum by (@) (rate(longshore_receive_duration_seconds_count{@, outcome="empty"}[$__rate_interval]))
/
(sum by (@) (rate(longshore_receive_duration_seconds_count{@, outcome=~"full|partial|empty"}[$__rate_interval])) > 0)"#,
    r#"sum by (@) (rate(longshore_messages_total{@, result="deleted"}[$__rate_interval]))"#,
    r#"max by (@) (longshore_backlog_messages{@, state="visible"})"#,
    "count by (@) (longshore_pollers{@})",
];

fn empty_receives() -> Vec<Panel> {
    let each = About {
        shows: "Receives that brought no message, a second, for each queue.",
        good: "at most 0.05 for each poller: one in 20 seconds. It falls when traffic comes.",
        otherwise: "hundreds a second are short polling. Open the queue: its configured wait is not 20 s, or \
                    something cuts its polls off.",
    };
    let all = About {
        shows: "The same of all queues together, and the fewest that there can be: had each waited its 20 seconds.",
        good: "both lines are one.",
        otherwise: "what lies between them is paid for nothing.",
    };
    let month = About {
        shows: "Empty receives in 30 days, at the present pace. SQS bills each like one that brings ten messages.",
        good: "130 thousand for each poller that idles.",
        otherwise: "a million costs $0.40 at list price. Billions have gone unseen for years.",
    };
    vec![
        Panel::new(Look::Lines, "Empty receives, each queue", each)
            .wide(10)
            .unit("reqps")
            .ask(series(EACH_QUEUE, r#"sum by (@) (rate(longshore_receive_duration_seconds_count{@, outcome="empty"}[$__rate_interval]))"#)),
        Panel::new(Look::Lines, "Empty receives, all queues", all)
            .wide(10)
            .unit("reqps")
            .ask(series("made", r#"sum(rate(longshore_receive_duration_seconds_count{@, outcome="empty"}[$__rate_interval]))"#).solid(Colour::Orange))
            .ask(series(
                "unavoidable",
                r#"sum(
  sum by (@) (rate(longshore_receive_duration_seconds_sum{@, outcome="empty"}[$__rate_interval]))
  / job_queue:longshore_long_poll_reference:seconds{@}
)"#,
            ).dashed()),
        Panel::new(Look::Trend, "Empty receives a month", month)
            .wide(4)
            .high(8)
            .unit("short")
            .ask(series("in 30 days", r#"2592000 * sum(rate(longshore_receive_duration_seconds_count{@, outcome="empty"}[$__rate_interval]))"#)),
    ]
}

fn money() -> Vec<Panel> {
    let wasted = About {
        shows: "Dollars in 30 days for avoidable empty receives, for each queue.",
        good: "near $0, and below the queue's waste budget.",
        otherwise: "runbook LongshorePollingWaste: most often `wait` is short.",
    };
    let all = About {
        shows: "Dollars in 30 days of all queues: all requests, those in vain, and what may be in vain.",
        good: "the waste lies far below its budget.",
        otherwise: "the panel on the left says which queue.",
    };
    let message = About {
        shows: "Dollars for a million deleted messages, for each queue, idle long polls not counted, and the \
                strictest objective. Ten messages to a request cost $0.08, one to a request $0.80.",
        good: "below the objective.",
        otherwise: "runbook LongshoreMessageCostHigh.",
    };
    vec![
        Panel::new(Look::Lines, "Wasted a month, each queue", wasted)
            .unit("currencyUSD")
            .none("no rules")
            .ask(series(EACH_QUEUE, "job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@}")),
        Panel::new(Look::Lines, "Spend and waste a month, all queues", all)
            .unit("currencyUSD")
            .none("no rules")
            .ask(
                series("spend", "sum(job_queue:longshore_spend:usd_per_30d_rate30m{@})")
                    .solid(Colour::Blue),
            )
            .ask(
                series("wasted", "sum(job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@})")
                    .solid(Colour::Orange),
            )
            .ask(
                series("waste budget", "sum(job_queue:longshore_waste_budget:usd_per_30d{@})")
                    .dashed(),
            ),
        Panel::new(Look::Lines, "A million messages, each queue", message)
            .unit("currencyUSD")
            .none("no messages")
            .ask(series(EACH_QUEUE, "1e6 * job_queue:longshore_message_cost:usd_rate30m{@}"))
            .ask(
                series("objective", "1e6 * min(job_queue:longshore_message_cost_objective:usd{@})")
                    .dashed(),
            ),
    ]
}

fn budgets() -> Vec<Panel> {
    let left = About {
        shows: "What is left of the 30-day error budget, of the SLO of each queue that has least: delivery, latency \
                or freshness. Polling is judged in dollars, above.",
        good: "above 0 %. It falls with each bad event and comes back as they grow old.",
        otherwise: "below 0 % the objective is missed: open the queue. Lower than -100 % is not drawn.",
    };
    let burn = About {
        shows: "How fast the budget burns over an hour, of the SLO of each queue that burns fastest: delivery, \
                latency or freshness. At 1 it lasts exactly 30 days.",
        good: "below 1.",
        otherwise: "14.4 for an hour wakes somebody. Open the queue to see which SLO it is.",
    };
    vec![
        Panel::new(Look::Lines, "Budget left, each queue's worst SLO", left)
            .wide(12)
            .unit("percentunit")
            .bad(Bad::Below(0.0))
            .none("no events")
            .ask(series(
                EACH_QUEUE,
                "clamp_min(min by (@) (job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d{@, @felt}), -1)",
            )),
        Panel::new(Look::Lines, "Burn, each queue's worst SLO", burn)
            .wide(12)
            .unit("short")
            .steep()
            .bad(Bad::From(1.0))
            .none("no events")
            .ask(series(
                EACH_QUEUE,
                "max by (@) (job_queue_slo:longshore_slo_burn_rate:ratio_rate1h{@, @felt})",
            )),
    ]
}

fn traffic() -> Vec<Panel> {
    let messages = About {
        shows: "Messages that were handled and deleted, a second, for each queue.",
        good: "what you expect of the hour.",
        otherwise: "a queue at zero while its backlog grows does not work.",
    };
    let failures = About {
        shows: "Messages that their handler failed, a second, for each queue. Most will be tried again.",
        good: "near zero.",
        otherwise: "the log of the worker names each; the queue's dashboard says how they fail.",
    };
    let backlog = About {
        shows: "Messages that wait in each queue, as SQS last told.",
        good: "it goes back to zero between bursts.",
        otherwise: "if it only rises, there are too few workers or slots.",
    };
    vec![
        Panel::new(Look::Lines, "Messages, each queue", messages).unit("mps").ask(series(
            EACH_QUEUE,
            r#"sum by (@) (rate(longshore_messages_total{@, result="deleted"}[$__rate_interval]))"#,
        )),
        Panel::new(Look::Lines, "Failures, each queue", failures).unit("mps").ask(series(
            EACH_QUEUE,
            "sum by (@) (rate(longshore_handler_errors_total{@}[$__rate_interval]))",
        )),
        Panel::new(Look::Lines, "Backlog, each queue", backlog).unit("short").ask(series(
            EACH_QUEUE,
            r#"max by (@) (longshore_backlog_messages{@, state="visible"})"#,
        )),
    ]
}
