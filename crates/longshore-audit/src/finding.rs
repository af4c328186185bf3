//! What a check says about a queue.

use schemars::JsonSchema;
use serde::Serialize;

use crate::fix::Fix;

/// How urgent a finding is. The order is from the least to the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It costs or risks little. Fix it when you change the queue.
    Low,
    /// It costs at least $10 a month, or a fault of a consumer would lose or delay messages.
    Medium,
    /// It costs at least $100 a month, messages are being lost, or strangers have access.
    High,
}

impl Severity {
    /// The severity of waste: low below $10 a month, medium below $100.
    pub(crate) fn of_waste(usd_a_month: f64) -> Self {
        match usd_a_month {
            usd if usd >= 100.0 => Self::High,
            usd if usd >= 10.0 => Self::Medium,
            _ => Self::Low,
        }
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The settings or the counters prove it.
    Exact,
    /// It follows from metrics that do not contain all that is needed. The evidence names the assumption.
    Estimated,
}

impl Certainty {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Estimated => "estimated",
        }
    }
}

/// US dollars a month of 30 days, at the price of the first 100 billion requests. The free requests of
/// the account are not subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// What it costs now.
    pub now_usd: f64,
    /// What it costs after the change. Null if that cannot be known.
    pub after_usd: Option<f64>,
}

impl Cost {
    /// What the change saves. 0 if that cannot be known.
    pub fn saved_usd(&self) -> f64 {
        self.after_usd.map_or(0.0, |after| (self.now_usd - after).max(0.0))
    }
}

/// What is wrong with a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How urgent it is.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, with its figures. One or two sentences.
    pub evidence: String,
    /// What it costs, if it costs requests.
    pub cost: Option<Cost>,
    /// How to change it.
    pub fix: Fix,
}

impl Problem {
    /// A problem that the settings or counters prove.
    pub(crate) fn exact(severity: Severity, evidence: impl Into<String>, fix: Fix) -> Self {
        let evidence = evidence.into();
        Self { severity, certainty: Certainty::Exact, evidence, cost: None, fix }
    }

    /// A problem that follows from incomplete metrics.
    pub(crate) fn estimated(severity: Severity, evidence: impl Into<String>, fix: Fix) -> Self {
        Self { certainty: Certainty::Estimated, ..Self::exact(severity, evidence, fix) }
    }

    pub(crate) fn costing(self, cost: Cost) -> Self {
        Self { cost: Some(cost), ..self }
    }
}

/// What a check says about one queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The check found nothing, or does not apply to this queue.
    Fine,
    /// The check found a problem.
    Problem(Box<Problem>),
    /// The check needs what could not be read. The text names it.
    Unknown(&'static str),
}

impl From<Problem> for Verdict {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

/// One problem of one queue.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The check, for example `empty-receives`.
    pub check: &'static str,
    /// What the check looks for, as a title.
    pub title: &'static str,
    /// The name of the queue. In a Terraform plan that does not know it, the address of the resource.
    pub queue: String,
    /// The ARN of the queue, or the address of its resource in a Terraform plan.
    pub resource: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, with its figures.
    pub evidence: String,
    /// What it costs a month. Null if it costs no requests.
    pub cost: Option<Cost>,
    /// How to change it.
    pub fix: Fix,
    /// The page about the check.
    pub page: String,
}

impl Finding {
    /// What the change saves in US dollars a month. 0 if that cannot be known.
    pub fn saved_usd(&self) -> f64 {
        self.cost.map_or(0.0, |cost| cost.saved_usd())
    }
}
