//! Cost allocation tags. They are kept and shown; nothing here has a cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::{Call, json, nothing};
use crate::refusal::Refusal;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    queue_url: String,
    tags: BTreeMap<String, String>,
    tag_keys: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

pub(super) fn list(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Request = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    json(&Answer { tags: queue.notes(|notes, _| notes.tags.clone()) })
}

pub(super) fn add(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Request = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.tags.is_empty() {
        return Err(Refusal::missing("Tags"));
    }
    queue.notes(|notes, _| notes.tags.extend(request.tags));
    Ok(nothing())
}

pub(super) fn remove(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Request = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.tag_keys.is_empty() {
        return Err(Refusal::missing("TagKeys"));
    }
    queue.notes(|notes, _| notes.tags.retain(|key, _| !request.tag_keys.contains(key)));
    Ok(nothing())
}
