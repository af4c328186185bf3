//! Alerts on money that the alerts on one queue's waste and on its cost per message do not see.

use super::burn::burn_rate;
use super::cost::{dollars, wasted_spend};
use super::counts::{BILLED, DELETED, EMPTY, named};
use super::group::{Alert, BY_FLEET, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use super::settings::WASTE_BUDGET;
use longshore::slo::windows::Severity;

/// Requests without a result, and the waste of many queues.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [without_result(scale), fleet_waste(scale)].into_iter().map(Rule::Alert).collect()
}

/// Without a deleted message there is no cost per message. Empty receives do not count, because the
/// alert on waste judges them.
fn without_result(scale: Scale) -> Alert {
    let window = scale.text(minutes(30));
    let count = |counts: &str| named(counts, "30m");
    Alert {
        name: "LongshoreSpendWithoutResult",
        expr: format!(
            "({} - {}){}\n> {WASTE_BUDGET}\nunless\n{} > 0",
            count(BILLED),
            count(EMPTY),
            dollars("30m", scale),
            count(DELETED),
        ),
        hold: minutes(15),
        keep: minutes(30),
        severity: Severity::Ticket,
        labels: vec![("long_window", window.clone())],
        summary: "Requests for queue {{ $labels.queue }} cost money, and no message is deleted."
            .to_owned(),
        description: format!(
            "In the last {window}, job {{{{ $labels.job }}}} deleted no message of queue \
             {{{{ $labels.queue }}}}. Its requests that are not empty receives cost \
             ${{{{ printf \"%.0f\" $value }}}} in 30 days at this rate, which is above the waste budget. \
             Usually the same messages fail again and again."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// Only queues that stay within their own budget and miss their polling objective: each of the
/// others has its own alert, or is efficient. The fleet may waste 4 times the largest budget.
fn fleet_waste(scale: Scale) -> Alert {
    let sum = |window: &str| {
        format!(
            "sum by ({BY_FLEET}) (
  {} <= {WASTE_BUDGET}
  and on ({BY_QUEUE})
  {}{{slo=\"polling\"}} > 1
)\n> 4 * max by ({BY_FLEET}) ({WASTE_BUDGET})",
            wasted_spend(window),
            burn_rate(window)
        )
    };
    Alert {
        name: "LongshoreFleetWaste",
        expr: format!("{}\nand\n{}", sum("30m"), sum("6h")),
        hold: minutes(60),
        keep: minutes(60),
        severity: Severity::Ticket,
        labels: vec![
            ("long_window", scale.text(minutes(360))),
            ("short_window", scale.text(minutes(30))),
        ],
        summary: "Many queues together waste money on avoidable empty receives.".to_owned(),
        description:
            "The queues that miss their polling objective together waste \
             ${{ printf \"%.0f\" $value }} in 30 days. Each of them stays within its own waste budget. \
             The waste of all is more than 4 times the largest budget."
                .to_owned(),
        dashboard: DashboardId::Fleet,
    }
}
