//! Activities of the worker that only its metrics name.

use crate::label::label_set;

label_set! {
    /// What a poll loop waited for before its next receive.
    Awaited {
        /// More messages, after a receive that was not full.
        Messages = "messages",
        /// Slots for a full batch, after a full receive.
        Slots = "slots",
    }
}

label_set! {
    /// The state of a circuit breaker.
    BreakerState {
        /// Messages are received and processed.
        Closed = "closed",
        /// The application works again: few messages at a time are processed, then more.
        HalfOpen = "half_open",
        /// Polling is paused, and one message is tried again at growing intervals.
        Open = "open",
    }
}

label_set! {
    /// How the extension of one message's visibility timeout ended.
    Heartbeat {
        /// Extended.
        Extended = "extended",
        /// Not extended; the worker tries again while the lease lasts.
        Failed = "failed",
        /// The lease was lost.
        Lost = "lost",
    }
}
