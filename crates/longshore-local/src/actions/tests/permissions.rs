//! Permissions of a queue, as clients add, read and remove them.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place;
use crate::action::Action;
use crate::refusal::Refusal;

const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:orders";
const ACCOUNT: &str = "111111111111";

async fn perform(queues: &Fixture, action: Action, request: Value) -> Result<Value, Refusal> {
    queues.perform(action, Place::Source, request).await
}

async fn add(queues: &Fixture, label: &str, actions: &[&str]) -> Result<Value, Refusal> {
    let request = json!({ "Label": label, "AWSAccountIds": [ACCOUNT], "Actions": actions });
    perform(queues, Action::AddPermission, request).await
}

async fn remove(queues: &Fixture, label: &str) -> Result<Value, Refusal> {
    perform(queues, Action::RemovePermission, json!({ "Label": label })).await
}

/// The attribute `Policy`; null if the queue has none.
async fn policy(queues: &Fixture) -> Value {
    let request = json!({ "AttributeNames": ["Policy"] });
    let answer = perform(queues, Action::GetQueueAttributes, request).await.unwrap();
    let policy = answer["Attributes"]["Policy"].as_str();
    policy.map_or(Value::Null, |policy| serde_json::from_str(policy).unwrap())
}

fn message(answer: Result<Value, Refusal>) -> String {
    answer.unwrap_err().to_string()
}

#[tokio::test]
async fn a_permission_is_a_statement_of_the_policy_until_it_is_removed() {
    let queues = Fixture::new(false);
    assert_eq!(add(&queues, "l", &["SendMessage"]).await, Ok(json!({})));
    let expected = json!({
        "Version": "2008-10-17",
        "Id": format!("{ARN}/SQSDefaultPolicy"),
        "Statement": [{
            "Sid": "l",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
            "Action": "SQS:SendMessage",
            "Resource": ARN,
        }],
    });
    assert_eq!(policy(&queues).await, expected);
    add(&queues, "all", &["*"]).await.unwrap();
    assert_eq!(policy(&queues).await["Statement"][1]["Action"], "SQS:*");
    assert_eq!(remove(&queues, "all").await, Ok(json!({})));
    assert_eq!(policy(&queues).await, expected);
    remove(&queues, "l").await.unwrap();
    assert_eq!(policy(&queues).await, Value::Null);
}

#[tokio::test]
async fn a_label_is_used_once_and_must_exist_to_be_removed() {
    let queues = Fixture::new(false);
    add(&queues, "l", &["SendMessage"]).await.unwrap();
    let before = policy(&queues).await;
    assert_eq!(
        message(add(&queues, "l", &["ReceiveMessage"]).await),
        "InvalidParameterValue: Value l for parameter Label is invalid. Reason: Already exists."
    );
    assert_eq!(
        message(remove(&queues, "other").await),
        "InvalidParameterValue: Value other for parameter Label is invalid. \
         Reason: can't find label."
    );
    assert_eq!(policy(&queues).await, before);
}

#[tokio::test]
async fn a_permission_needs_a_label_accounts_and_actions() {
    let queues = Fixture::new(false);
    let all = json!({ "Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["*"] });
    for parameter in ["Label", "AWSAccountIds", "Actions"] {
        let mut request = all.clone();
        request.as_object_mut().unwrap().remove(parameter);
        let answer = perform(&queues, Action::AddPermission, request).await;
        let expected =
            format!("MissingParameter: The request must contain the parameter {parameter}.");
        assert_eq!(message(answer), expected);
    }
    assert_eq!(
        message(remove(&queues, "").await),
        "MissingParameter: The request must contain the parameter Label."
    );
}

#[tokio::test]
async fn only_actions_for_other_accounts_can_be_allowed() {
    let queues = Fixture::new(false);
    let refused = async |action: &str| message(add(&queues, "l", &["SendMessage", action]).await);
    let expected = |action: &str, why: &str| {
        format!(
            "InvalidParameterValue: Value SQS:{action} for parameter ActionName is invalid. \
             Reason: {why}"
        )
    };
    for owners in
        ["AddPermission", "CreateQueue", "DeleteQueue", "StartMessageMoveTask", "TagQueue"]
    {
        let why = "Only the queue owner is allowed to invoke this action.";
        assert_eq!(refused(owners).await, expected(owners, why));
    }
    for unknown in ["Sink", "sendMessage", "", "SendMessageBatch"] {
        let why = "Please refer to the appropriate WSDL for a list of valid actions.";
        assert_eq!(refused(unknown).await, expected(unknown, why));
    }
    let eight = ["SendMessage"; 8];
    assert_eq!(
        message(add(&queues, "l", &eight).await),
        "OverLimit: 8 Actions were found, maximum allowed is 7."
    );
    assert_eq!(policy(&queues).await, Value::Null);
    let allowed = [
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    ];
    add(&queues, "l", &allowed).await.unwrap();
    assert_eq!(policy(&queues).await["Statement"][0]["Action"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn labels_and_account_ids_are_checked() {
    let queues = Fixture::new(false);
    for label in ["a b", "ä", &"x".repeat(81)] {
        let answer = add(&queues, label, &["*"]).await;
        assert_eq!(answer.unwrap_err().code(), "InvalidParameterValue", "{label}");
    }
    let request = json!({ "Label": "l", "AWSAccountIds": ["12345"], "Actions": ["*"] });
    assert_eq!(
        message(perform(&queues, Action::AddPermission, request).await),
        "InvalidParameterValue: Value [12345] for parameter PrincipalId is invalid. \
         Reason: Unable to verify."
    );
}
