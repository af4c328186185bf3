//! The limits of SQS that more than one module depends on.

use std::time::Duration;

/// The largest number of messages in one request.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html>
pub const BATCH: usize = 10;

/// The longest time that a message can stay invisible, counted from its receive. Extending the
/// visibility timeout does not reset it.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
pub const VISIBILITY_CEILING: Duration = Duration::from_secs(12 * 60 * 60);
