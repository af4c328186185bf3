//! How receives, handlers and messages end. The worker decides, the metrics and the traces report.

use crate::label::label_set;

label_set! {
    /// How a receive ended.
    ReceiveOutcome {
        /// It returned as many messages as it asked for.
        Full = "full",
        /// It returned messages, but fewer than it asked for.
        Partial = "partial",
        /// It returned no message. SQS bills it like a full one.
        Empty = "empty",
        /// It failed: SQS answered with an error, or there was no answer.
        Error = "error",
        /// The worker dropped it at the end of the shutdown grace. Messages that SQS had already
        /// assigned to it stay hidden until their visibility timeout.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// How the handling of a message ended.
    Ending {
        /// The handler processed the message.
        Done = "done",
        /// The handler asked for a retry.
        Retry = "retry",
        /// The handler rejected the message.
        Reject = "reject",
        /// The application failed for a reason that is not the message's, such as a 5xx response.
        Outage = "outage",
        /// The handler was unreachable.
        Unavailable = "unavailable",
        /// The handler did not start, because this machine lacks a resource.
        Shortage = "shortage",
        /// The handler did not end before its timeout.
        TimedOut = "timed_out",
        /// The handler panicked.
        Panicked = "panicked",
        /// The shutdown grace ended first.
        Interrupted = "interrupted",
        /// The lease was lost while the handler ran.
        LeaseLost = "lease_lost",
    }
}

label_set! {
    /// How a handler failed a message. An interruption or a lost lease is not a failure of the
    /// handler.
    HandlerError {
        /// It asked for a retry.
        Retry = "retry",
        /// It rejected the message.
        Reject = "reject",
        /// The application failed for a reason that is not the message's.
        Outage = "outage",
        /// It was unreachable.
        Unavailable = "unavailable",
        /// This machine lacks a resource that it needs.
        Shortage = "shortage",
        /// It did not end before its timeout.
        TimedOut = "timed_out",
        /// It panicked.
        Panicked = "panicked",
    }
}

label_set! {
    /// How one receive of a message was settled. Each receive of a message ends in exactly one of
    /// these.
    Settled {
        /// Deleted, and SQS confirmed it.
        Deleted = "deleted",
        /// Made visible again after a back-off.
        Retried = "retried",
        /// Rejected by its handler, then treated as `on_reject` says.
        Rejected = "rejected",
        /// Released: made visible again at once.
        Released = "released",
        /// The lease was lost: the visibility timeout ended, or another consumer has the message.
        LeaseLost = "lease_lost",
        /// Not settled: SQS did not accept it before the lease ended, or the process stopped first.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// What happened to a message that was in flight when a shutdown began.
    Fate {
        /// Its handler ended by itself.
        Completed = "completed",
        /// It was released before a handler started.
        Released = "released",
        /// Its handler was interrupted at the end of the grace, and the message was released.
        Aborted = "aborted",
        /// It was neither settled nor released. It stays hidden until its visibility timeout.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// How the move of a rejected message to the dead-letter queue ended. A message that is not moved
    /// stays in its queue, and the redrive policy moves it later.
    DeadLetterMove {
        /// It is in the dead-letter queue.
        Moved = "moved",
        /// The queue has no redrive policy.
        NoPolicy = "no_policy",
        /// The redrive policy of the queue is not known.
        UnknownPolicy = "unknown_policy",
        /// SQS did not accept the send in time.
        Failed = "failed",
        /// The shutdown grace ended first.
        Stopped = "stopped",
    }
}

label_set! {
    /// How one run of a periodic task ended, for the worker that sends it.
    TaskRun {
        /// Its message was sent within a minute of its time.
        Sent = "sent",
        /// Its message was sent later, within the grace.
        Late = "late",
        /// Its message was not sent: no worker sent it within the grace or before the next run.
        Missed = "missed",
        /// Its message was not sent, because SQS or DynamoDB did not accept it within the grace.
        Failed = "failed",
    }
}

label_set! {
    /// The worker that sends the periodic tasks of a queue, as a worker is configured.
    TaskSender {
        /// One of the workers that share the table `cron_table`, for each run.
        Table = "table",
        /// This worker, which has `cron_leader = true`.
        Leader = "leader",
        /// Another worker, because this one has `cron_leader = false`, or runs until its queues are empty.
        Other = "other",
    }
}

label_set! {
    /// How the read of a payload from S3 ended.
    PayloadRead {
        /// The handler gets it.
        Ok = "ok",
        /// The object does not exist, or it is archived.
        Missing = "missing",
        /// It is larger than `payloads.max_mib`.
        TooLarge = "too_large",
        /// It is not UTF-8.
        NotText = "not_text",
        /// `payloads.buckets` does not list its bucket.
        OtherBucket = "other_bucket",
        /// S3 refuses the request: no permission, or no such bucket.
        Refused = "refused",
        /// S3 is unreachable or fails.
        Unavailable = "unavailable",
    }
}

label_set! {
    /// How the delete of a payload in S3 ended.
    PayloadDelete {
        /// The object is deleted.
        Ok = "ok",
        /// S3 did not confirm it. The object stays.
        Failed = "failed",
    }
}

label_set! {
    /// The requests that settle messages.
    Settling {
        /// `DeleteMessageBatch`.
        Delete = "delete",
        /// `ChangeMessageVisibilityBatch`.
        ChangeVisibility = "change_visibility",
    }
}

impl Ending {
    /// The failure of the handler that this ending stands for; `None` if the handler did not fail.
    pub fn handler_error(self) -> Option<HandlerError> {
        match self {
            Self::Retry => Some(HandlerError::Retry),
            Self::Reject => Some(HandlerError::Reject),
            Self::Outage => Some(HandlerError::Outage),
            Self::Unavailable => Some(HandlerError::Unavailable),
            Self::Shortage => Some(HandlerError::Shortage),
            Self::TimedOut => Some(HandlerError::TimedOut),
            Self::Panicked => Some(HandlerError::Panicked),
            Self::Done | Self::Interrupted | Self::LeaseLost => None,
        }
    }
}
