//! The interface to SQS: what the worker needs of a queue, and its implementation with the AWS SDK.
//! Only this module uses the SDK. It knows nothing about handlers, leases or slots.

mod api;
mod dead_letter;
mod failure;
mod message;
mod outgoing;
mod payload;
#[cfg(all(test, any(feature = "command", feature = "http")))]
pub(crate) mod property;
mod request;
#[cfg(feature = "s3")]
mod s3;
mod sqs;

pub use api::{AttemptId, BacklogState, Queue, QueueAttributes, Receive, Refused, Visibility};
pub use dead_letter::DeadLetter;
pub use failure::{FailureKind, Progress, QueueError};
pub(crate) use message::Envelope;
pub use message::{AttributeContent, AttributeValue, Delivery, Message, Receipt};
pub use outgoing::OutgoingMessage;
pub use payload::{PayloadError, PayloadFailure, PayloadObject, PayloadStore};
pub use request::{Action, ApiResult};
#[cfg(feature = "s3")]
pub use s3::S3Payloads;
#[cfg(feature = "dynamodb")]
pub use sqs::{ConditionalUpdate, Item, Table, TableValue, Updated};
pub use sqs::{Connection, Sender, SqsQueue, Timeouts, is_loopback, region_of_url};

pub use crate::limits::{BATCH, VISIBILITY_CEILING};
