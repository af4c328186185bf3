//! What the SQS queues of an account waste, and which messages they will lose.
//!
//! Facts about queues come from an account ([`account`]), from the workers of Longshore
//! ([`prometheus`]) or from a Terraform plan ([`terraform`]). [`checks`] judge each queue, and
//! [`Report`] has the findings, which [`output`] writes. Nothing is changed in an account.

pub mod account;
mod baseline;
pub mod checks;
mod figures;
mod finding;
mod fix;
mod forecast;
mod gap;
pub mod output;
pub mod prometheus;
pub mod queue;
mod report;
pub mod terraform;

pub use baseline::{Accepted, Baseline, BaselineProblem, InvalidBaseline};
pub use finding::{Certainty, Cost, Finding, Problem, Severity, Verdict};
pub use fix::Fix;
pub use forecast::Forecast;
pub use gap::Gap;
pub use queue::Queue;
pub use report::{
    Facts, FindingCounts, QueueFigures, Report, Requests, SourceOfFigures, Totals, Unknown,
};
