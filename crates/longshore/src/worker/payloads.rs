//! Payloads that are too large for SQS: they are read from their store before the handler gets the
//! message, and deleted after the message is. A message keeps its pointer, so that its copy in a
//! dead-letter queue is one that every consumer with an extended client can read.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tracing::Instrument;

use super::backoff;
use super::disposition::Outcome;
use super::fault_log::FaultLog;
use crate::config::PayloadsConfig;
use crate::envelope::{Pointed, pointed, with_payload};
use crate::outcome::PayloadRead;
use crate::queue::{Message, PayloadError, PayloadFailure, PayloadObject, PayloadStore};
use crate::telemetry::QueueMetrics;
use crate::trace::{MessageTrace, PayloadSpan, Traces};

/// Tries of one read. A store fails now and then, and that alone is no outage.
const TRIES: u32 = 3;

/// How long a try may take, and in addition one second per MiB of the limit.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a delete may take.
const DELETE_TIMEOUT: Duration = Duration::from_secs(10);

/// The payloads of one queue.
pub(super) struct Payloads {
    pub(super) config: PayloadsConfig,
    /// `None` if no payload is read.
    pub(super) store: Option<Arc<dyn PayloadStore>>,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) faults: Arc<FaultLog>,
    pub(super) traces: Arc<Traces>,
}

/// A message with its payload, as its sender sent it.
pub(super) struct Fetched {
    pub(super) message: Message,
    /// Where the payload was.
    pub(super) object: PayloadObject,
}

/// Why there is no payload.
struct NotRead {
    result: PayloadRead,
    reason: String,
}

impl Payloads {
    /// The object that has the payload of a message; `None` if its body is the payload.
    pub(super) fn object_of(&self, message: &Message) -> Option<PayloadObject> {
        match pointed(message) {
            Pointed::Not => None,
            Pointed::To(object) if self.store.is_some() => Some(object),
            Pointed::To(_) => {
                self.faults.payload_not_read(&message.id);
                None
            }
            Pointed::InPart => {
                if self.store.is_some() {
                    self.faults.pointer_in_part(&message.id);
                }
                None
            }
        }
    }

    /// Reads the payload of a message, or returns how the message ends without it. Cancel-safe.
    pub(super) async fn fetch(
        &self,
        message: &Message,
        object: PayloadObject,
        trace: &MessageTrace,
    ) -> Result<Fetched, Outcome> {
        let span = self.traces.payload("GetObject", &object.bucket, &object.key, trace);
        match self.read(&object, &span).await {
            Ok(body) => {
                self.metrics.payload_read(PayloadRead::Ok, body.len());
                Ok(Fetched { message: with_payload(message, body), object })
            }
            Err(NotRead { result, reason }) => {
                self.metrics.payload_read(result, 0);
                Err(outcome(result, reason))
            }
        }
    }

    async fn read(&self, object: &PayloadObject, span: &PayloadSpan) -> Result<String, NotRead> {
        let not_read = |result: PayloadRead, why: &str| NotRead {
            result,
            reason: format!("payload {object} not read: {why}"),
        };
        if !self.config.buckets.contains(&object.bucket) {
            return Err(not_read(PayloadRead::OtherBucket, "payloads.buckets does not list it"));
        }
        let read = self.read_with_retries(object).instrument(span.span().clone()).await;
        let bytes = read.map_err(|error| {
            span.failed(result_of(error.failure), &error.text);
            not_read(result_of(error.failure), &error.text)
        })?;
        String::from_utf8(bytes).map_err(|_invalid| {
            not_read(PayloadRead::NotText, "it is not UTF-8, as a body of SQS is")
        })
    }

    async fn read_with_retries(&self, object: &PayloadObject) -> Result<Vec<u8>, PayloadError> {
        let mut tries = 1;
        loop {
            match self.read_once(object).await {
                Err(error) if error.failure == PayloadFailure::Unavailable && tries < TRIES => {
                    sleep(backoff::payload(tries)).await;
                    tries += 1;
                }
                ended => return ended,
            }
        }
    }

    async fn read_once(&self, object: &PayloadObject) -> Result<Vec<u8>, PayloadError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let limit = TRY_TIMEOUT + Duration::from_secs(self.config.max_mib as u64);
        let read = store.read(object, self.config.max_bytes());
        timeout(limit, read).await.unwrap_or_else(|_elapsed| {
            let why = format!("no complete answer within {} s", limit.as_secs());
            Err(PayloadError::new(PayloadFailure::Unavailable, why))
        })
    }

    /// Deletes the object of a message that is deleted, if so configured. A failure has no effect
    /// on the message.
    pub(super) async fn delete(&self, object: &PayloadObject, trace: &MessageTrace) {
        let Some(store) = &self.store else { return };
        let span = self.traces.payload("DeleteObject", &object.bucket, &object.key, trace);
        let delete = store.delete(object).instrument(span.span().clone());
        let deleted = timeout(DELETE_TIMEOUT, delete).await.unwrap_or_else(|_elapsed| {
            Err(PayloadError::new(PayloadFailure::Unavailable, "no answer in time"))
        });
        self.metrics.payload_deleted(deleted.is_ok());
        if let Err(error) = deleted {
            span.failed(result_of(error.failure), &error.text);
            self.faults.payload_not_deleted(object, &error.text);
        }
    }

    /// Counts a delete that is not sent, because too many are open.
    pub(super) fn not_deleted(&self, object: &PayloadObject) {
        self.metrics.payload_deleted(false);
        self.faults.payload_not_deleted(object, "too many deletes wait for an answer");
    }
}

fn result_of(failure: PayloadFailure) -> PayloadRead {
    match failure {
        PayloadFailure::Missing => PayloadRead::Missing,
        PayloadFailure::TooLarge => PayloadRead::TooLarge,
        PayloadFailure::Refused => PayloadRead::Refused,
        PayloadFailure::Unavailable => PayloadRead::Unavailable,
    }
}

/// How a message ends whose payload was not read. A refusal can be about all objects or about this
/// one, because S3 also refuses a missing object if the role may not list the bucket. So it counts
/// as a failed call: the circuit breaker opens if nearly all calls end like this.
fn outcome(result: PayloadRead, reason: String) -> Outcome {
    match result {
        PayloadRead::Ok
        | PayloadRead::Missing
        | PayloadRead::TooLarge
        | PayloadRead::NotText
        | PayloadRead::OtherBucket => Outcome::Reject { reason },
        PayloadRead::Refused => Outcome::Outage { after: None, reason },
        PayloadRead::Unavailable => Outcome::Unavailable { reason },
    }
}
