//! The Lambda functions that process the messages of queues.

use std::time::Duration;

use serde_json::Value;

use super::document::{Document, Resource};
use super::references::References;
use crate::queue::Queue;

/// The default timeout of a function.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// Sets the timeout of the function of each queue that has one in the plan.
pub(super) fn attach(document: &Document, references: &References, queues: &mut [Queue]) {
    for mapping in document.resources("aws_lambda_event_source_mapping") {
        let source = references.queue_of(&mapping.address, "event_source_arn");
        let name = last_part(mapping, "event_source_arn");
        let queue = queues.iter_mut().find(|queue| {
            Some(queue.resource()) == source.as_deref() || Some(queue.name.as_str()) == name
        });
        let (Some(queue), Some(timeout)) = (queue, timeout(document, references, mapping)) else {
            continue;
        };
        queue.function_timeout = Some(queue.function_timeout.unwrap_or_default().max(timeout));
    }
}

fn timeout(document: &Document, references: &References, mapping: &Resource) -> Option<Duration> {
    let address = references.target(&mapping.address, "function_name", "aws_lambda_function");
    let name = last_part(mapping, "function_name");
    let function = document.resources("aws_lambda_function").find(|function| {
        Some(&function.address) == address.as_ref()
            || name.is_some() && function.value("function_name").and_then(Value::as_str) == name
    })?;
    let seconds = function.value("timeout").and_then(Value::as_u64);
    Some(seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs))
}

/// The name at the end of an ARN.
fn last_part<'a>(resource: &'a Resource, attribute: &str) -> Option<&'a str> {
    resource.value(attribute)?.as_str()?.rsplit(':').next()
}
