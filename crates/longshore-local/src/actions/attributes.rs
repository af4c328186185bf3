//! `GetQueueAttributes` and `SetQueueAttributes`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::{Call, json, nothing};
use crate::live::Live;
use crate::refusal::{Reason, Refusal};

/// Every name there is, of measured attributes and of settings.
const KNOWN: [&str; 21] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Get {
    queue_url: String,
    attribute_names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Set {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
}

/// Only what was asked for, and of that only what the queue has.
pub(super) fn get(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Get = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let asked = &request.attribute_names;
    if let Some(unknown) =
        asked.iter().find(|name| *name != "All" && !KNOWN.contains(&name.as_str()))
    {
        return Err(Refusal::new(
            Reason::InvalidAttributeName,
            format!("Unknown Attribute {unknown}."),
        ));
    }
    let mut attributes = describe(&queue);
    if !asked.iter().any(|name| name == "All") {
        attributes.retain(|name, _| asked.iter().any(|asked| asked == name));
    }
    json(&Answer { attributes })
}

pub(super) fn set(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Set = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.attributes.is_empty() {
        return Err(Refusal::missing("Attribute.Name"));
    }
    let tried = queue.act(|queue, _| queue.settings.with(&request.attributes))?;
    if request.attributes.contains_key("RedrivePolicy") {
        call.desk.directory.check_redrive(&queue.arn, &tried)?;
    }
    queue.act(|queue, _| {
        queue.settings = queue.settings.with(&request.attributes)?;
        Ok(())
    })?;
    queue.notes(|notes, now| notes.modified = now);
    Ok(nothing())
}

fn describe(queue: &Live) -> BTreeMap<&'static str, String> {
    let mut all: BTreeMap<_, _> =
        queue.act(|queue, _| queue.settings.describe()).into_iter().collect();
    let counts = queue.counts();
    let modified = queue.notes(|notes, _| notes.modified);
    all.extend([
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("CreatedTimestamp", queue.created.seconds().to_string()),
        ("LastModifiedTimestamp", modified.seconds().to_string()),
        ("QueueArn", queue.arn.to_string()),
    ]);
    all
}
