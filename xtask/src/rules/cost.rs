//! The cost of requests, of avoidable empty receives and of messages, and the alerts on them.
//! Dollars are per 30 days, at the rate of the window.

use super::burn::burn_rate;
use super::group::{Alert, BY_QUEUE, DashboardId, Rule, record};
use super::scale::Scale;
use longshore::cost::pricing;
use longshore::slo::windows::{Burn, COST, POLLING, windows};

/// The period of all dollar values, in seconds.
pub(super) const MONTH: u64 = pricing::MONTH.as_secs();

/// Spend, waste, and cost per message, over each window of the cost alerts.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    windows(POLLING.iter().chain(COST))
        .into_iter()
        .flat_map(|window| over(window.name, &scale.text(window.length)))
        .collect()
}

fn over(window: &str, length: &str) -> [Rule; 4] {
    let rate = |series: &str| format!("sum by ({BY_QUEUE}) (rate({series}[{length}]))");
    let billed = rate("longshore_billed_requests_total");
    let deleted = rate(r#"longshore_messages_total{result="deleted"}"#);
    let empties = rate(r#"longshore_receive_duration_seconds_count{outcome="empty"}"#);
    // The number of empty receives if each had waited for the longest time that SQS supports.
    let floor = format!(
        "{}\n    / job_queue:longshore_long_poll_reference:seconds",
        rate(r#"longshore_receive_duration_seconds_sum{outcome="empty"}"#)
    );
    let price = "job_queue:longshore_request_price:usd";
    let above_floor = |requests: &str| format!("clamp_min(\n  {requests}\n  - {floor},\n  0\n)");
    [
        record(spend(window), format!("{billed}\n* {price} * {MONTH}")),
        record(wasted_spend(window), format!("{}\n* {price} * {MONTH}", above_floor(&empties))),
        record(
            message_cost(window),
            format!("{}\n* {price}\n/ ({deleted} > 0)", above_floor(&billed)),
        ),
        record(
            overspend(window),
            format!(
                "({} - job_queue:longshore_message_cost_objective:usd)\n* {deleted}\n* {MONTH}",
                message_cost(window)
            ),
        ),
    ]
}

fn name_of(what: &str, window: &str) -> String {
    format!("job_queue:longshore_{what}{window}")
}

fn spend(window: &str) -> String {
    name_of("spend:usd_per_30d_rate", window)
}

pub(super) fn wasted_spend(window: &str) -> String {
    name_of("wasted_spend:usd_per_30d_rate", window)
}

fn message_cost(window: &str) -> String {
    name_of("message_cost:usd_rate", window)
}

fn overspend(window: &str) -> String {
    name_of("message_overspend:usd_per_30d_rate", window)
}

/// Alerts if a queue is inefficient and the amount is worth the time of an operator.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    let waste = POLLING.iter().map(|burn| waste(burn, scale));
    waste.chain(COST.iter().map(|burn| cost(burn, scale))).map(Rule::Alert).collect()
}

fn waste(burn: &Burn, scale: Scale) -> Alert {
    let Burn { factor, long, short, .. } = burn;
    let inefficient = |window| format!("{}{{slo=\"polling\"}} > {factor}", burn_rate(window));
    let expr = format!(
        "{}
and on ({BY_QUEUE})
{}
and on ({BY_QUEUE})
{}",
        material(wasted_spend, burn),
        inefficient(long.name),
        inefficient(short.name),
    );
    let (over, still) = (scale.text(long.length), scale.text(short.length));
    let description = format!(
        "At the rate of the last {still}, queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} wastes \
         ${{{{ printf \"%.0f\" $value }}}} in 30 days on receives that return empty before a full long poll \
         is over. This is above its waste budget. Over the last {over}, the waste is also above the \
         budget."
    );
    let summary = "Queue {{ $labels.queue }} wastes money on avoidable empty receives.";
    ticket("LongshorePollingWaste", expr, burn, scale, summary, description)
}

fn cost(burn: &Burn, scale: Scale) -> Alert {
    let Burn { factor, long, short, .. } = burn;
    let objective = "job_queue:longshore_message_cost_objective:usd";
    let above_objective = |window| format!("{} / {objective} > {factor}", message_cost(window));
    let expr = format!(
        "{}\nand\n{}\nand\n{}",
        material(overspend, burn),
        above_objective(long.name),
        above_objective(short.name)
    );
    let (over, still) = (scale.text(long.length), scale.text(short.length));
    let description = format!(
        "Over the last {over}, the cost per message of queue {{{{ $labels.queue }}}} of job \
         {{{{ $labels.job }}}} was {} its objective. Full long polls of an idle queue do not count. At the \
         rate of the last {still}, the queue spends ${{{{ printf \"%.0f\" $value }}}} in 30 days above the \
         objective.",
        more_than(*factor)
    );
    let summary = "Messages of queue {{ $labels.queue }} cost more than the objective allows.";
    ticket("LongshoreMessageCostHigh", expr, burn, scale, summary, description)
}

fn more_than(factor: f64) -> String {
    if factor == 1.0 { "more than".to_owned() } else { format!("more than {factor} times") }
}

/// Above the budget over both windows. The value is that of the short window, which is the current
/// one.
fn material(dollars: fn(&str) -> String, burn: &Burn) -> String {
    let budget = "job_queue:longshore_waste_budget:usd_per_30d";
    let above = |window| format!("{} > {budget}", dollars(window));
    format!("{}\nand\n{}", above(burn.short.name), above(burn.long.name))
}

fn ticket(
    name: &'static str,
    expr: String,
    burn: &Burn,
    scale: Scale,
    summary: &str,
    description: String,
) -> Alert {
    let labels = vec![
        ("long_window", scale.text(burn.long.length)),
        ("short_window", scale.text(burn.short.length)),
    ];
    Alert {
        name,
        expr,
        hold: burn.hold,
        keep: burn.keep,
        severity: burn.severity,
        labels,
        summary: summary.to_owned(),
        description,
        dashboard: DashboardId::Queue,
    }
}
