//! `ReceiveMessage`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::{Call, json};
use super::system_attributes::SystemAttributes;
use crate::digest;
use crate::faults::Fault;
use crate::live::{Reception, Wait};
use crate::message::{Attribute, AttributeFilter};
use crate::queue::{Ask, Delivery};
use crate::refusal::Refusal;
use crate::settings::Number;

const MOST_MESSAGES: i64 = 10;
const LONGEST_ATTEMPT_ID: usize = 128;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    queue_url: String,
    /// The deprecated name of `message_system_attribute_names`; both count.
    attribute_names: Vec<String>,
    message_system_attribute_names: Vec<String>,
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

/// Which of a message's attributes the client wants to see.
struct Wanted {
    system: SystemAttributes,
    own: AttributeFilter,
}

/// Without messages the list is left out, not empty.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
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

/// Dropping it ends its long poll.
pub(super) async fn receive(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut request: Request = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let wanted = request.wanted()?;
    let mut ask = request.ask()?;
    let faults = &call.desk.faults;
    if faults.strikes(call.action, &Fault::Duplicate) {
        ask.visibility = Some(0);
    }
    let wait = Wait {
        seconds: request.wait_seconds()?,
        orphan: faults.strikes(call.action, &Fault::OrphanPoll),
    };
    let deliveries = match queue.receive(ask, wait)? {
        Reception::Now(deliveries) => deliveries,
        Reception::Later(ticket) => ticket.wait(&call.desk.stop).await?,
    };
    let account = call.desk.directory.account.as_str();
    let messages =
        deliveries.iter().map(|delivery| Message::of(delivery, &wanted, account)).collect();
    json(&Answer { messages })
}

impl Request {
    fn wanted(&mut self) -> Result<Wanted, Refusal> {
        let names = self.attribute_names.iter().chain(&self.message_system_attribute_names);
        Ok(Wanted {
            system: SystemAttributes::parse(names.map(String::as_str))?,
            own: AttributeFilter::new(std::mem::take(&mut self.message_attribute_names)),
        })
    }

    fn ask(&mut self) -> Result<Ask, Refusal> {
        let most = self.max_number_of_messages.unwrap_or(1);
        if !(1..=MOST_MESSAGES).contains(&most) {
            let why = "Must be between 1 and 10, if provided.";
            return Err(Refusal::invalid("MaxNumberOfMessages", most, why));
        }
        let check = |seconds| Number::VisibilityTimeout.check("VisibilityTimeout", seconds);
        Ok(Ask {
            most: usize::try_from(most).unwrap_or_default(),
            visibility: self.visibility_timeout.map(check).transpose()?,
            attempt: self.attempt()?,
            most_receives: None,
        })
    }

    fn attempt(&mut self) -> Result<Option<String>, Refusal> {
        let Some(id) = self.receive_request_attempt_id.take() else { return Ok(None) };
        if !self.queue_url.trim_end_matches('/').ends_with(".fifo") {
            let why = "The request include parameter that is not valid for this queue type.";
            return Err(Refusal::invalid("ReceiveRequestAttemptId", id, why));
        }
        if id.is_empty()
            || id.len() > LONGEST_ATTEMPT_ID
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

impl<'a> Message<'a> {
    fn of(delivery: &'a Delivery, wanted: &Wanted, account: &str) -> Self {
        let content = &delivery.envelope.content;
        let own = content.attributes.iter().filter(|(name, _)| wanted.own.takes(name));
        let message_attributes: BTreeMap<_, _> =
            own.map(|(name, value)| (name.as_str(), value)).collect();
        // The digest is of what is handed out, not of what was sent.
        let md5_of_message_attributes = if wanted.own.takes_all() {
            content.md5_of_attributes.clone()
        } else {
            digest::of_attributes(message_attributes.iter().map(|(&name, &value)| (name, value)))
        };
        Self {
            message_id: &content.message_id,
            receipt_handle: delivery.receipt.encode(),
            md5_of_body: &content.md5_of_body,
            body: &content.body,
            attributes: wanted.system.describe(delivery, account),
            md5_of_message_attributes,
            message_attributes,
        }
    }
}
