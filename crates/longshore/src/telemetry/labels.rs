//! The closed sets that labels take their values from. Adding a variant adds its series, at zero,
//! from the first scrape.

/// A label with a closed set of values.
pub trait LabelSet: Copy + 'static {
    /// Every member, in the order of [`index`](LabelSet::index).
    const ALL: &'static [Self];
    /// Every value, in the order of [`index`](LabelSet::index).
    const VALUES: &'static [&'static str];

    /// Where this value stands in [`VALUES`](LabelSet::VALUES).
    fn index(self) -> usize;

    /// The value as the label carries it.
    fn as_str(self) -> &'static str {
        Self::VALUES[self.index()]
    }
}

macro_rules! label_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl LabelSet for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];
            const VALUES: &'static [&'static str] = &[$($text),+];
            fn index(self) -> usize { self as usize }
        }
    };
}

label_set! {
    /// How a receive ended.
    ReceiveOutcome {
        /// As many messages as were asked for.
        Full = "full",
        /// Some, but fewer than asked for.
        Partial = "partial",
        /// None. It costs as much as a full one.
        Empty = "empty",
        /// SQS, or the way to it, said no.
        Error = "error",
        /// Cut off at the end of the shutdown's grace; what SQS had given it stays hidden until its
        /// visibility timeout.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// What a poll loop waited for before it asked again.
    Awaited {
        /// Others to come, after a receive that brought a few.
        Messages = "messages",
        /// Slots for a full batch, after a full receive.
        Slots = "slots",
    }
}

label_set! {
    /// Whether SQS delivers a message for the first time.
    Delivery {
        /// `ApproximateReceiveCount` is 1.
        First = "first",
        /// It is more.
        Redelivery = "redelivery",
    }
}

label_set! {
    /// What became of a receive of a message. Every receive ends in exactly one of them.
    Settled {
        /// Deleted: SQS said so.
        Deleted = "deleted",
        /// Made visible again after a back-off.
        Retried = "retried",
        /// Rejected by its handler, and dealt with as `on_reject` says.
        Rejected = "rejected",
        /// Given back at once, unfinished or unstarted.
        Released = "released",
        /// Ours no longer: its visibility timeout ran out or another consumer holds it.
        LeaseLost = "lease_lost",
        /// SQS was never told: the settle failed until the lease ran out, or the process stopped first.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// What became of a message that was in the worker's hands during a shutdown.
    Fate {
        /// Its handler ended by itself.
        Completed = "completed",
        /// Given back before a handler had it.
        Released = "released",
        /// Its handler was cut off at the end of the grace, and it was given back.
        Aborted = "aborted",
        /// Neither settled nor given back: it stays hidden until its visibility timeout, or was lost
        /// to it while its handler ran.
        Abandoned = "abandoned",
    }
}

label_set! {
    /// How the handling of a message ended.
    Ending {
        /// The handler was done with it.
        Done = "done",
        /// The handler asked for a retry.
        Retry = "retry",
        /// The handler rejected it.
        Reject = "reject",
        /// Nobody was there to handle it.
        Unavailable = "unavailable",
        /// The handler's time was up.
        TimedOut = "timed_out",
        /// The handler panicked.
        Panicked = "panicked",
        /// The shutdown's grace was over.
        Interrupted = "interrupted",
        /// The message was no longer ours.
        LeaseLost = "lease_lost",
    }
}

label_set! {
    /// How a handler failed a message. Neither an interruption nor a lost lease is the handler's fault.
    HandlerError {
        /// It asked for a retry.
        Retry = "retry",
        /// It rejected the message.
        Reject = "reject",
        /// It was not there.
        Unavailable = "unavailable",
        /// Its time was up.
        TimedOut = "timed_out",
        /// It panicked.
        Panicked = "panicked",
    }
}

impl Ending {
    /// The failure of the handler that this ending is, if it is one.
    pub fn handler_error(self) -> Option<HandlerError> {
        match self {
            Self::Retry => Some(HandlerError::Retry),
            Self::Reject => Some(HandlerError::Reject),
            Self::Unavailable => Some(HandlerError::Unavailable),
            Self::TimedOut => Some(HandlerError::TimedOut),
            Self::Panicked => Some(HandlerError::Panicked),
            Self::Done | Self::Interrupted | Self::LeaseLost => None,
        }
    }
}

label_set! {
    /// How messages are settled with SQS.
    Settling {
        /// By `DeleteMessageBatch`.
        Delete = "delete",
        /// By `ChangeMessageVisibilityBatch`.
        ChangeVisibility = "change_visibility",
    }
}

label_set! {
    /// The calls that the worker makes. Each attempt on the wire is one request.
    Action {
        /// `ReceiveMessage`.
        Receive = "receive",
        /// `DeleteMessageBatch`.
        Delete = "delete",
        /// `ChangeMessageVisibilityBatch`.
        ChangeVisibility = "change_visibility",
        /// `GetQueueAttributes`.
        GetAttributes = "get_attributes",
        /// `GetQueueUrl`.
        GetUrl = "get_url",
    }
}

label_set! {
    /// How one attempt on the wire ended.
    ApiResult {
        /// Answered with success.
        Ok = "ok",
        /// Told to slow down, or over the in-flight limit.
        Throttled = "throttled",
        /// Not allowed: credentials or policy.
        Denied = "denied",
        /// No such queue.
        Missing = "missing",
        /// The queue's encryption key cannot be used.
        Kms = "kms",
        /// SQS did not accept the request as it was.
        Invalid = "invalid",
        /// No answer, or one that says the service failed.
        Unavailable = "unavailable",
        /// No answer in time.
        Timeout = "timeout",
    }
}

label_set! {
    /// How the extension of one message's visibility timeout ended.
    Heartbeat {
        /// Extended.
        Extended = "extended",
        /// Not extended this time; tried again while the lease lasts.
        Failed = "failed",
        /// The message is no longer ours.
        Lost = "lost",
    }
}

label_set! {
    /// The service level objectives whose events are counted.
    Slo {
        /// Messages end in success.
        Delivery = "delivery",
        /// Handlers take at most their threshold.
        Latency = "latency",
        /// Messages start at most a threshold after they were sent.
        Freshness = "freshness",
        /// Receives bring messages, or wait as long as SQS lets them.
        Polling = "polling",
    }
}

label_set! {
    /// Whether an event met its objective.
    Judgement {
        /// It did.
        Good = "good",
        /// It did not.
        Bad = "bad",
    }
}

label_set! {
    /// Where the messages of a queue are.
    BacklogState {
        /// Waiting for a consumer.
        Visible = "visible",
        /// Received by some consumer and not yet settled.
        InFlight = "in_flight",
        /// Delayed by their sender or the queue.
        Delayed = "delayed",
    }
}
