//! Requests that change visibility timeouts.

use crate::checks::judging::{Policies, by_usage};
use crate::figures::{count, dollars, time};
use crate::finding::{Cost, Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::Queue;

/// More than this share of the billed requests is a finding.
const MANY: f64 = 0.2;

/// Less than this is no finding.
const LEAST_USD: f64 = 1.0;

/// Heartbeats that a longer visibility timeout would save. CloudWatch does not count them.
pub(in crate::checks) fn heartbeats(queue: &Queue, _: &Policies) -> Verdict {
    by_usage(queue, |usage| {
        let Some(worker) = &usage.worker else {
            return Verdict::Unknown(
                "counters of workers: CloudWatch does not count visibility changes",
            );
        };
        let a_month = usage.a_month(worker.heartbeats);
        let Some(now_usd) = queue.usd(a_month) else { return Verdict::Fine };
        if worker.heartbeats <= MANY * worker.billed_requests || now_usd < LEAST_USD {
            return Verdict::Fine;
        }
        let p99 = worker.handler_p99.map_or_else(String::new, |p99| {
            format!(" The p99 of the handler time is {}.", time(p99))
        });
        let evidence = format!(
            "{} visibility changes a month cost {}: {:.0} % of the billed requests. They extend messages, or \
             release those that are retried.{p99}",
            count(a_month),
            dollars(now_usd),
            100.0 * worker.heartbeats / worker.billed_requests,
        );
        let text = "Set visibility in longshore.toml to more than twice the handler time. A message is \
                    then extended only if it takes longer. After a crash, messages wait longer.";
        let cost = Cost { now_usd, after_usd: None };
        let severity = Severity::of_waste(now_usd);
        Problem::estimated(severity, evidence, Fix::text(text)).costing(cost).into()
    })
}
