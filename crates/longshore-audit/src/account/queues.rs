//! The attributes and tags of queues. SQS returns those of one queue in each request.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::StreamExt;

use super::connection::Connection;
use super::error::AccountError;
use super::failure::{Failure, record};
use super::found::Found;
use super::progress::{Progress, Step};
use super::selection::Selection;
use crate::queue::Queue;

/// Requests at the same time.
pub(super) const AT_ONCE: usize = 16;

const ATTRIBUTES: &str = "sqs:GetQueueAttributes";

/// The answers about one queue.
struct Answers {
    url: String,
    /// `None` if the tags exclude it.
    attributes: Option<Result<BTreeMap<String, String>, Failure>>,
    tags: Result<BTreeMap<String, String>, Failure>,
}

/// Reads the selected queues. A queue that was deleted after it was listed is left out.
pub(super) async fn read(
    connection: &Connection,
    selection: &Selection,
    urls: &[String],
    progress: &dyn Progress,
) -> Result<Found, AccountError> {
    progress.begin(Step::Reading(urls.len()));
    let answers = futures_util::stream::iter(urls.iter().cloned())
        .map(|url| ask(connection, selection, url))
        .buffer_unordered(AT_ONCE)
        .inspect(|_| progress.advance());
    let mut answers: Vec<_> = answers.collect().await;
    answers.sort_by(|a, b| a.url.cmp(&b.url));
    let first_failure =
        answers.iter().find_map(|one| one.attributes.as_ref()?.as_ref().err().cloned());
    let mut found = Found::default();
    for answer in answers {
        add(&mut found, selection, answer)?;
    }
    if found.queues.is_empty() {
        if let Some(failure) = first_failure {
            let advice = failure.advice("sqs:GetQueueAttributes");
            return Err(AccountError::NothingRead {
                queues: urls.len(),
                error: failure.text,
                advice,
            });
        }
        if selection.tag.is_some() {
            return Err(selection.no_match(connection.region()));
        }
    }
    Ok(found)
}

fn add(found: &mut Found, selection: &Selection, answers: Answers) -> Result<(), AccountError> {
    let attributes = match answers.attributes {
        None => return Ok(()),
        Some(Ok(attributes)) => attributes,
        Some(Err(failure)) if failure.is_missing() && !selection.is_by_name() => return Ok(()),
        Some(Err(failure)) if selection.is_by_name() => {
            let advice = failure.advice("sqs:GetQueueAttributes");
            return Err(AccountError::NotFound { queue: answers.url, error: failure.text, advice });
        }
        Some(Err(failure)) => {
            record(&mut found.gaps, &failure, ATTRIBUTES, "these queues");
            return Ok(());
        }
    };
    let mut queue = match Queue::from_attributes(&answers.url, &attributes) {
        Ok(queue) => queue,
        Err(error) => {
            record(&mut found.gaps, &Failure::of_answer(&error), ATTRIBUTES, "these queues");
            return Ok(());
        }
    };
    match answers.tags {
        Ok(tags) => queue.tags = Some(tags),
        Err(failure) => {
            record(&mut found.gaps, &failure, "sqs:ListQueueTags", "the tags of queues")
        }
    }
    found.queues.push(queue);
    Ok(())
}

async fn ask(connection: &Connection, selection: &Selection, url: String) -> Answers {
    let tags = tags(connection, &url).await;
    let excluded =
        selection.tag.is_some() && !tags.as_ref().is_ok_and(|tags| selection.has_tag(tags));
    let denied = tags.as_ref().is_err_and(|failure| !failure.is_missing());
    let attributes = match excluded && !denied {
        true => None,
        // A queue whose tags cannot be read is not left out silently.
        false => Some(attributes(connection, &url).await),
    };
    Answers { url, attributes, tags }
}

pub(super) async fn attributes(
    connection: &Connection,
    url: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    connection.count_request();
    let request = connection.sqs.get_queue_attributes().queue_url(url);
    let answer = request.attribute_names(QueueAttributeName::All).send().await;
    let answer = answer.map_err(|error| Failure::new(&error))?;
    let attributes = answer.attributes.unwrap_or_default().into_iter();
    Ok(attributes.map(|(name, value)| (name.as_str().to_owned(), value)).collect())
}

async fn tags(connection: &Connection, url: &str) -> Result<BTreeMap<String, String>, Failure> {
    connection.count_request();
    let answer = connection.sqs.list_queue_tags().queue_url(url).send().await;
    let answer = answer.map_err(|error| Failure::new(&error))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}
