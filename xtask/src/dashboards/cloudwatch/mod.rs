//! The dashboard of SQS queues of any consumer, from the metrics of CloudWatch.

mod frame;
mod graphs;
mod overview;
mod selector;

pub(super) use frame::json;
