//! The queues of a plan, and how they belong together.

use std::collections::BTreeMap;

use super::document::Document;
use super::error::PlanError;
use super::references::References;
use super::{function, policy, resource};
use crate::queue::{DeadLetterQueue, Queue, Redrive, Setting, Source};
use crate::report::{Facts, Requests, SourceOfFigures};

/// Reads the queues of a plan. What the plan knows only after it is applied is unknown.
///
/// # Errors
/// If the text is not the JSON of a plan, or an attribute of a queue has the wrong type.
pub fn read(text: &str) -> Result<Facts, PlanError> {
    let document = Document::parse(text)?;
    let references = References::of(&document);
    let mut queues = document
        .resources("aws_sqs_queue")
        .map(|one| resource::queue(one, &references))
        .collect::<Result<Vec<_>, _>>()?;
    policy::attach(&document, &references, &mut queues)?;
    relate(&references, &mut queues);
    function::attach(&document, &references, &mut queues);
    Ok(Facts {
        source: SourceOfFigures::TerraformPlan,
        region: None,
        days: None,
        queues,
        complete: true,
        gaps: Vec::new(),
        requests: Requests::default(),
    })
}

/// Which queue gets the dead letters of which: by reference, or by an ARN whose name a queue of the plan has.
fn relate(references: &References, queues: &mut [Queue]) {
    let by_address: BTreeMap<String, (bool, Setting<std::time::Duration>)> = queues
        .iter()
        .map(|queue| (queue.resource().to_owned(), (queue.fifo, queue.retention)))
        .collect();
    let by_name: BTreeMap<String, String> =
        queues.iter().map(|queue| (queue.name.clone(), queue.resource().to_owned())).collect();
    let mut sources: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    let mut all_known = true;
    for queue in queues.iter_mut() {
        let address = queue.resource().to_owned();
        let Some(target) = target_of(references, &by_name, queue, &address) else {
            all_known &= !queue.redrive.is_unknown();
            continue;
        };
        let source = Source { name: address, arn: None };
        sources.entry(target.clone()).or_default().push(source);
        let described = by_address.get(&target);
        let described = described.map_or(DeadLetterQueue::Unknown, |(fifo, retention)| {
            // The default of SQS.
            let retention = match retention {
                Setting::Unset => Setting::Known(std::time::Duration::from_secs(345_600)),
                other => *other,
            };
            DeadLetterQueue::Found { fifo: *fifo, retention }
        });
        let max_receives = queue.redrive.known().and_then(|redrive| redrive.max_receives);
        queue.redrive =
            Setting::Known(Redrive { target: Some(target), max_receives, queue: described });
    }
    for queue in queues {
        // A policy that is not known may name it.
        queue.sources = sources.remove(queue.resource()).or(all_known.then(Vec::new));
    }
}

/// The address of the dead-letter queue in the plan.
fn target_of(
    references: &References,
    by_name: &BTreeMap<String, String>,
    queue: &Queue,
    address: &str,
) -> Option<String> {
    if let Some(arn) = queue.redrive.known().and_then(|redrive| redrive.target.as_deref()) {
        return by_name.get(arn.rsplit(':').next()?).cloned();
    }
    if !queue.redrive.is_unknown() && queue.redrive.known().is_none() {
        return None;
    }
    references
        .queue_of(address, "redrive_policy")
        .or_else(|| references.queue_of_policy("aws_sqs_queue_redrive_policy", address))
}
