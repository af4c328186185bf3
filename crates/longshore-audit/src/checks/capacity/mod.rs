//! The limits of SQS.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html>

mod groups;
mod limits;

pub(super) use groups::{few_groups, noisy_groups};
pub(super) use limits::{fifo_throughput, in_flight_limit, message_size_limit};
