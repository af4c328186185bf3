//! The cost of requests, of avoidable empty receives and of messages, and the alerts on them.
//! Dollars are per 30 days, at the rate of the window.

use super::burn::burn_rate;
use super::counts::{BILLED, COUNTED, DELETED, EMPTY, EMPTY_SECONDS, OBSERVED, named};
use super::group::{Alert, BY_QUEUE, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use super::settings::{COST_OBJECTIVE, PRICE, REFERENCE, WASTE_BUDGET};
use longshore::cost::pricing;
use longshore::slo::windows::{Burn, COST, POLLING, windows};

/// The period of all dollar values, in seconds.
const MONTH: u64 = pricing::MONTH.as_secs();

/// Requests, messages and observed time over each window of the cost alerts, and the dollars of them.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    windows(POLLING.iter().chain(COST))
        .into_iter()
        .flat_map(|window| {
            let sums = sums(window.name, &scale.text(window.length));
            sums.into_iter().chain(dollars_over(window.name, scale)).collect::<Vec<_>>()
        })
        .collect()
}

/// The sums are recorded, because each of them is a part of several amounts.
fn sums(window: &str, length: &str) -> [Rule; 5] {
    [BILLED, DELETED, EMPTY, EMPTY_SECONDS, OBSERVED].map(|counts| {
        record(named(counts, window), format!("sum_over_time({counts}[{length}]) / {COUNTED}"))
    })
}

fn dollars_over(window: &str, scale: Scale) -> [Rule; 4] {
    let sum = |counts: &str| named(counts, window);
    let (billed, deleted, empties) = (sum(BILLED), sum(DELETED), sum(EMPTY));
    // The number of empty receives if each had waited for the longest time that SQS supports.
    let floor = format!("{} / {REFERENCE}", sum(EMPTY_SECONDS));
    let above_floor = |requests: &str| format!("clamp_min({requests} - {floor}, 0)");
    let dollars = dollars(window, scale);
    [
        record(spend(window), format!("{billed}{dollars}")),
        record(wasted_spend(window), format!("{}{dollars}", above_floor(&empties))),
        record(
            message_cost(window),
            format!("{}\n* {PRICE}\n/ ({deleted} > 0)", above_floor(&billed)),
        ),
        record(
            overspend(window),
            format!(
                "({} - {COST_OBJECTIVE})\n* {deleted}\n* {MONTH}\n/ ({} > {})",
                message_cost(window),
                sum(OBSERVED),
                enough(scale)
            ),
        ),
    ]
}

/// Makes dollars in 30 days of the sum of a count of requests over this window. They divide by the
/// time in which the queue was observed, because a new queue has not been observed for the whole
/// window.
pub(super) fn dollars(window: &str, scale: Scale) -> String {
    let observed = named(OBSERVED, window);
    format!("\n* {PRICE} * {MONTH}\n/ ({observed} > {})", enough(scale))
}

/// The observed time from which dollars are recorded: what the overlapping counts sum up to after 10
/// minutes, (0.5 + 1.5 + 2.5 + 3.5 + 4.5 + 5 x 5 minutes) / 5. Before, the start of the queue is not
/// known well enough.
fn enough(scale: Scale) -> f64 {
    (scale.seconds(minutes(37)) - scale.seconds(minutes(1)) / 2.0) / COUNTED as f64
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
    let above_objective =
        |window| format!("{} / {COST_OBJECTIVE} > {factor}", message_cost(window));
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
    let above = |window| format!("{} > {WASTE_BUDGET}", dollars(window));
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
