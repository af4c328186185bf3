//! Why an account cannot be audited.

/// The account cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No source names a region.
    #[error("no region is configured. Set --region or AWS_REGION")]
    NoRegion,
    /// The queues cannot be listed.
    #[error("cannot list the queues of {place}: {error}{advice}")]
    NotListed {
        /// The region, and the endpoint if it is not that of AWS.
        place: String,
        /// The error of SQS.
        error: String,
        /// What to do.
        advice: String,
    },
    /// A named queue does not exist or cannot be resolved.
    #[error("cannot read queue {queue}: {error}{advice}")]
    NotFound {
        /// The queue, as it was named.
        queue: String,
        /// The error of SQS.
        error: String,
        /// What to do.
        advice: String,
    },
    /// A named queue is in another region.
    #[error("queue {queue} is in {region}, and this audit is of {audited}. Set --region {region}")]
    OtherRegion {
        /// The queue, as it was named.
        queue: String,
        /// Its region.
        region: String,
        /// The region of the audit.
        audited: String,
    },
    /// A filter matches no queue.
    #[error("no queue of {region} {filter}")]
    NoMatch {
        /// The region.
        region: String,
        /// The filter, as a verb and its object.
        filter: String,
    },
    /// No queue could be read.
    #[error("cannot read the attributes of any of {queues} queues: {error}{advice}")]
    NothingRead {
        /// How many were listed.
        queues: usize,
        /// The first error of SQS.
        error: String,
        /// What to do.
        advice: String,
    },
}
