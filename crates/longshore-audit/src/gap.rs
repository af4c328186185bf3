//! What could not be read.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// One action that was refused or failed. It is reported once, for all queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// The action, for example `cloudwatch:GetMetricData`.
    pub action: &'static str,
    /// The queues that it failed for. 0 if it is not about a queue.
    pub queues: usize,
    /// The error of the first failure.
    pub error: String,
    /// What the report lacks.
    pub lacks: &'static str,
    /// The statement of an IAM policy that gives access, as JSON. Null if access was not refused.
    pub statement: Option<String>,
}

impl Gap {
    /// The statement of an IAM policy that allows this action.
    pub(crate) fn statement(action: &str) -> String {
        let statement: Value = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        statement.to_string()
    }
}
