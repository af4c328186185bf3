//! Alerts about workers that ended without a drain: restarted at the same address, or gone.
//!
//! A worker that drains or that ends by itself has no poll loops at its last scrape.

use super::group::{Alert, BY_PROCESS, BY_QUEUE, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// Workers that had poll loops at their last scrape, also for 5 minutes after they are gone.
const POLLING_WORKERS: &str = "job_queue:longshore_polling_workers:count";
/// Messages that waited or were in flight at the last scrape.
const MESSAGES: &str = "job_queue:longshore_known_messages:count";

/// What is known of the workers of a queue. After the last one is gone, the last value stays in
/// Prometheus, and reading it is cheap because there is one series for each queue.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let window = scale.text(minutes(5));
    let in_flight =
        format!("sum by ({BY_QUEUE}) (last_over_time(longshore_messages_in_flight[{window}]))");
    vec![
        record(
            POLLING_WORKERS,
            format!("sum by ({BY_QUEUE}) (last_over_time(longshore_pollers[{window}]) > bool 0)"),
        ),
        record(
            MESSAGES,
            format!(
                "{in_flight}
+
max by ({BY_QUEUE}) (last_over_time(longshore_backlog_messages{{state=\"visible\"}}[{window}]))
or
{in_flight}"
            ),
        ),
    ]
}

/// One alert for each problem and severity.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [restarting(scale), restarted(scale), all_gone(scale), some_gone(scale)]
        .into_iter()
        .map(Rule::Alert)
        .collect()
}

/// Restarts of workers that had messages, minus those in which the last scrape of the old process
/// showed that it stopped by itself. Both counts change between the same two scrapes.
fn unclean_restarts(window: &str) -> String {
    format!(
        "sum by ({BY_QUEUE}) (
  (max_over_time(longshore_messages_in_flight[{window}]) > bool 0)
  * on ({BY_PROCESS}) group_left ()
  (
    changes(process_start_time_seconds[{window}])
    - (
      resets(longshore_draining[{window}]) > resets(longshore_last_scrape_pending[{window}])
      or
      resets(longshore_last_scrape_pending[{window}])
    )
  )
)"
    )
}

fn restarting(scale: Scale) -> Alert {
    let window = scale.text(minutes(15));
    Alert {
        name: "LongshoreRestartedWithMessages",
        expr: format!("{} >= 3", unclean_restarts(&window)),
        hold: minutes(1),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![("long_window", window.clone())],
        summary: "Workers of queue {{ $labels.queue }} crash again and again.".to_owned(),
        description: format!(
            "In the last {window}, workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             were restarted {{{{ $value }}}} times without a drain, and they had messages in flight. \
             Each restart uses one receive of these messages, until SQS moves them to the dead-letter \
             queue. The first cause to check is a lack of memory."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

fn restarted(scale: Scale) -> Alert {
    let window = scale.text(minutes(10));
    Alert {
        name: "LongshoreRestartedWithMessages",
        expr: format!("{} > 0", unclean_restarts(&window)),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![("long_window", window.clone())],
        summary: "A worker of queue {{ $labels.queue }} was restarted without a drain.".to_owned(),
        description: format!(
            "In the last {window}, workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             were restarted {{{{ $value }}}} time(s) without a drain, and they had messages in flight. \
             They were killed, ran out of memory, or crashed. The messages stay hidden until their \
             visibility timeout."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

/// Fires for a day, or until a worker is back. A fleet that is scaled to zero drains first.
fn all_gone(scale: Scale) -> Alert {
    let day = scale.text(minutes(24 * 60));
    Alert {
        name: "LongshoreWorkersGone",
        expr: format!(
            "last_over_time({MESSAGES}[{day}]) > 0
and
last_over_time({POLLING_WORKERS}[{day}]) > 0
unless
group by ({BY_QUEUE}) (longshore_pollers)"
        ),
        hold: minutes(2),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![("workers", "all".to_owned())],
        summary: "All workers of queue {{ $labels.queue }} are gone, and none has drained."
            .to_owned(),
        description:
            "Prometheus scrapes no worker of queue {{ $labels.queue }} of job {{ $labels.job }}. At \
             their last scrape the workers had not stopped, and {{ printf \"%.0f\" $value }} message(s) \
             waited or were in flight. Nothing processes the queue until a worker is back."
                .to_owned(),
        dashboard: DashboardId::Shutdown,
    }
}

fn some_gone(scale: Scale) -> Alert {
    let window = scale.text(minutes(10));
    Alert {
        name: "LongshoreWorkersGone",
        expr: format!(
            "count by ({BY_QUEUE}) (
  last_over_time(longshore_pollers[{window}]) > 0
  unless
  longshore_pollers
)"
        ),
        hold: minutes(2),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![("workers", "any".to_owned())],
        summary: "A worker of queue {{ $labels.queue }} is gone without a drain.".to_owned(),
        description: format!(
            "In the last {window}, {{{{ $value }}}} worker(s) of queue {{{{ $labels.queue }}}} of job \
             {{{{ $labels.job }}}} disappeared while their poll loops ran. They crashed, were killed, or \
             became unreachable, or Prometheus missed their last scrape."
        ),
        dashboard: DashboardId::Shutdown,
    }
}
