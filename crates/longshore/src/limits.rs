//! The limits that more than one module depends on: those of SQS, and one of the worker.

use std::time::Duration;

/// The largest number of messages in one request.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html>
pub const BATCH: usize = 10;

/// Requests that settle the messages of one queue and can be open at the same time, those that wait
/// for a retry included.
pub const SETTLE_REQUESTS: usize = 16;

/// Payloads of one queue that are deleted from S3 at the same time.
pub const PAYLOAD_DELETES: usize = 32;

/// The longest time that a message can stay invisible, counted from its receive. Extending the
/// visibility timeout does not reset it.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
pub const VISIBILITY_CEILING: Duration = Duration::from_secs(12 * 60 * 60);

/// The largest number of attributes of a message.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
pub const MESSAGE_ATTRIBUTES: usize = 10;

/// The largest size of a message: body and attributes.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MESSAGE_BYTES: usize = 1024 * 1024;
