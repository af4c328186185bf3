//! The attributes and the tags of a queue. Tags are stored and returned, but have no effect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::live::LiveQueue;
use crate::refusal::Refusal;
use crate::settings::check_tags;

/// All attribute names, of measured attributes and of settings.
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
struct GetRequest {
    queue_url: String,
    attribute_names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct SetRequest {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
}

/// Returns the requested attributes. Attributes that the queue does not have are left out.
pub(super) fn get(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: GetRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let requested = &request.attribute_names;
    if let Some(unknown) =
        requested.iter().find(|name| *name != "All" && !KNOWN.contains(&name.as_str()))
    {
        return Err(Refusal::unknown_attribute(unknown));
    }
    let mut attributes = describe(&queue);
    if !requested.iter().any(|name| name == "All") {
        attributes.retain(|name, _| requested.iter().any(|requested| requested == name));
    }
    call.answer(&Response { attributes })
}

pub(super) fn set(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: SetRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.attributes.is_empty() {
        return Err(Refusal::missing("Attribute.Name"));
    }
    let changed = queue.act(|queue, _| queue.settings.with(&request.attributes))?;
    if request.attributes.contains_key("RedrivePolicy") {
        call.server.directory.check_redrive(&queue.arn, &changed)?;
    }
    queue.act(|queue, _| {
        queue.settings = queue.settings.with(&request.attributes)?;
        Ok(())
    })?;
    queue.with_metadata(|metadata, now| metadata.modified = now);
    Ok(call.no_result())
}

fn describe(queue: &LiveQueue) -> BTreeMap<&'static str, String> {
    let mut all: BTreeMap<_, _> =
        queue.act(|queue, _| queue.settings.describe()).into_iter().collect();
    let counts = queue.counts();
    let modified = queue.with_metadata(|metadata, _| metadata.modified);
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

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct TagsRequest {
    queue_url: String,
    tags: BTreeMap<String, String>,
    tag_keys: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagsResponse {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

pub(super) fn list_tags(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: TagsRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    call.answer(&TagsResponse { tags: queue.with_metadata(|metadata, _| metadata.tags.clone()) })
}

pub(super) fn add_tags(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: TagsRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.tags.is_empty() {
        return Err(Refusal::missing("Tags"));
    }
    queue.with_metadata(|metadata, _| {
        let mut tags = metadata.tags.clone();
        tags.extend(request.tags);
        check_tags(&queue.name, &tags)?;
        metadata.tags = tags;
        Ok(())
    })?;
    Ok(call.no_result())
}

pub(super) fn remove_tags(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: TagsRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.tag_keys.is_empty() {
        return Err(Refusal::missing("TagKeys"));
    }
    queue.with_metadata(|metadata, _| {
        metadata.tags.retain(|key, _| !request.tag_keys.contains(key))
    });
    Ok(call.no_result())
}
