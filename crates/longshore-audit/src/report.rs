//! The result of an audit.

use std::collections::{BTreeMap, BTreeSet};

use longshore::config::QueueConfig;
use longshore::cost::pricing::usd;
use schemars::JsonSchema;
use serde::Serialize;

use crate::baseline::{Accepted, Baseline, BaselineProblem};
use crate::checks::{CHECKS, Policies, empties};
use crate::finding::{Finding, Severity};
use crate::forecast::Forecast;
use crate::gap::Gap;
use crate::queue::Queue;

/// What the queues waste, and what they will lose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub struct Report {
    /// The version of this format.
    pub format: u32,
    /// The version of Longshore.
    pub version: &'static str,
    /// Where the figures come from.
    pub source: SourceOfFigures,
    /// The region. Null for a Terraform plan.
    pub region: Option<String>,
    /// The days that the figures cover. Null without figures.
    pub days: Option<u32>,
    /// The sums of all queues.
    pub totals: Totals,
    /// The findings: the most expensive first, then by severity.
    pub findings: Vec<Finding>,
    /// Findings that the baseline accepts.
    pub accepted: Vec<Accepted>,
    /// Entries of the baseline that are expired or match no finding.
    pub baseline_problems: Vec<BaselineProblem>,
    /// What could not be read, and what would give access.
    pub gaps: Vec<Gap>,
    /// What this audit itself requested and costs.
    pub requests: Requests,
    /// What the checks could not decide.
    pub unknown: Vec<Unknown>,
    /// The queues, with the forecast for Longshore. The most expensive empty receives first.
    pub queues: Vec<QueueFigures>,
}

/// What an audit requested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Requests {
    /// Requests to SQS. They are billed like receives.
    pub sqs: u64,
    /// Requests to CloudWatch.
    pub cloudwatch: u64,
    /// The metrics of the requests to CloudWatch, which are what it bills: $0.01 per 1,000.
    pub metrics: u64,
}

impl Requests {
    /// US dollars: SQS bills a request like one for a standard queue, and CloudWatch $0.01 for 1,000 metrics.
    /// <https://aws.amazon.com/cloudwatch/pricing/>
    pub fn usd(&self) -> f64 {
        usd(self.sqs, QueueConfig::STANDARD_USD_PER_MILLION) + self.metrics as f64 / 1_000.0 * 0.01
    }
}

/// Where the figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceOfFigures {
    /// The metrics of SQS in CloudWatch.
    CloudWatch,
    /// The counters of Longshore's workers in Prometheus.
    Prometheus,
    /// A Terraform plan, which has no figures.
    TerraformPlan,
}

/// The sums of all queues. US dollars are those of a month of 30 days, at the price of the first 100
/// billion requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema)]
pub struct Totals {
    /// The queues that were read.
    pub queues: usize,
    /// The queues with figures. With Prometheus, the sums of empty receives are those of these queues.
    pub measured: usize,
    /// Empty receives a month. Null without figures.
    pub empty_receives: Option<f64>,
    /// What they cost. Null without figures, and where prices are not in US dollars.
    pub empty_receives_usd: Option<f64>,
    /// What long polling would leave of it.
    pub long_polling_usd: Option<f64>,
    /// What all findings together save.
    pub saved_usd: f64,
    /// The number of findings, by severity.
    pub findings: FindingCounts,
}

/// The number of findings, by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingCounts {
    /// High.
    pub high: usize,
    /// Medium.
    pub medium: usize,
    /// Low.
    pub low: usize,
}

/// What a check could not decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unknown {
    /// The check.
    pub check: &'static str,
    /// What it needs.
    pub needs: &'static str,
    /// The number of queues that it could not judge.
    pub queues: usize,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct QueueFigures {
    /// The name.
    pub queue: String,
    /// Processed messages a month. Null without figures.
    pub messages: Option<f64>,
    /// Empty receives a month. Null without figures.
    pub empty_receives: Option<f64>,
    /// What they cost in US dollars a month.
    pub empty_receives_usd: Option<f64>,
    /// What Longshore would make of this traffic.
    pub forecast: Option<Forecast>,
}

/// What was read.
#[derive(Debug)]
pub struct Facts {
    /// Where the figures come from.
    pub source: SourceOfFigures,
    /// The region.
    pub region: Option<String>,
    /// The days that were asked for.
    pub days: Option<u32>,
    /// The queues.
    pub queues: Vec<Queue>,
    /// Whether no other queue exists: all of the account and region were read.
    pub complete: bool,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What reading them took.
    pub requests: Requests,
}

impl Report {
    /// The version of the format.
    pub const FORMAT: u32 = 1;

