//! `SendMessage` and `SendMessageBatch`.

use serde::{Deserialize, Serialize};

use super::batch;
use super::call::{Call, json};
use crate::message::{Attributes, Content};
use crate::queue::{Outgoing, Sent};
use crate::refusal::{Reason, Refusal};

/// The bodies and attributes of a batch together
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>).
const LONGEST_BATCH: usize = 1_048_576;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct BatchRequest {
    queue_url: String,
    entries: Vec<Letter>,
}

/// A message to send: the whole request, which then has a queue, or an entry of a batch, which has an id.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Letter {
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
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    message_id: String,
    #[serde(flatten)]
    digests: Digests,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// What the SDKs compare with what they sent.
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
    let letter: Letter = call.read()?;
    let queue = call.queue(&letter.queue_url)?;
    let outgoing = letter.outgoing(call.trace)?;
    let digests = Digests::of(&outgoing.content);
    let sent = queue.act(|queue, now| queue.send(now, outgoing))?;
    json(&Answer::new(None, digests, sent))
}

pub(super) fn batch(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: BatchRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    batch::check_ids(call.action, request.entries.iter().map(|letter| letter.id.as_str()))?;
    check_length(request.entries.iter().map(Letter::size).sum())?;
    let groups = request.entries.iter().all(|letter| letter.message_group_id.is_some());
    let prepared: Vec<_> =
        request.entries.into_iter().map(|letter| letter.prepare(call.trace)).collect();
    // One action for the whole batch, so that a waiting poll gets all of it and not just its first message.
    let outcome = queue.act(|queue, now| {
        if queue.is_fifo() && !groups {
            let message = "The request must contain the parameter MessageGroupId.";
            return Err(Refusal::new(Reason::InvalidParameterValueException, message));
        }
        Ok(batch::each(call, prepared, |id, outgoing: Result<Outgoing, Refusal>| {
            let outgoing = outgoing?;
            let digests = Digests::of(&outgoing.content);
            let sent = queue.send(now, outgoing)?;
            Ok(Answer::new(Some(id.to_owned()), digests, sent))
        }))
    })?;
    json(&outcome)
}

fn check_length(length: usize) -> Result<(), Refusal> {
    if length <= LONGEST_BATCH {
        return Ok(());
    }
    let message = format!(
        "Batch requests cannot be longer than {LONGEST_BATCH} bytes. You have sent {length} bytes."
    );
    Err(Refusal::new(Reason::BatchRequestTooLong, message))
}

impl Letter {
    fn size(&self) -> usize {
        let attributes =
            self.message_attributes.iter().map(|(name, value)| name.len() + value.size());
        self.message_body.len() + attributes.sum::<usize>()
    }

    fn prepare(mut self, trace: Option<&str>) -> (String, Result<Outgoing, Refusal>) {
        (std::mem::take(&mut self.id), self.outgoing(trace))
    }

    /// The client's trace header is the message's, unless the message has its own.
    fn outgoing(self, trace: Option<&str>) -> Result<Outgoing, Refusal> {
        let mut content = Content::new(
            self.message_body,
            self.message_attributes,
            &self.message_system_attributes,
        )?;
        if content.trace_header.is_none() {
            content.trace_header = trace.map(str::to_owned);
        }
        Ok(Outgoing {
            content,
            delay: self.delay_seconds,
            group: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
        })
    }
}

impl Digests {
    fn of(content: &Content) -> Self {
        Self {
            body: content.md5_of_body.clone(),
            attributes: content.md5_of_attributes.clone(),
            system_attributes: content.md5_of_system_attributes.clone(),
        }
    }
}

impl Answer {
    fn new(id: Option<String>, digests: Digests, sent: Sent) -> Self {
        let sequence_number = sent.sequence.map(|sequence| sequence.to_string());
        Self { id, message_id: sent.message_id, digests, sequence_number }
    }
}
