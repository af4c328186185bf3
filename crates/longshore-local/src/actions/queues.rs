//! Creating, finding, listing, purging and deleting queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::call::{Call, json, nothing};
use crate::live::Live;
use crate::refusal::{Reason, Refusal};

const MOST_RESULTS: i64 = 1000;
const PURGE_COOLDOWN_SECONDS: u32 = 60;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Create {
    queue_name: String,
    attributes: BTreeMap<String, String>,
    #[serde(rename = "tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Named {
    queue_url: String,
    queue_name: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    queue_url: String,
    queue_name_prefix: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Url {
    queue_url: String,
}

pub(super) fn create(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Create = call.read()?;
    if request.queue_name.is_empty() {
        return Err(Refusal::missing("QueueName"));
    }
    let queue =
        call.desk.directory.create(&request.queue_name, &request.attributes, request.tags)?;
    json(&Url { queue_url: call.url_of(&queue.name) })
}

pub(super) fn delete(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Named = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    call.desk.directory.delete(&queue.name)?;
    Ok(nothing())
}

pub(super) fn purge(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Named = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let cooldowns = call.desk.directory.cooldowns;
    queue.notes(|notes, now| {
        let purged =
            notes.purged.filter(|purged| purged.after_seconds(PURGE_COOLDOWN_SECONDS) > now);
        if cooldowns && purged.is_some() {
            let message = format!(
                "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                queue.name
            );
            return Err(Refusal::new(Reason::PurgeQueueInProgress, message));
        }
        notes.purged = Some(now);
        Ok(())
    })?;
    queue.act(|queue, _| queue.purge());
    Ok(nothing())
}

pub(super) fn url(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: Named = call.read()?;
    if request.queue_name.is_empty() {
        return Err(Refusal::missing("QueueName"));
    }
    let queue = call.desk.directory.find(&request.queue_name)?;
    json(&Url { queue_url: call.url_of(&queue.name) })
}

pub(super) fn list(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let page: Page = call.read()?;
    let (urls, next_token) = page.turn(call, call.desk.directory.list(&page.queue_name_prefix))?;
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        queue_urls: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    json(&Answer { queue_urls: urls, next_token })
}

pub(super) fn list_sources(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let page: Page = call.read()?;
    let target = call.queue(&page.queue_url)?;
    let (urls, next_token) = page.turn(call, call.desk.directory.sources_of(&target))?;
    #[derive(Serialize)]
    struct Answer {
        #[serde(rename = "queueUrls")]
        queue_urls: Vec<String>,
        #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    json(&Answer { queue_urls: urls, next_token })
}

impl Page {
    /// The URLs of this page and the token of the next. Tokens are only given to those who limit their
    /// pages, and name the last queue of the page before.
    fn turn(
        &self,
        call: &Call<'_>,
        mut queues: Vec<Arc<Live>>,
    ) -> Result<(Vec<String>, Option<String>), Refusal> {
        let most = self.max_results.unwrap_or(MOST_RESULTS);
        if !(1..=MOST_RESULTS).contains(&most) {
            let why = "MaxResults must be an integer between 1 and 1000.";
            return Err(Refusal::invalid("MaxResults", most, why));
        }
        if let Some(token) = &self.next_token {
            let last = last_of_page(token)?;
            queues.retain(|queue| *queue.name > *last);
        }
        let most = usize::try_from(most).unwrap_or_default();
        let more = queues.len() > most;
        queues.truncate(most);
        let last = queues.last().filter(|_| more && self.max_results.is_some());
        let next = last.map(|queue| BASE64.encode(&queue.name));
        Ok((queues.iter().map(|queue| call.url_of(&queue.name)).collect(), next))
    }
}

fn last_of_page(token: &str) -> Result<String, Refusal> {
    let name = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| {
        Refusal::invalid("NextToken", token, "It was not given by a request like this one.")
    })
}
