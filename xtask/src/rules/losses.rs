//! The alert on messages that are lost one by one, too slowly for the burn rates.

use super::burn::BUDGET_BAD_EVENTS;
use super::group::{Alert, DashboardId, Rule};
use super::scale::{Scale, minutes};
use super::settings::MIN_BAD_EVENTS;
use longshore::slo::windows::Severity;

/// A count over a week. One lost message a day does not reach the minimum of bad events in 3 days,
/// which is the longest window of the burn rates.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    let week = scale.text(minutes(7 * 24 * 60));
    let alert = Alert {
        name: "LongshoreMessagesLost",
        expr: format!(
            "round(sum_over_time({BUDGET_BAD_EVENTS}{{slo=\"delivery\"}}[{week}]))
>=
{MIN_BAD_EVENTS}"
        ),
        hold: minutes(10),
        keep: minutes(60),
        severity: Severity::Ticket,
        labels: vec![("long_window", week.clone())],
        summary: "Queue {{ $labels.queue }} loses messages one by one.".to_owned(),
        description: format!(
            "In the last {week}, about {{{{ printf \"%.0f\" $value }}}} messages of queue \
             {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} were not delivered. They are in the \
             dead-letter queue, or they were deleted without being processed."
        ),
        dashboard: DashboardId::Queue,
    };
    vec![Rule::Alert(alert)]
}
