//! The parts that all batch actions share: the checks of the entries, and the result of each entry.

use serde::Serialize;

use super::call::Call;
use crate::action::Action;
use crate::faults::{Fault, Faults};
use crate::refusal::{Reason, Refusal};

const MAX_ENTRIES: usize = 10;
const MAX_ID_LENGTH: usize = 80;

/// The response to a batch. Its status is 200 even if every entry failed. SQS leaves out an empty
/// list, and clients check whether the key exists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcome<S> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<S>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    id: String,
    sender_fault: bool,
    code: String,
    message: String,
}

/// Checks the number and the ids of the entries. An error fails the whole batch.
pub(super) fn check_ids<'a>(
    action: Action,
    ids: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), Refusal> {
    match ids.len() {
        0 => {
            let message = format!(
                "There should be at least one {}RequestEntry in the request.",
                action.name()
            );
            return Err(Refusal::new(Reason::EmptyBatchRequest, message));
        }
        count if count > MAX_ENTRIES => {
            let message = format!(
                "Maximum number of entries per request are {MAX_ENTRIES}. You have sent {count}."
            );
            return Err(Refusal::new(Reason::TooManyEntriesInBatchRequest, message));
        }
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::with_capacity(MAX_ENTRIES);
    for id in ids {
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > MAX_ID_LENGTH || !id.chars().all(valid) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                           It can be at most 80 letters long.";
            return Err(Refusal::new(Reason::InvalidBatchEntryId, message));
        }
        if seen.contains(&id) {
            return Err(Refusal::new(
                Reason::BatchEntryIdsNotDistinct,
                format!("Id {id} repeated."),
            ));
        }
        seen.push(id);
    }
    Ok(())
}

/// Runs `action` for each entry, unless a fault fails the entry, and collects the results.
pub(super) fn each<E, S>(
    call: &Call<'_>,
    entries: impl IntoIterator<Item = (String, E)>,
    mut action: impl FnMut(&str, E) -> Result<S, Refusal>,
) -> Outcome<S> {
    let mut outcome = Outcome { successful: Vec::new(), failed: Vec::new() };
    for (id, entry) in entries {
        let result = if has_injected_fault(&call.server.faults, call.action) {
            Err(Refusal::new(Reason::InternalError, "An injected fault failed this entry."))
        } else {
            action(&id, entry)
        };
        match result {
            Ok(success) => outcome.successful.push(success),
            Err(refusal) => outcome.failed.push(Failure::new(id, &refusal)),
        }
    }
    outcome
}

fn has_injected_fault(faults: &Faults, action: Action) -> bool {
    faults.injects(action, &Fault::FailEntry)
}

impl Failure {
    fn new(id: String, refusal: &Refusal) -> Self {
        let shape = refusal.shape();
        Self {
            id,
            sender_fault: shape.senders_fault(),
            code: shape.code.to_owned(),
            message: refusal.message().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(ids: &[&str]) -> Option<&'static str> {
        check_ids(Action::DeleteMessageBatch, ids.iter().copied())
            .err()
            .map(|refusal| refusal.code())
    }

    #[test]
    fn a_batch_has_one_to_ten_entries() {
        assert_eq!(code(&[]), Some("AWS.SimpleQueueService.EmptyBatchRequest"));
        let eleven: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        assert_eq!(code(&eleven[..10]), None);
        assert_eq!(code(&eleven), Some("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"));
    }

    #[test]
    fn ids_are_alphanumeric_and_distinct() {
        assert_eq!(code(&["a", "a"]), Some("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"));
        for bad in ["", "a b", "a.b", &"x".repeat(81)] {
            assert_eq!(code(&[bad]), Some("AWS.SimpleQueueService.InvalidBatchEntryId"), "{bad:?}");
        }
    }
}
