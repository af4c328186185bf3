//! Everything SQS can answer instead of a result: for each reason its JSON type, its code of the old
//! Query protocol (which SDKs still match on) and its HTTP status.

use std::borrow::Cow;

/// Why an action was refused, as SQS would say it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.reason.shape().code)]
pub struct Refusal {
    reason: Reason,
    message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into() }
    }

    /// `InvalidParameterValue`, in the words SQS uses when one parameter is at fault.
    pub(crate) fn invalid(parameter: &str, value: impl std::fmt::Display, why: &str) -> Self {
        let message = format!("Value {value} for parameter {parameter} is invalid. Reason: {why}");
        Self::new(Reason::InvalidParameterValue, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::new(Reason::MissingParameter, message)
    }

    pub(crate) fn no_such_queue() -> Self {
        Self::new(Reason::QueueDoesNotExist, "The specified queue does not exist.")
    }

    pub(crate) fn shape(&self) -> Shape {
        self.reason.shape()
    }

    /// The code clients match on, for instance `AWS.SimpleQueueService.NonExistentQueue`.
    pub fn code(&self) -> &'static str {
        self.reason.shape().code
    }

    /// The sentence SQS would send with the code.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// How a reason looks on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The `__type` of the JSON body.
    pub(crate) wire_type: &'static str,
    /// The first half of `x-amzn-query-error`, and the code of a batch entry.
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    /// Whether the sender is to blame rather than the service.
    pub(crate) senders_fault: bool,
}

macro_rules! reasons {
    ($($reason:ident => $namespace:literal $wire:literal, $code:literal, $status:literal;)*) => {
        /// The closed set of reasons.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Reason { $($reason,)* }

        impl Reason {
            pub(crate) fn shape(self) -> Shape {
                match self {
                    $(Self::$reason => Shape {
                        wire_type: concat!($namespace, "#", $wire),
                        code: $code,
                        status: $status,
                        senders_fault: $status < 500,
                    },)*
                }
            }
        }
    };
}

// Statuses and codes are those of the service's Smithy model (aws.protocols#awsQueryError).
reasons! {
    BatchEntryIdsNotDistinct => "com.amazonaws.sqs" "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400;
    BatchRequestTooLong => "com.amazonaws.sqs" "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400;
    EmptyBatchRequest => "com.amazonaws.sqs" "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400;
    InvalidBatchEntryId => "com.amazonaws.sqs" "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400;
    TooManyEntriesInBatchRequest => "com.amazonaws.sqs" "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400;
    InvalidAttributeName => "com.amazonaws.sqs" "InvalidAttributeName", "InvalidAttributeName", 400;
    InvalidAttributeValue => "com.amazonaws.sqs" "InvalidAttributeValue", "InvalidAttributeValue", 400;
    InvalidMessageContents => "com.amazonaws.sqs" "InvalidMessageContents", "InvalidMessageContents", 400;
    OverLimit => "com.amazonaws.sqs" "OverLimit", "OverLimit", 403;
    PurgeQueueInProgress => "com.amazonaws.sqs" "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403;
    QueueDeletedRecently => "com.amazonaws.sqs" "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400;
    QueueDoesNotExist => "com.amazonaws.sqs" "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400;
    QueueNameExists => "com.amazonaws.sqs" "QueueNameExists", "QueueAlreadyExists", 400;
    ReceiptHandleIsInvalid => "com.amazonaws.sqs" "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404;
    RequestThrottled => "com.amazonaws.sqs" "RequestThrottled", "RequestThrottled", 403;
    UnsupportedOperation => "com.amazonaws.sqs" "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400;
    AccessDenied => "com.amazon.coral.service" "AccessDeniedException", "AccessDenied", 403;
    InvalidParameterValue => "com.amazon.coral.service" "InvalidParameterValueException", "InvalidParameterValue", 400;
    MissingParameter => "com.amazon.coral.service" "MissingRequiredParameterException", "MissingParameter", 400;
    Serialization => "com.amazon.coral.service" "SerializationException", "MalformedInput", 400;
    UnknownOperation => "com.amazon.coral.service" "UnknownOperationException", "InvalidAction", 404;
    Throttling => "com.amazon.coral.availability" "ThrottlingException", "ThrottlingException", 400;
    InternalError => "com.amazonaws.sqs" "InternalError", "InternalError", 500;
    InternalFailure => "com.amazon.coral.service" "InternalFailure", "InternalFailure", 500;
    ServiceUnavailable => "com.amazon.coral.service" "ServiceUnavailableException", "ServiceUnavailable", 503;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_queue_is_named_as_sqs_names_it() {
        let shape = Refusal::no_such_queue().shape();
        assert_eq!(shape.wire_type, "com.amazonaws.sqs#QueueDoesNotExist");
        assert_eq!(shape.code, "AWS.SimpleQueueService.NonExistentQueue");
        assert_eq!((shape.status, shape.senders_fault), (400, true));
    }

    #[test]
    fn only_the_services_own_failures_are_not_the_senders_fault() {
        assert!(!Reason::InternalFailure.shape().senders_fault);
        assert!(Reason::RequestThrottled.shape().senders_fault);
    }
}
