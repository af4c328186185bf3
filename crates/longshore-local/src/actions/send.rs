//! `SendMessage` and `SendMessageBatch`.

use serde::{Deserialize, Serialize};

use super::batch;
use super::call::Call;
use crate::message::{Attributes, Content};
use crate::queue::{NewMessage, Sent};
use crate::refusal::{Reason, Refusal};

/// The maximum size of all bodies and attributes of a batch
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>).
const MAX_BATCH_BYTES: usize = 1_048_576;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct BatchRequest {
    queue_url: String,
    entries: Vec<SendEntry>,
}

/// A message to send. A `SendMessage` request has a queue URL, and an entry of a batch has an id.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SendEntry {
    queue_url: String,
    id: String,
    message_body: String,
    delay_seconds: Option<i64>,
    message_attributes: Attributes,
    message_system_attributes: Attributes,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    message_id: String,
    #[serde(flatten)]
    digests: Digests,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// The digests that SDKs verify.
#[derive(Serialize)]
struct Digests {
    #[serde(rename = "MD5OfMessageBody")]
    body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    system_attributes: Option<String>,
}

pub(super) fn one(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let entry: SendEntry = call.read()?;
    let queue = call.queue(&entry.queue_url)?;
    let message = entry.message(call.trace)?;
    let digests = Digests::new(&message.content);
    let sent = queue.act(|queue, now| queue.send(now, message))?;
    call.answer(&Response::new(None, digests, sent))
}

pub(super) fn batch(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: BatchRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    batch::check_ids(call.action, request.entries.iter().map(|entry| entry.id.as_str()))?;
    check_length(request.entries.iter().map(SendEntry::size).sum())?;
    let groups = request.entries.iter().all(|entry| entry.message_group_id.is_some());
    let ids = request.entries.iter().all(|entry| entry.message_deduplication_id.is_some());
    let prepared: Vec<_> =
        request.entries.into_iter().map(|entry| entry.prepare(call.trace)).collect();
    // One action for the whole batch, so that a waiting poll receives all messages and not only the
    // first.
    let outcome = queue.act(|queue, now| {
        queue.check_batch(groups, ids)?;
        Ok(batch::each(call, prepared, |id, message: Result<NewMessage, Refusal>| {
            let message = message?;
            let digests = Digests::new(&message.content);
            let sent = queue.send(now, message)?;
            Ok(Response::new(Some(id.to_owned()), digests, sent))
        }))
    })?;
    call.answer(&outcome)
}

fn check_length(length: usize) -> Result<(), Refusal> {
    if length <= MAX_BATCH_BYTES {
        return Ok(());
    }
    let message = format!(
        "Batch requests cannot be longer than {MAX_BATCH_BYTES} bytes. You have sent {length} bytes."
    );
    Err(Refusal::new(Reason::BatchRequestTooLong, message))
}

impl SendEntry {
    fn size(&self) -> usize {
        let attributes =
            self.message_attributes.iter().map(|(name, value)| name.len() + value.size());
        self.message_body.len() + attributes.sum::<usize>()
    }

    fn prepare(mut self, trace: Option<&str>) -> (String, Result<NewMessage, Refusal>) {
        let id = std::mem::take(&mut self.id);
        (id, self.message(trace).map(|message| NewMessage { in_batch: true, ..message }))
    }

    /// The trace header of the request applies to the message, unless the message has its own.
    fn message(self, trace: Option<&str>) -> Result<NewMessage, Refusal> {
        let mut content = Content::new(
            self.message_body,
            self.message_attributes,
            &self.message_system_attributes,
        )?;
        if content.trace_header.is_none() {
            content.trace_header = trace.map(str::to_owned);
        }
        Ok(NewMessage {
            content,
            delay: self.delay_seconds,
            group: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            in_batch: false,
        })
    }
}

impl Digests {
    fn new(content: &Content) -> Self {
        Self {
            body: content.md5_of_body.clone(),
            attributes: content.md5_of_attributes.clone(),
            system_attributes: content.md5_of_system_attributes.clone(),
        }
    }
}

impl Response {
    fn new(id: Option<String>, digests: Digests, sent: Sent) -> Self {
        let sequence_number = sent.sequence.map(|sequence| sequence.to_string());
        Self { id, message_id: sent.message_id, digests, sequence_number }
    }
}
