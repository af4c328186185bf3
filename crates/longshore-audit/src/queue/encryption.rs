//! Encryption at rest.

/// How messages are encrypted at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Off,
    /// With keys of SQS, without a charge.
    Sqs,
    /// With the AWS managed key of KMS, `alias/aws/sqs`.
    AwsManagedKey,
    /// With a key of the customer in KMS.
    CustomerKey,
}
