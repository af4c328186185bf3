//! `ReceiveMessage`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::requested_attributes::RequestedAttributes;
use crate::faults::Fault;
use crate::live::{ReceiveOutcome, Wait};
use crate::message::{Attribute, digest};
use crate::pollers::Receive;
use crate::queue::{Delivery, Envelope, ReceiveOptions};
use crate::refusal::Refusal;
use crate::settings::Number;

const MAX_MESSAGES: i64 = 10;
const MAX_ATTEMPT_ID_LENGTH: usize = 128;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    queue_url: String,
    /// The deprecated name of `message_system_attribute_names`. Both lists are used.
    attribute_names: Vec<String>,
    message_system_attribute_names: Vec<String>,
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

/// An empty receive has no `Messages` field.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message<'a> {
    message_id: &'a str,
    receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, &'a Attribute>,
}

/// Dropping the future ends its long poll.
pub(super) async fn receive(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut request: Request = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let requested = request.requested_attributes()?;
    let mut options = request.options()?;
    let faults = &call.server.faults;
    if faults.injects(call.action, &Fault::Duplicate) {
        options.visibility = Some(0);
    }
    let wait = Wait {
        seconds: request.wait_seconds()?,
        orphan: faults.injects(call.action, &Fault::OrphanPoll),
    };
    let (deliveries, is_short) = match queue.receive(options, wait)? {
        ReceiveOutcome::Ready { deliveries, is_short } => (deliveries, is_short),
        ReceiveOutcome::Waiting(poll) => (poll.wait(&call.server.stop).await?, false),
    };
    let receive = Receive { is_short, is_empty: deliveries.is_empty() };
    call.server.pollers.count(&queue.arn, call.client, receive);
    let account = &*queue.scope.account;
    let messages =
        deliveries.iter().map(|delivery| delivered(delivery, &requested, account)).collect();
    call.answer(&Response { messages })
}

impl Request {
    fn requested_attributes(&mut self) -> Result<RequestedAttributes, Refusal> {
        let names = self.attribute_names.iter().chain(&self.message_system_attribute_names);
        RequestedAttributes::new(
            names.map(String::as_str),
            std::mem::take(&mut self.message_attribute_names),
        )
    }

    fn options(&mut self) -> Result<ReceiveOptions, Refusal> {
        let max_messages = self.max_number_of_messages.unwrap_or(1);
        if !(1..=MAX_MESSAGES).contains(&max_messages) {
            let why = "Must be between 1 and 10, if provided.";
            return Err(Refusal::invalid("MaxNumberOfMessages", max_messages, why));
        }
        let check = |seconds| Number::VisibilityTimeout.check("VisibilityTimeout", seconds);
        Ok(ReceiveOptions {
            max_messages: usize::try_from(max_messages).unwrap_or_default(),
            visibility: self.visibility_timeout.map(check).transpose()?,
            attempt: self.attempt()?,
            max_receives: None,
        })
    }

    fn attempt(&mut self) -> Result<Option<String>, Refusal> {
        let Some(id) = self.receive_request_attempt_id.take() else { return Ok(None) };
        if !self.queue_url.trim_end_matches('/').ends_with(".fifo") {
            let why = "The request include parameter that is not valid for this queue type.";
            return Err(Refusal::invalid("ReceiveRequestAttemptId", id, why));
        }
        if id.is_empty()
            || id.len() > MAX_ATTEMPT_ID_LENGTH
            || !id.chars().all(|c| c.is_ascii_graphic())
        {
            let why = "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
            return Err(Refusal::invalid("ReceiveRequestAttemptId", id, why));
        }
        Ok(Some(id))
    }

    fn wait_seconds(&self) -> Result<Option<u32>, Refusal> {
        let check =
            |seconds| Number::ReceiveMessageWaitTimeSeconds.check("WaitTimeSeconds", seconds);
        self.wait_time_seconds.map(check).transpose()
    }
}

fn delivered<'a>(
    delivery: &'a Delivery,
    requested: &RequestedAttributes,
    account: &str,
) -> Message<'a> {
    let (receives, first) = (delivery.receive_count, delivery.first_received.millis());
    let attributes = requested.system.describe(&delivery.envelope, receives, first, account);
    Message::new(&delivery.envelope, delivery.receipt.encode(), attributes, requested)
}

impl<'a> Message<'a> {
    pub(super) fn new(
        envelope: &'a Envelope,
        receipt_handle: String,
        attributes: BTreeMap<&'static str, String>,
        requested: &RequestedAttributes,
    ) -> Self {
        let content = &envelope.content;
        let returned =
            content.attributes.iter().filter(|(name, _)| requested.message.matches(name));
        let message_attributes: BTreeMap<_, _> =
            returned.map(|(name, value)| (name.as_str(), value)).collect();
        // The digest covers the returned attributes, not all attributes of the message.
        let md5_of_message_attributes = if requested.message.matches_all() {
            content.md5_of_attributes.clone()
        } else {
            digest::md5_of_attributes(
                message_attributes.iter().map(|(&name, &value)| (name, value)),
            )
        };
        Self {
            message_id: &content.message_id,
            receipt_handle,
            md5_of_body: &content.md5_of_body,
            body: &content.body,
            attributes,
            md5_of_message_attributes,
            message_attributes,
        }
    }
}
