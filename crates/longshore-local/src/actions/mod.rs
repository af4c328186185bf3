//! The actions of the SQS API: from the parameters of a request to its result. This module
//! does not use HTTP or connections.

mod attributes;
mod batch;
mod call;
mod move_tasks;
mod peek;
mod permissions;
mod queues;
mod receive;
mod requested_attributes;
mod send;
mod settle;
#[cfg(test)]
mod tests;

pub(crate) use call::{Call, ServerState};
pub(crate) use peek::{Peek, Shown};

use crate::action::Action;
use crate::refusal::Refusal;

/// Performs the action and returns its result, in the protocol of the request.
pub(crate) async fn perform(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    match call.action {
        Action::ReceiveMessage => receive::receive(call).await,
        Action::SendMessage => send::one(call),
        Action::SendMessageBatch => send::batch(call),
        Action::DeleteMessage => settle::delete(call),
        Action::DeleteMessageBatch => settle::delete_batch(call),
        Action::ChangeMessageVisibility => settle::change_visibility(call),
        Action::ChangeMessageVisibilityBatch => settle::change_visibility_batch(call),
        Action::CreateQueue => queues::create(call),
        Action::DeleteQueue => queues::delete(call),
        Action::PurgeQueue => queues::purge(call),
        Action::GetQueueUrl => queues::url(call),
        Action::ListQueues => queues::list(call),
        Action::ListDeadLetterSourceQueues => queues::list_sources(call),
        Action::GetQueueAttributes => attributes::get(call),
        Action::SetQueueAttributes => attributes::set(call),
        Action::ListQueueTags => attributes::list_tags(call),
        Action::TagQueue => attributes::add_tags(call),
        Action::UntagQueue => attributes::remove_tags(call),
        Action::AddPermission => permissions::add(call),
        Action::RemovePermission => permissions::remove(call),
        Action::StartMessageMoveTask => move_tasks::start(call),
        Action::ListMessageMoveTasks => move_tasks::list(call),
        Action::CancelMessageMoveTask => move_tasks::cancel(call),
    }
}
