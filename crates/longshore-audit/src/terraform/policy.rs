//! Policies in resources of their own, such as `aws_sqs_queue_policy`.

use super::document::{Document, Resource};
use super::error::PlanError;
use super::references::References;
use super::resource::Reader;
use crate::queue::Queue;

/// Sets the policies of the queues that they refer to.
pub(super) fn attach(
    document: &Document,
    references: &References,
    queues: &mut [Queue],
) -> Result<(), PlanError> {
    for resource in document.resources("aws_sqs_queue_policy") {
        if let Some(queue) = queue_of(references, resource, queues) {
            queue.policy = Reader { resource, references }.policy("policy")?;
        }
    }
    for resource in document.resources("aws_sqs_queue_redrive_policy") {
        if let Some(queue) = queue_of(references, resource, queues) {
            queue.redrive = Reader { resource, references }.redrive("redrive_policy")?;
        }
    }
    for resource in document.resources("aws_sqs_queue_redrive_allow_policy") {
        if let Some(queue) = queue_of(references, resource, queues) {
            queue.redrive_allow =
                Reader { resource, references }.redrive_allow("redrive_allow_policy")?;
        }
    }
    Ok(())
}

/// The queue of a policy: by its URL if the plan knows it, otherwise by the reference.
fn queue_of<'a>(
    references: &References,
    policy: &Resource,
    queues: &'a mut [Queue],
) -> Option<&'a mut Queue> {
    let url = policy.value("queue_url").and_then(serde_json::Value::as_str);
    let name = url.and_then(|url| url.rsplit('/').next());
    let address = references.queue_of(&policy.address, "queue_url");
    queues.iter_mut().find(|queue| {
        Some(queue.resource()) == address.as_deref() || Some(queue.name.as_str()) == name
    })
}
