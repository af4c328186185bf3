//! `RedrivePolicy`, which names the dead-letter queue, and `RedriveAllowPolicy`, with which a
//! dead-letter queue chooses its sources.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;

use crate::refusal::Refusal;

const MAX_RECEIVES: u32 = 1000;

/// The dead-letter queue for messages that were received `max_receive_count` times and not deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedrivePolicy {
    #[serde(rename = "deadLetterTargetArn")]
    pub(crate) target_arn: String,
    #[serde(deserialize_with = "number_or_text")]
    pub(crate) max_receive_count: u32,
}

impl RedrivePolicy {
    pub(super) fn parse(json: &str) -> Result<Self, Refusal> {
        let refuse = |why: &str| Refusal::invalid("RedrivePolicy", json, why);
        let policy: Self = serde_json::from_str(json).map_err(|error| match error.classify() {
            Category::Data => {
                refuse("Redrive policy does not contain mandatory attributes: deadLetterTargetArn and maxReceiveCount.")
            }
            Category::Io | Category::Syntax | Category::Eof => refuse("Redrive policy is not a valid JSON map."),
        })?;
        if !policy.target_arn.starts_with("arn:") || policy.target_arn.split(':').count() != 6 {
            return Err(refuse("Invalid value for deadLetterTargetArn."));
        }
        if !(1..=MAX_RECEIVES).contains(&policy.max_receive_count) {
            return Err(refuse("Invalid value for maxReceiveCount: must be between 1 and 1000."));
        }
        Ok(policy)
    }

    pub(crate) fn target_name(&self) -> &str {
        self.target_arn.rsplit(':').next().unwrap_or_default()
    }
}

/// Which queues can use this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "redrivePermission", rename_all = "camelCase")]
pub(crate) enum RedriveAllowPolicy {
    AllowAll,
    DenyAll,
    ByQueue {
        #[serde(rename = "sourceQueueArns")]
        sources: Vec<String>,
    },
}

impl RedriveAllowPolicy {
    pub(super) fn parse(json: &str) -> Result<Self, Refusal> {
        serde_json::from_str(json)
            .map_err(|_| Refusal::invalid_attribute_value("RedriveAllowPolicy"))
    }

    pub(crate) fn permits(&self, source_arn: &str) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue { sources } => sources.iter().any(|arn| arn == source_arn),
        }
    }
}

/// Clients send the count as a number or as text.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

    #[test]
    fn the_count_is_a_number_or_text() {
        let policy = RedrivePolicy::parse(&format!(
            r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":"3"}}"#
        ))
        .unwrap();
        assert_eq!((policy.target_name(), policy.max_receive_count), ("dead", 3));
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(json, format!(r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":3}}"#));
    }

    #[test]
    fn an_invalid_policy_is_refused() {
        let zero = format!(r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":0}}"#);
        for bad in [
            "{",
            "[]",
            r#"{"maxReceiveCount":3}"#,
            r#"{"deadLetterTargetArn":"dummy","maxReceiveCount":42}"#,
            r#"{"deadLetterTargetArn":"arn:aws:sqs:dead","maxReceiveCount":42}"#,
            r#"{"deadLetterTargetArn":"urn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":42}"#,
            &zero,
        ] {
            assert_eq!(
                RedrivePolicy::parse(bad).unwrap_err().code(),
                "InvalidParameterValue",
                "{bad}"
            );
        }
    }

    #[test]
    fn a_dead_letter_queue_can_choose_its_sources() {
        let by_queue = format!(r#"{{"redrivePermission":"byQueue","sourceQueueArns":["{ARN}"]}}"#);
        let policy = RedriveAllowPolicy::parse(&by_queue).unwrap();
        assert!(policy.permits(ARN) && !policy.permits("arn:other"));
        assert!(
            !RedriveAllowPolicy::parse(r#"{"redrivePermission":"denyAll"}"#).unwrap().permits(ARN)
        );
    }
}
