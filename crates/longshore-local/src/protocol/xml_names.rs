//! The elements of the Query protocol for lists and maps. Each entry is an element of its own,
//! without one around all.

use crate::action::Action;

/// How the member of a result with this name in JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// An element with the name of the member.
    Same,
    /// An element with this name for each entry of a list.
    Each(&'static str),
    /// An element for each entry of a map, with its key in an element of the second name.
    Entries(&'static str, &'static str),
}

pub(super) fn element(action: Action, name: &str) -> Element {
    match name {
        "QueueUrls" | "queueUrls" => Element::Each("QueueUrl"),
        "Messages" => Element::Each("Message"),
        "Failed" => Element::Each("BatchResultErrorEntry"),
        "Successful" => Element::Each(match action {
            Action::DeleteMessageBatch => "DeleteMessageBatchResultEntry",
            Action::ChangeMessageVisibilityBatch => "ChangeMessageVisibilityBatchResultEntry",
            _ => "SendMessageBatchResultEntry",
        }),
        "Results" => Element::Each("ListMessageMoveTasksResultEntry"),
        "Attributes" => Element::Entries("Attribute", "Name"),
        "MessageAttributes" => Element::Entries("MessageAttribute", "Name"),
        "Tags" => Element::Entries("Tag", "Key"),
        _ => Element::Same,
    }
}
