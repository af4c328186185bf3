//! The handle of a task, in the format of SQS: base64 of a JSON object.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::random_id::random_id;
use crate::refusal::{Reason, Refusal};

/// What a task handle identifies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskHandle {
    /// A UUID.
    pub(crate) task_id: String,
    pub(crate) source_arn: String,
}

impl TaskHandle {
    /// The handle of a new task.
    pub(super) fn new(source_arn: &str) -> Self {
        Self { task_id: random_id().to_string(), source_arn: source_arn.to_owned() }
    }

    pub(crate) fn encode(&self) -> String {
        BASE64.encode(serde_json::to_vec(self).expect("a handle is two strings"))
    }

    pub(crate) fn decode(handle: &str) -> Result<Self, Refusal> {
        let parse = || {
            let handle: Self = serde_json::from_slice(&BASE64.decode(handle).ok()?).ok()?;
            uuid::Uuid::parse_str(&handle.task_id).ok()?;
            Some(handle)
        };
        parse().ok_or_else(|| {
            let message = "Value for parameter TaskHandle is invalid.";
            Refusal::new(Reason::InvalidParameterValueException, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
    const ID: &str = "2f1ad0e4-8a1e-4b0c-9b70-1f2f8a3f0b11";

    #[test]
    fn a_handle_is_base64_of_the_task_id_and_the_source() {
        let json = format!(r#"{{"taskId":"{ID}","sourceArn":"{ARN}"}}"#);
        let handle = TaskHandle { task_id: ID.to_owned(), source_arn: ARN.to_owned() };
        assert_eq!(handle.encode(), BASE64.encode(&json));
        assert_eq!(TaskHandle::decode(&BASE64.encode(&json)), Ok(handle));
    }

    #[test]
    fn an_invalid_handle_is_refused() {
        let no_uuid = format!(r#"{{"taskId":"1","sourceArn":"{ARN}"}}"#);
        let no_source = format!(r#"{{"taskId":"{ID}"}}"#);
        for handle in [
            "",
            "ä",
            "Zm9v",
            &BASE64.encode(no_uuid),
            &BASE64.encode(no_source),
            &BASE64.encode([0xff]),
        ] {
            let refusal = TaskHandle::decode(handle).unwrap_err();
            assert_eq!(refusal.code(), "InvalidParameterValue", "{handle:?}");
            assert_eq!(refusal.message(), "Value for parameter TaskHandle is invalid.");
        }
    }
}
