//! `AddPermission` and `RemovePermission`, which change the attribute `Policy`.

use serde::Deserialize;

use super::call::Call;
use crate::action::Action;
use crate::live::LiveQueue;
use crate::refusal::{Reason, Refusal};
use crate::settings::{Permission, Policy};

const MAX_ACTIONS: usize = 7;
const MAX_LABEL_LENGTH: usize = 80;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct AddRequest {
    queue_url: String,
    label: String,
    #[serde(rename = "AWSAccountIds")]
    aws_account_ids: Vec<String>,
    actions: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct RemoveRequest {
    queue_url: String,
    label: String,
}

pub(super) fn add(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: AddRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    let permission = request.permission()?;
    change(&queue, |policy| policy.add(&permission, &queue.arn))?;
    Ok(call.no_result())
}

pub(super) fn remove(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    let request: RemoveRequest = call.read()?;
    let queue = call.queue(&request.queue_url)?;
    if request.label.is_empty() {
        return Err(Refusal::missing("Label"));
    }
    change(&queue, |policy| policy.remove(&request.label))?;
    Ok(call.no_result())
}

fn change(
    queue: &LiveQueue,
    change: impl FnOnce(&mut Policy) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    queue.act(|state, _| state.settings.change_policy(&queue.arn, change))?;
    queue.with_metadata(|metadata, now| metadata.modified = now);
    Ok(())
}

impl AddRequest {
    fn permission(self) -> Result<Permission, Refusal> {
        check_label(&self.label)?;
        for (parameter, list) in
            [("AWSAccountIds", &self.aws_account_ids), ("Actions", &self.actions)]
        {
            if list.is_empty() {
                return Err(Refusal::missing(parameter));
            }
        }
        if self.actions.len() > MAX_ACTIONS {
            let count = self.actions.len();
            let message = format!("{count} Actions were found, maximum allowed is {MAX_ACTIONS}.");
            return Err(Refusal::new(Reason::OverLimit, message));
        }
        self.actions.iter().try_for_each(|action| check_action(action))?;
        self.aws_account_ids.iter().try_for_each(|account| check_account(account))?;
        Ok(Permission { label: self.label, accounts: self.aws_account_ids, actions: self.actions })
    }
}

fn check_label(label: &str) -> Result<(), Refusal> {
    if label.is_empty() {
        return Err(Refusal::missing("Label"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if label.len() <= MAX_LABEL_LENGTH && label.chars().all(plain) {
        return Ok(());
    }
    let why =
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    Err(Refusal::invalid("Label", label, why))
}

/// Other accounts can be allowed these actions only. A batch action needs the permission of its
/// action for one message
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html>).
fn check_action(name: &str) -> Result<(), Refusal> {
    let why = match Action::from_name(name) {
        None if name == "*" => return Ok(()),
        Some(
            Action::ChangeMessageVisibility
            | Action::DeleteMessage
            | Action::GetQueueAttributes
            | Action::GetQueueUrl
            | Action::ListDeadLetterSourceQueues
            | Action::PurgeQueue
            | Action::ReceiveMessage
            | Action::SendMessage,
        ) => return Ok(()),
        None
        | Some(
            Action::ChangeMessageVisibilityBatch
            | Action::DeleteMessageBatch
            | Action::SendMessageBatch,
        ) => "Please refer to the appropriate WSDL for a list of valid actions.",
        Some(_) => "Only the queue owner is allowed to invoke this action.",
    };
    Err(Refusal::invalid("ActionName", format!("SQS:{name}"), why))
}

/// An account id has 12 digits.
fn check_account(id: &str) -> Result<(), Refusal> {
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Refusal::invalid("PrincipalId", format!("[{id}]"), "Unable to verify."))
}
