//! What the requests cost, how much of that avoidable empty receives and costly messages make, and who
//! is told. Dollars are per 30 days at the pace of the window.

use super::burn::burn_rate;
use super::group::{Alert, BY_QUEUE, DashboardId, Rule, record};
use super::scale::Scale;
use longshore::cost::pricing;
use longshore::slo::windows::{Burn, COST, POLLING, windows};

/// Dollars are per so many seconds.
const MONTH: u64 = pricing::MONTH.as_secs();

/// Spend, waste, and the price of a message, over each window of the alerts on money.
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
    // The empty receives that would have been enough, had each waited as long as it can.
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

fn wasted_spend(window: &str) -> String {
    name_of("wasted_spend:usd_per_30d_rate", window)
}

fn message_cost(window: &str) -> String {
    name_of("message_cost:usd_rate", window)
}

fn overspend(window: &str) -> String {
    name_of("message_overspend:usd_per_30d_rate", window)
}

/// Tickets, where it is inefficient and the money is worth somebody's time.
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
        "At the pace of the last {still}, queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} spends \
         ${{{{ printf \"%.0f\" $value }}}} in 30 days on receives that came back empty before a full long \
         poll was over. That is above its waste budget, and it has been so over the last {over}."
    );
    let summary = "Queue {{ $labels.queue }} pays for avoidable empty receives.";
    ticket("LongshorePollingWaste", expr, burn, scale, summary, description)
}

fn cost(burn: &Burn, scale: Scale) -> Alert {
    let Burn { factor, long, short, .. } = burn;
    let objective = "job_queue:longshore_message_cost_objective:usd";
    let dear = |window| format!("{} / {objective} > {factor}", message_cost(window));
    let expr = format!(
        "{}\nand\n{}\nand\n{}",
        material(overspend, burn),
        dear(long.name),
        dear(short.name)
    );
    let (over, still) = (scale.text(long.length), scale.text(short.length));
    let description = format!(
        "Over the last {over}, a message of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} cost \
         {} its objective, idle long polls not counted. At the pace of the last \
         {still}, that is ${{{{ printf \"%.0f\" $value }}}} in 30 days above the objective.",
        more_than(*factor)
    );
    let summary = "Messages of queue {{ $labels.queue }} cost more than their objective.";
    ticket("LongshoreMessageCostHigh", expr, burn, scale, summary, description)
}

fn more_than(factor: f64) -> String {
    if factor == 1.0 { "more than".to_owned() } else { format!("more than {factor} times") }
}

/// Above the budget over both windows; the value is the short one's, which is what goes on now.
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
