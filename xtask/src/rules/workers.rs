//! What workers do to messages by stopping, vanishing, stalling or losing their hold on them. Reads only
//! what workers export.

use super::group::{Alert, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// One alert each.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [stalled(scale), aborted(scale), vanished(scale), leases_lost(scale)]
        .into_iter()
        .map(Rule::Alert)
        .collect()
}

/// A long poll of an empty queue is a success every 20 s. Workers that have no room for another message
/// may rightly ask for none.
fn stalled(scale: Scale) -> Alert {
    let window = scale.text(minutes(5));
    Alert {
        name: "LongshorePollersStalled",
        expr: format!(
            "sum by ({BY_QUEUE}) (
  rate(longshore_receive_duration_seconds_count{{outcome=~\"full|partial|empty\"}}[{window}])
) == 0
and
sum by ({BY_QUEUE}) (longshore_pollers) > 0
and
sum by ({BY_QUEUE}) (longshore_messages_in_flight)
  < sum by ({BY_QUEUE}) (longshore_configured_concurrency)"
        ),
        hold: minutes(5),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![],
        summary: "Queue {{ $labels.queue }} is not being polled.".to_owned(),
        description: format!(
            "No receive from queue {{{{ $labels.queue }}}} by job {{{{ $labels.job }}}} has succeeded for \
             {window}, and that has been so for another {}, although its poll loops run and have room for \
             messages. An idle queue answers every 20 seconds.",
            scale.text(minutes(5))
        ),
        dashboard: DashboardId::Queue,
    }
}

fn aborted(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreMessagesAborted",
        expr: format!(
            "sum by ({BY_QUEUE}) (increase(longshore_messages_aborted_total[{window}])) > 0"
        ),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Handlers of queue {{ $labels.queue }} were cut off by a shutdown.".to_owned(),
        description: format!(
            "Messages of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} that were given back unfinished \
             in the last {window}, because the grace of a shutdown was over: about \
             {{{{ printf \"%.0f\" $value }}}}. They will be handled again from the start."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

/// A worker that stops in order is last scraped with nothing in flight.
fn vanished(scale: Scale) -> Alert {
    let window = scale.text(minutes(10));
    Alert {
        name: "LongshoreVanishedWithMessages",
        expr: format!(
            "sum by ({BY_QUEUE}) (
  last_over_time(longshore_messages_in_flight[{window}])
  unless
  longshore_messages_in_flight
) > 0"
        ),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "A worker of queue {{ $labels.queue }} vanished with messages in flight."
            .to_owned(),
        description: format!(
            "Workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} that are gone had \
             {{{{ printf \"%.0f\" $value }}}} messages in flight when last scraped, in the last {window}: \
             killed, out of memory, or out of reach. The messages stay hidden until their visibility timeout."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

/// So many that it is no accident: as many as are bad events of the delivery SLO.
fn leases_lost(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreLeasesLost",
        expr: format!(
            "sum by ({BY_QUEUE}) (increase(longshore_messages_total{{result=\"lease_lost\"}}[{window}]))
>=
max by ({BY_QUEUE}) (longshore_slo_min_bad_events{{slo=\"delivery\"}})"
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Messages of queue {{ $labels.queue }} outlive their visibility timeout.".to_owned(),
        description: format!(
            "In the last {window}, about {{{{ printf \"%.0f\" $value }}}} messages of queue \
             {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} became visible to others while they were being \
             handled. They are handled twice."
        ),
        dashboard: DashboardId::Queue,
    }
}
