//! The objectives whose events are counted, and the two results of an event.

use crate::label::label_set;

label_set! {
    /// The service level objectives.
    Slo {
        /// Messages are processed successfully.
        Delivery = "delivery",
        /// Handlers end within the latency threshold.
        Latency = "latency",
        /// Handlers start within the freshness threshold after the message was sent.
        Freshness = "freshness",
        /// Receives return messages, or wait as long as SQS allows.
        Polling = "polling",
    }
}

label_set! {
    /// Whether an event met its objective.
    Judgement {
        /// It met the objective.
        Good = "good",
        /// It did not.
        Bad = "bad",
    }
}
