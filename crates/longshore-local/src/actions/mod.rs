//! Each action of the SQS API: what a request may say, what the queue does about it, and the answer.
//! It knows JSON and queues, but nothing of connections.

mod attributes;
mod batch;
mod call;
mod queues;
mod receive;
mod send;
mod settle;
mod system_attributes;
mod tags;

pub(crate) use call::{Call, Desk};

use super::action::Action;
use super::refusal::{Reason, Refusal};

/// Does what was asked, and gives the JSON of the answer.
pub(crate) async fn answer(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
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
        Action::ListQueueTags => tags::list(call),
        Action::TagQueue => tags::add(call),
        Action::UntagQueue => tags::remove(call),
        Action::AddPermission
        | Action::RemovePermission
        | Action::StartMessageMoveTask
        | Action::CancelMessageMoveTask
        | Action::ListMessageMoveTasks => Err(Refusal::new(
            Reason::UnsupportedOperation,
            format!("The local queue does not support {}.", call.action.name()),
        )),
    }
}
