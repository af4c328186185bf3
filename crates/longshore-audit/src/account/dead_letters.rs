//! Which queue gets the dead letters of which.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;

use super::connection::Connection;
use super::failure::{Failure, record};
use super::found::Found;
use super::queues::{AT_ONCE, attributes};
use super::selection::{Selection, url_of};
use crate::queue::{DeadLetterQueue, Queue, Redrive, Setting, Source};

/// Finds the dead-letter queue of each queue, and the sources of each dead-letter queue. If all queues were
/// read, it needs no request.
pub(super) async fn relate(connection: &Connection, selection: &Selection, found: &mut Found) {
    let complete =
        selection.is_everything() && !found.gaps.iter().any(|gap| gap.action == ATTRIBUTES);
    relate_targets(connection, complete, found).await;
    relate_sources(connection, complete, found).await;
}

const ATTRIBUTES: &str = "sqs:GetQueueAttributes";
const SOURCES: &str = "sqs:ListDeadLetterSourceQueues";

fn target(queue: &Queue) -> Option<&str> {
    queue.redrive.known().and_then(|redrive| redrive.target.as_deref())
}

async fn relate_targets(connection: &Connection, complete: bool, found: &mut Found) {
    let mut known: BTreeMap<String, DeadLetterQueue> =
        found.queues.iter().map(|queue| (queue.resource().to_owned(), described(queue))).collect();
    let targets: BTreeSet<String> = found
        .queues
        .iter()
        .filter_map(target)
        .filter(|arn| !known.contains_key(*arn))
        .map(str::to_owned)
        .collect();
    let outside = futures_util::stream::iter(targets)
        .map(|arn| async move {
            let answer =
                if complete { Ok(DeadLetterQueue::Missing) } else { ask(connection, &arn).await };
            (arn, answer)
        })
        .buffer_unordered(AT_ONCE);
    for (arn, answer) in outside.collect::<Vec<_>>().await {
        let target = answer.unwrap_or_else(|failure| {
            record(&mut found.gaps, &failure, ATTRIBUTES, "these dead-letter queues");
            DeadLetterQueue::Unknown
        });
        known.insert(arn, target);
    }
    for queue in &mut found.queues {
        if let Setting::Known(Redrive { target: Some(arn), queue, .. }) = &mut queue.redrive {
            *queue = known.get(arn).cloned().unwrap_or(DeadLetterQueue::Unknown);
        }
    }
}

fn described(queue: &Queue) -> DeadLetterQueue {
    DeadLetterQueue::Found { fifo: queue.fifo, retention: queue.retention }
}

/// A dead-letter queue that was not selected.
async fn ask(connection: &Connection, arn: &str) -> Result<DeadLetterQueue, Failure> {
    let mut parts = arn.rsplit(':');
    let (name, account) = (parts.next().unwrap_or(arn), parts.next());
    let answer = match url_of(connection, name, account).await {
        Ok(url) => attributes(connection, &url).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Ok(attributes) => {
            let retention =
                attributes.get("MessageRetentionPeriod").and_then(|text| text.parse().ok());
            let retention = retention
                .map_or(Setting::Unknown, |seconds| Setting::Known(Duration::from_secs(seconds)));
            Ok(DeadLetterQueue::Found { fifo: name.ends_with(".fifo"), retention })
        }
        Err(failure) if failure.is_missing() => Ok(DeadLetterQueue::Missing),
        Err(failure) => Err(failure),
    }
}

async fn relate_sources(connection: &Connection, complete: bool, found: &mut Found) {
    let mut sources: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for queue in &found.queues {
        if let Some(target) = target(queue) {
            let source =
                Source { name: queue.name.clone(), arn: Some(queue.resource().to_owned()) };
            sources.entry(target.to_owned()).or_default().push(source);
        }
    }
    for queue in &mut found.queues {
        queue.sources = sources.remove(queue.resource());
        if complete {
            queue.sources.get_or_insert_default();
        }
    }
    if complete {
        return;
    }
    // Their sources may be among the queues that were not read.
    let queues: Vec<_> = found
        .queues
        .iter()
        .enumerate()
        .filter_map(|(index, queue)| {
            Some((index, queue.url()?.to_owned(), queue.resource().to_owned()))
        })
        .collect();
    let answers = futures_util::stream::iter(queues)
        .map(|(index, url, arn)| async move { (index, sources_of(connection, &url, &arn).await) })
        .buffer_unordered(AT_ONCE);
    for (index, answer) in answers.collect::<Vec<_>>().await {
        match answer {
            Ok(sources) => found.queues[index].sources = Some(sources),
            Err(failure) => {
                record(&mut found.gaps, &failure, SOURCES, "which queues are dead-letter queues");
            }
        }
    }
}

/// The sources of a dead-letter queue. They have its account and region.
async fn sources_of(connection: &Connection, url: &str, arn: &str) -> Result<Vec<Source>, Failure> {
    let account = arn.rsplit_once(':').map(|(account, _)| account);
    let (mut sources, mut token) = (Vec::new(), None);
    loop {
        connection.count_request();
        let request = connection.sqs.list_dead_letter_source_queues().queue_url(url);
        let page = request.max_results(1_000).set_next_token(token).send().await;
        let page = page.map_err(|error| Failure::new(&error))?;
        sources.extend(page.queue_urls.into_iter().map(|url| {
            let name = url.rsplit('/').next().unwrap_or(&url).to_owned();
            let arn = account.map(|account| format!("{account}:{name}"));
            Source { name, arn }
        }));
        token = page.next_token;
        if token.is_none() {
            return Ok(sources);
        }
    }
}