    /// Runs all checks. `forecast` is called for each queue with figures.
    pub fn new(
        facts: Facts,
        policies: &Policies,
        baseline: &Baseline,
        forecast: impl Fn(&Queue) -> Option<Forecast>,
    ) -> Self {
        let Judged { found, unknown, undecided } = judged(&facts.queues, policies);
        let names: BTreeSet<_> = facts.queues.iter().map(|queue| queue.name.as_str()).collect();
        let is_decided = |check: &str, queue: &str| {
            let is_audited = facts.complete || names.contains(queue);
            is_audited && !undecided.contains(&(check, queue))
        };
        let sorted = baseline.sort(found, is_decided);
        let mut findings = sorted.findings;
        findings.sort_by(|a, b| {
            let by_money = b.saved_usd().total_cmp(&a.saved_usd());
            let by_severity = b.severity.cmp(&a.severity);
            by_money.then(by_severity).then_with(|| (a.check, &a.queue).cmp(&(b.check, &b.queue)))
        });
        let mut queues: Vec<_> =
            facts.queues.iter().map(|queue| figures(queue, forecast(queue))).collect();
        queues.sort_by(|a, b| {
            let by_money = b.empty_receives_usd.unwrap_or_default();
            by_money
                .total_cmp(&a.empty_receives_usd.unwrap_or_default())
                .then(a.queue.cmp(&b.queue))
        });
        Self {
            format: Self::FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            source: facts.source,
            region: facts.region,
            days: facts.days,
            totals: totals(facts.source, &facts.queues, &findings),
            findings,
            accepted: sorted.accepted,
            baseline_problems: sorted.problems,
            gaps: facts.gaps,
            requests: facts.requests,
            unknown,
            queues,
        }
    }

    /// Whether a finding is at least as urgent.
    pub fn reaches(&self, level: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= level)
    }
}

/// What all checks say about all queues.
struct Judged<'a> {
    found: Vec<Finding>,
    unknown: Vec<Unknown>,
    /// The checks and queues of `unknown`.
    undecided: BTreeSet<(&'a str, &'a str)>,
}

fn judged<'a>(queues: &'a [Queue], policies: &Policies) -> Judged<'a> {
    let (mut found, mut undecided) = (Vec::new(), BTreeSet::new());
    let mut unknown: BTreeMap<(&str, &'static str), Unknown> = BTreeMap::new();
    for check in CHECKS {
        for queue in queues {
            match check.find(queue, policies) {
                Ok(finding) => found.extend(finding),
                Err(needs) => {
                    undecided.insert((check.id, queue.name.as_str()));
                    let entry = unknown.entry((check.id, needs)).or_insert(Unknown {
                        check: check.id,
                        needs,
                        queues: 0,
                    });
                    entry.queues += 1;
                }
            }
        }
    }
    Judged { found, unknown: unknown.into_values().collect(), undecided }
}

fn figures(queue: &Queue, forecast: Option<Forecast>) -> QueueFigures {
    let empties = queue.usage.as_ref().map(|usage| empties(queue, usage));
    QueueFigures {
        queue: queue.name.clone(),
        messages: queue.usage.as_ref().map(|usage| usage.a_month(usage.deleted)),
        empty_receives: empties.as_ref().map(|empties| empties.requests),
        empty_receives_usd: empties.and_then(|empties| queue.usd(empties.requests)),
        forecast,
    }
}

/// `None` without a queue, and unless each has the figure.
fn sum(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut figures = figures.peekable();
    figures.peek()?;
    figures.sum()
}

/// The workers in a Prometheus process some of the queues, and the sums are of these. If CloudWatch lacks a
/// queue, there is no sum: it would look like that of all.
fn totals(source: SourceOfFigures, queues: &[Queue], findings: &[Finding]) -> Totals {
    let measured = queues.iter().filter_map(|queue| Some((queue, queue.usage.as_ref()?)));
    let mut empties: Vec<_> =
        measured.map(|(queue, usage)| (queue, empties(queue, usage))).collect();
    let measured = empties.len();
    if source != SourceOfFigures::Prometheus && measured < queues.len() {
        empties.clear();
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let costs = || empties.iter().map(|(queue, one)| one.cost(queue));
    Totals {
        queues: queues.len(),
        measured,
        empty_receives: sum(empties.iter().map(|(_, one)| Some(one.requests))),
        empty_receives_usd: sum(costs().map(|cost| cost.map(|cost| cost.now_usd))),
        long_polling_usd: sum(costs().map(|cost| cost.and_then(|cost| cost.after_usd))),
        // Without a finding, the sum is -0.
        saved_usd: findings.iter().map(Finding::saved_usd).sum::<f64>() + 0.0,
        findings: FindingCounts {
            high: count(Severity::High),
            medium: count(Severity::Medium),
            low: count(Severity::Low),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_without_figures_leaves_no_sum_of_cloudwatch_but_one_of_the_workers() {
        let mut dead = Queue::example("dead");
        dead.usage = None;
        let queues = [Queue::example("orders"), dead];
        let sums = |source| {
            let totals = totals(source, &queues, &[]);
            (totals.measured, totals.empty_receives.is_some())
        };
        assert_eq!(sums(SourceOfFigures::CloudWatch), (1, false));
        assert_eq!(sums(SourceOfFigures::Prometheus), (1, true));
    }
}
