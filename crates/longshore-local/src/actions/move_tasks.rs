//! `StartMessageMoveTask`, `ListMessageMoveTasks` and `CancelMessageMoveTask`.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::live::{DeadLetterQueues as _, LiveQueue};
use crate::move_tasks::{MoveTask, Status, TaskHandle};
use crate::refusal::{Reason, Refusal};

const MAX_PER_SECOND: i64 = 500;
const MAX_RESULTS: i64 = 10;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct StartRequest {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartResponse {
    task_handle: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ListRequest {
    source_arn: String,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListResponse {
    results: Vec<Entry>,
}

/// Only a running task has a handle, because no other can be cancelled.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_handle: Option<String>,
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: usize,
    approximate_number_of_messages_to_move: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
    /// Milliseconds since the Unix epoch.
    started_timestamp: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct CancelRequest {
    task_handle: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CancelResponse {
    approximate_number_of_messages_moved: usize,
}

pub(super) fn start(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: StartRequest = call.read()?;
    let directory = &call.server.directory;
    let source = source(call, &request.source_arn)?;
    if directory.dead_letter_sources(&source).is_empty() {
        return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = match &request.destination_arn {
        Some(arn) => Some(destination(call, &source, arn)?),
        None => None,
    };
    let rate = request.rate()?;
    let task = call.server.move_tasks.start(directory, source, destination, rate)?;
    call.answer(&StartResponse { task_handle: task.handle.encode() })
}

pub(super) fn list(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: ListRequest = call.read()?;
    let source = source(call, &request.source_arn)?;
    let max = request.max_results.unwrap_or(1);
    if !(1..=MAX_RESULTS).contains(&max) {
        return Err(not_between("MaxResults", MAX_RESULTS));
    }
    let tasks = call.server.move_tasks.of(&source);
    let newest = tasks.iter().take(usize::try_from(max).unwrap_or_default());
    call.answer(&ListResponse { results: newest.map(|task| Entry::new(task)).collect() })
}

/// SQS documents that only a running task can be cancelled.
pub(super) fn cancel(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: CancelRequest = call.read()?;
    if request.task_handle.is_empty() {
        return Err(Refusal::missing("TaskHandle"));
    }
    let handle = TaskHandle::decode(&request.task_handle)?;
    let source = source(call, &handle.source_arn)?;
    let tasks = call.server.move_tasks.of(&source);
    let task = tasks.iter().find(|task| task.handle == handle);
    let task = task.ok_or_else(|| not_found("Task does not exist.".to_owned()))?;
    if task.progress().status != Status::Running {
        let message = "Only a task that is running can be cancelled.";
        return Err(Refusal::new(Reason::UnsupportedOperation, message));
    }
    task.cancel();
    call.answer(&CancelResponse { approximate_number_of_messages_moved: task.progress().moved })
}

fn source(call: &Call<'_>, arn: &str) -> Result<Arc<LiveQueue>, Refusal> {
    if arn.is_empty() {
        return Err(Refusal::missing("SourceArn"));
    }
    call.server.directory.find_arn(arn).ok_or_else(|| no_queue("SourceArn"))
}

/// The ARN of the destination, if messages of the source can move there.
fn destination(call: &Call<'_>, source: &LiveQueue, arn: &str) -> Result<Arc<str>, Refusal> {
    let found = call.server.directory.find_arn(arn);
    let destination = found.ok_or_else(|| no_queue("DestinationArn"))?;
    if destination.arn == source.arn {
        return Err(invalid("Source queue arn and destination queue arn cannot be the same."));
    }
    let is_fifo = |live: &LiveQueue| live.act(|queue, _| queue.is_fifo());
    if is_fifo(&destination) != is_fifo(source) {
        return Err(invalid(
            "The source queue and destination queue must be of the same queue type.",
        ));
    }
    Ok(Arc::clone(&destination.arn))
}

impl StartRequest {
    fn rate(&self) -> Result<Option<NonZeroU32>, Refusal> {
        let Some(rate) = self.max_number_of_messages_per_second else { return Ok(None) };
        let valid = u32::try_from(rate).ok().filter(|_| rate <= MAX_PER_SECOND);
        let rate = valid.and_then(NonZeroU32::new);
        rate.map(Some).ok_or_else(|| not_between("MaxNumberOfMessagesPerSecond", MAX_PER_SECOND))
    }
}

impl Entry {
    fn new(task: &MoveTask) -> Self {
        let progress = task.progress();
        let running = progress.status == Status::Running;
        Self {
            task_handle: running.then(|| task.handle.encode()),
            status: progress.status.name(),
            source_arn: task.handle.source_arn.clone(),
            destination_arn: task.destination.as_deref().map(str::to_owned),
            max_number_of_messages_per_second: task.rate.map(NonZeroU32::get),
            approximate_number_of_messages_moved: progress.moved,
            approximate_number_of_messages_to_move: task.to_move,
            failure_reason: progress.status.failure_reason(),
            started_timestamp: task.started.millis(),
        }
    }
}

fn invalid(message: &'static str) -> Refusal {
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn not_between(parameter: &str, max: i64) -> Refusal {
    let message = format!(
        "Value for parameter {parameter} is invalid. Reason: You must enter a number that's \
         between 1 and {max}."
    );
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn no_queue(parameter: &str) -> Refusal {
    not_found(format!(
        "The resource that you specified for the {parameter} parameter doesn't exist."
    ))
}

fn not_found(message: String) -> Refusal {
    Refusal::new(Reason::ResourceNotFoundException, message)
}
