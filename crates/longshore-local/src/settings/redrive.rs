//! `RedrivePolicy`, which names the dead-letter queue, and `RedriveAllowPolicy`, with which a
//! dead-letter queue chooses its sources.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;

use crate::json;
use crate::refusal::Refusal;

const MAX_RECEIVES: u32 = 1000;

/// The maximum number of queues in `sourceQueueArns`.
const MAX_SOURCES: usize = 10;

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
        let policy: Self = json::read(json.as_bytes()).map_err(|error| match error.classify() {
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
}

/// Which queues can use this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedriveAllowPolicy {
    redrive_permission: Permission,
    /// Only for `byQueue`.
    #[serde(rename = "sourceQueueArns", skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Permission {
    AllowAll,
    DenyAll,
    ByQueue,
}

impl RedriveAllowPolicy {
    pub(super) fn parse(json: &str) -> Result<Self, Refusal> {
        let policy: Self = json::read(json.as_bytes())
            .map_err(|_| Refusal::invalid_attribute_value("RedriveAllowPolicy"))?;
        let by_queue = policy.redrive_permission == Permission::ByQueue;
        let why = match &policy.sources {
            None if by_queue => "sourceQueueArns is required if redrivePermission is byQueue.",
            Some(_) if !by_queue => "sourceQueueArns is only for redrivePermission byQueue.",
            Some(sources) if sources.len() > MAX_SOURCES => {
                "sourceQueueArns can have at most 10 ARNs."
            }
            _ => return Ok(policy),
        };
        Err(Refusal::bad_attribute("RedriveAllowPolicy", why))
    }

    pub(crate) fn permits(&self, source_arn: &str) -> bool {
        match self.redrive_permission {
            Permission::AllowAll => true,
            Permission::DenyAll => false,
            Permission::ByQueue => self.sources.iter().flatten().any(|arn| arn == source_arn),
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
        assert_eq!(policy.max_receive_count, 3);
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(json, format!(r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":3}}"#));
    }

    #[test]
    fn an_invalid_policy_is_refused() {
        let zero = format!(r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":0}}"#);
        for bad in [
            "{",
            "[]",
            &format!(r#"["{ARN}",3]"#),
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
        assert_eq!(serde_json::to_string(&policy).unwrap(), by_queue);
        assert!(policy.permits(ARN) && !policy.permits("arn:other"));
        assert!(
            !RedriveAllowPolicy::parse(r#"{"redrivePermission":"denyAll"}"#).unwrap().permits(ARN)
        );
    }

    #[test]
    fn a_dead_letter_queue_can_choose_at_most_ten_sources() {
        let parse = |count: usize| {
            let sources = vec![ARN; count];
            let policy =
                serde_json::json!({ "redrivePermission": "byQueue", "sourceQueueArns": sources });
            RedriveAllowPolicy::parse(&policy.to_string())
        };
        assert!(parse(10).is_ok());
        assert_eq!(parse(11).unwrap_err().code(), "InvalidAttributeValue");
    }

    #[test]
    fn only_the_permission_by_queue_has_sources() {
        for permission in ["allowAll", "denyAll"] {
            let with_sources =
                format!(r#"{{"redrivePermission":"{permission}","sourceQueueArns":["{ARN}"]}}"#);
            let refusal = RedriveAllowPolicy::parse(&with_sources).unwrap_err();
            assert_eq!(
                refusal.to_string(),
                "InvalidAttributeValue: Invalid value for the parameter RedriveAllowPolicy. Reason: \
                 sourceQueueArns is only for redrivePermission byQueue."
            );
        }
        let missing = RedriveAllowPolicy::parse(r#"{"redrivePermission":"byQueue"}"#);
        assert_eq!(missing.unwrap_err().code(), "InvalidAttributeValue");
    }
}
