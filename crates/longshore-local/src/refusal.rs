//! The errors of SQS: for each reason the JSON type, the HTTP status, and the code of the older
//! Query protocol, which SDKs still match on.

use std::borrow::Cow;

/// An error of an SQS action, with the code and the message that SQS would send.
///
/// It displays as `CODE: message`.
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

    /// `InvalidParameterValue`, with the message of SQS for an invalid parameter.
    pub(crate) fn invalid(parameter: &str, value: impl std::fmt::Display, why: &str) -> Self {
        let message = format!("Value {value} for parameter {parameter} is invalid. Reason: {why}");
        Self::new(Reason::InvalidParameterValueException, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::new(Reason::MissingRequiredParameterException, message)
    }

    pub(crate) fn no_such_queue() -> Self {
        Self::new(Reason::QueueDoesNotExist, "The specified queue does not exist.")
    }

    /// `InvalidAttributeValue` for the queue attribute `name`.
    pub(crate) fn invalid_attribute_value(name: &str) -> Self {
        let message = format!("Invalid value for the parameter {name}.");
        Self::new(Reason::InvalidAttributeValue, message)
    }

    /// `InvalidAttributeValue` for the queue attribute `name`, with the reason of SQS.
    pub(crate) fn bad_attribute(name: &str, why: &str) -> Self {
        let message = format!("Invalid value for the parameter {name}. Reason: {why}");
        Self::new(Reason::InvalidAttributeValue, message)
    }

    /// `InvalidAttributeName` for a name that is not an attribute.
    pub(crate) fn unknown_attribute(name: &str) -> Self {
        Self::new(Reason::InvalidAttributeName, format!("Unknown Attribute {name}."))
    }

    pub(crate) fn shape(&self) -> Shape {
        self.reason.shape()
    }

    /// The code that clients match on, for instance `AWS.SimpleQueueService.NonExistentQueue`.
    pub fn code(&self) -> &'static str {
        self.reason.shape().code
    }

    /// The message that SQS would send with the code.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// How a reason is encoded in a response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    namespace: &'static str,
    name: &'static str,
    /// The first part of the `x-amzn-query-error` header, and the code of a failed batch entry.
    pub(crate) code: &'static str,
    pub(crate) status: u16,
}

impl Shape {
    /// The `__type` field of the JSON body.
    pub(crate) fn wire_type(self) -> String {
        format!("{}#{}", self.namespace, self.name)
    }

    /// Whether the request is at fault, and not the service.
    pub(crate) fn senders_fault(self) -> bool {
        self.status < 500
    }
}

const SQS: &str = "com.amazonaws.sqs";
const CORAL: &str = "com.amazon.coral.service";

/// Each reason, named after its JSON type: namespace, code, status.
macro_rules! reasons {
    ($($reason:ident: $namespace:ident, $code:literal, $status:literal;)*) => {
        /// All reasons for which this server fails an action.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Reason { $($reason,)* }

        impl Reason {
            pub(crate) fn shape(self) -> Shape {
                let (namespace, name, code, status) = match self {
                    $(Self::$reason => ($namespace, stringify!($reason), $code, $status),)*
                };
                Shape { namespace, name, code, status }
            }
        }
    };
}

// Codes and statuses are those of the service's Smithy model (aws.protocols#awsQueryError).
reasons! {
    BatchEntryIdsNotDistinct: SQS, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400;
    BatchRequestTooLong: SQS, "AWS.SimpleQueueService.BatchRequestTooLong", 400;
    EmptyBatchRequest: SQS, "AWS.SimpleQueueService.EmptyBatchRequest", 400;
    InvalidBatchEntryId: SQS, "AWS.SimpleQueueService.InvalidBatchEntryId", 400;
    TooManyEntriesInBatchRequest: SQS, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400;

    PurgeQueueInProgress: SQS, "AWS.SimpleQueueService.PurgeQueueInProgress", 403;
    QueueDeletedRecently: SQS, "AWS.SimpleQueueService.QueueDeletedRecently", 400;
    QueueDoesNotExist: SQS, "AWS.SimpleQueueService.NonExistentQueue", 400;
    QueueNameExists: SQS, "QueueAlreadyExists", 400;

    InvalidAddress: SQS, "InvalidAddress", 404;
    InvalidAttributeName: SQS, "InvalidAttributeName", 400;
    InvalidAttributeValue: SQS, "InvalidAttributeValue", 400;
    InvalidMessageContents: SQS, "InvalidMessageContents", 400;
    InvalidParameterValueException: CORAL, "InvalidParameterValue", 400;
    MissingRequiredParameterException: CORAL, "MissingParameter", 400;
    OverLimit: SQS, "OverLimit", 403;
    ReceiptHandleIsInvalid: SQS, "ReceiptHandleIsInvalid", 404;
    ResourceNotFoundException: SQS, "ResourceNotFoundException", 404;

    AccessDeniedException: CORAL, "AccessDenied", 403;
    RequestThrottled: SQS, "RequestThrottled", 403;
    SerializationException: CORAL, "MalformedInput", 400;
    ThrottlingException: CORAL, "ThrottlingException", 400;
    UnknownOperationException: CORAL, "InvalidAction", 404;
    MissingAction: CORAL, "MissingAction", 400;
    InvalidAction: CORAL, "InvalidAction", 400;
    // Of LocalStack.
    InvalidRequest: CORAL, "InvalidRequest", 400;
    UnsupportedOperation: SQS, "AWS.SimpleQueueService.UnsupportedOperation", 400;

    InternalError: SQS, "InternalError", 500;
    InternalFailure: CORAL, "InternalFailure", 500;
    ServiceUnavailableException: CORAL, "ServiceUnavailable", 503;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_queue_has_the_type_and_code_of_sqs() {
        let shape = Refusal::no_such_queue().shape();
        assert_eq!(shape.wire_type(), "com.amazonaws.sqs#QueueDoesNotExist");
        assert_eq!(shape.code, "AWS.SimpleQueueService.NonExistentQueue");
        assert_eq!((shape.status, shape.senders_fault()), (400, true));
    }

    #[test]
    fn only_service_failures_are_not_the_senders_fault() {
        assert!(!Reason::InternalFailure.shape().senders_fault());
        assert!(Reason::RequestThrottled.shape().senders_fault());
    }
}
