//! The actions that create, find, list, purge and delete queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::live::LiveQueue;
use crate::refusal::{Reason, Refusal};

const MAX_RESULTS: i64 = 1000;
const PURGE_COOLDOWN_SECONDS: u32 = 60;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct CreateRequest {
    queue_name: String,
    attributes: BTreeMap<String, String>,
    /// `tags` in JSON, and `Tag` in the Query protocol.
    #[serde(rename = "tags", alias = "Tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct QueueRequest {
    queue_url: String,
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ListRequest {
    queue_url: String,
    queue_name_prefix: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UrlResponse {
    queue_url: String,
}

pub(super) fn create(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: CreateRequest = call.read()?;
    if request.queue_name.is_empty() {
        return Err(Refusal::missing("QueueName"));
    }
    let queue = call.server.directory.create(
        &call.scope,
        &request.queue_name,
        &request.attributes,
        request.tags,
    )?;
    call.answer(&UrlResponse { queue_url: call.queue_url(&queue) })
}

pub(super) fn delete(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: QueueRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    call.server.directory.delete(&queue)?;
    call.server.move_tasks.end(&queue);
    Ok(call.no_result())
}

pub(super) fn purge(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: QueueRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let cooldowns = call.server.directory.cooldowns;
    queue.with_metadata(|metadata, now| {
        let purged =
            metadata.purged.filter(|purged| purged.after_seconds(PURGE_COOLDOWN_SECONDS) > now);
        if cooldowns && purged.is_some() {
            let message = format!(
                "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                queue.name
            );
            return Err(Refusal::new(Reason::PurgeQueueInProgress, message));
        }
        metadata.purged = Some(now);
        Ok(())
    })?;
    queue.act(|queue, _| queue.purge());
    Ok(call.no_result())
}

pub(super) fn url(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: QueueRequest = call.read()?;
    if request.queue_name.is_empty() {
        return Err(Refusal::missing("QueueName"));
    }
    let scope =
        request.owner.map_or_else(|| call.scope.clone(), |owner| call.scope.of_account(&owner));
    let queue = call.server.directory.find(&scope, &request.queue_name)?;
    call.answer(&UrlResponse { queue_url: call.queue_url(&queue) })
}

pub(super) fn list(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: ListRequest = call.read()?;
    let (urls, next_token) =
        request.page(call, call.server.directory.list(&call.scope, &request.queue_name_prefix))?;
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Response {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        queue_urls: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    call.answer(&Response { queue_urls: urls, next_token })
}

pub(super) fn list_sources(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: ListRequest = call.read()?;
    let target = call.queue(&request.queue_url)?;
    let (urls, next_token) =
        request.page(call, call.server.directory.dead_letter_sources(&target))?;
    #[derive(Serialize)]
    struct Response {
        #[serde(rename = "queueUrls")]
        queue_urls: Vec<String>,
        #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    call.answer(&Response { queue_urls: urls, next_token })
}

impl ListRequest {
    /// The URLs of this page, and the token of the next page. A token is only returned if the
    /// request has `MaxResults`. It contains the name of the last queue of this page.
    fn page(
        &self,
        call: &Call<'_>,
        mut queues: Vec<Arc<LiveQueue>>,
    ) -> Result<(Vec<String>, Option<String>), Refusal> {
        let max = self.max_results.unwrap_or(MAX_RESULTS);
        if !(1..=MAX_RESULTS).contains(&max) {
            let why = "MaxResults must be an integer between 1 and 1000.";
            return Err(Refusal::invalid("MaxResults", max, why));
        }
        if let Some(token) = &self.next_token {
            let last = last_of_page(token)?;
            queues.retain(|queue| *queue.name > *last);
        }
        let max = usize::try_from(max).unwrap_or_default();
        let more = queues.len() > max;
        queues.truncate(max);
        let last = queues.last().filter(|_| more && self.max_results.is_some());
        let next = last.map(|queue| BASE64.encode(&queue.name));
        Ok((queues.iter().map(|queue| call.queue_url(queue)).collect(), next))
    }
}

fn last_of_page(token: &str) -> Result<String, Refusal> {
    let name = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| {
        Refusal::invalid(
            "NextToken",
            token,
            "Use the NextToken of an earlier response to the same action.",
        )
    })
}
