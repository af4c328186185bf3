//! An `aws_sqs_queue` as a queue.

use std::time::Duration;

use serde_json::Value;

use super::document::Resource;
use super::error::PlanError;
use super::references::References;
use crate::queue::{
    DeadLetterQueue, Encryption, Place, Policy, Queue, Redrive, RedriveAllow, Setting,
};

/// The queue of a resource. Its sources are not known yet.
pub(super) fn queue(resource: &Resource, references: &References) -> Result<Queue, PlanError> {
    let read = Reader { resource, references };
    let fifo = read.bool("fifo_queue")?.known().copied().unwrap_or_default();
    let name = read.text("name")?.known().cloned().unwrap_or_else(|| resource.address.clone());
    let region = read.text("region")?;
    Ok(Queue {
        name,
        place: Place::Plan(resource.address.clone()),
        region: region.known().cloned(),
        fifo,
        wait: read.seconds("receive_wait_time_seconds")?,
        visibility: read.seconds("visibility_timeout_seconds")?,
        retention: read.seconds("message_retention_seconds")?,
        largest_message: read.number("max_message_size")?,
        redrive: read.redrive("redrive_policy")?,
        redrive_allow: read.redrive_allow("redrive_allow_policy")?,
        encryption: read.encryption()?,
        policy: read.policy("policy")?,
        high_throughput: match read.text("fifo_throughput_limit")? {
            Setting::Known(limit) => Setting::Known(limit == "perMessageGroupId"),
            Setting::Unset => Setting::Unset,
            Setting::Unknown => Setting::Unknown,
        },
        tags: read.tags(),
        sources: None,
        created: None,
        visible: None,
        usage: None,
        function_timeout: None,
    })
}

/// Reads attributes of a resource.
pub(super) struct Reader<'a> {
    pub(super) resource: &'a Resource,
    pub(super) references: &'a References,
}

impl Reader<'_> {
    fn invalid(&self, attribute: &'static str, found: &Value, expected: &'static str) -> PlanError {
        let address = self.resource.address.clone();
        PlanError::Value { address, attribute, found: found.to_string(), expected }
    }

    fn read<T>(
        &self,
        attribute: &'static str,
        expected: &'static str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Setting<T>, PlanError> {
        match self.resource.value(attribute) {
            Some(value) => {
                let converted = convert(value);
                converted
                    .map(Setting::Known)
                    .ok_or_else(|| self.invalid(attribute, value, expected))
            }
            None if self.resource.is_unknown(attribute) && self.may_be_configured(attribute) => {
                Ok(Setting::Unknown)
            }
            None => Ok(Setting::Unset),
        }
    }

    /// The provider computes some attributes that the configuration does not set. They are unknown in a
    /// plan, although the queue will not have them.
    fn may_be_configured(&self, attribute: &str) -> bool {
        self.references.may_set(&self.resource.address, attribute)
    }

    fn bool(&self, attribute: &'static str) -> Result<Setting<bool>, PlanError> {
        self.read(attribute, "true or false", Value::as_bool)
    }

    fn text(&self, attribute: &'static str) -> Result<Setting<String>, PlanError> {
        let text = self.read(attribute, "a text", |value| value.as_str().map(str::to_owned))?;
        Ok(match text {
            Setting::Known(text) if text.is_empty() => Setting::Unset,
            other => other,
        })
    }

    fn number(&self, attribute: &'static str) -> Result<Setting<u64>, PlanError> {
        self.read(attribute, "a whole number", Value::as_u64)
    }

    fn seconds(&self, attribute: &'static str) -> Result<Setting<Duration>, PlanError> {
        self.read(attribute, "a whole number", |value| value.as_u64().map(Duration::from_secs))
    }

    /// An attribute that is JSON in a text. An empty text is no value.
    fn json<T>(
        &self,
        attribute: &'static str,
        expected: &'static str,
        convert: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Setting<T>, PlanError> {
        match self.text(attribute)? {
            Setting::Unset => Ok(Setting::Unset),
            Setting::Unknown => Ok(Setting::Unknown),
            Setting::Known(text) => {
                let value = serde_json::from_str(&text).ok().and_then(convert);
                value
                    .map(Setting::Known)
                    .ok_or_else(|| self.invalid(attribute, &Value::String(text), expected))
            }
        }
    }

    pub(super) fn redrive(&self, attribute: &'static str) -> Result<Setting<Redrive>, PlanError> {
        self.json(attribute, "an object with deadLetterTargetArn and maxReceiveCount", |value| {
            let count = value.get("maxReceiveCount")?;
            let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
            Some(Redrive {
                target: Some(value.get("deadLetterTargetArn")?.as_str()?.to_owned()),
                max_receives: u32::try_from(count).ok(),
                queue: DeadLetterQueue::Unknown,
            })
        })
    }

    pub(super) fn redrive_allow(
        &self,
        attribute: &'static str,
    ) -> Result<Setting<RedriveAllow>, PlanError> {
        self.json(attribute, "an object with redrivePermission", |value| {
            Some(RedriveAllow::of_permission(value.get("redrivePermission")?.as_str()?))
        })
    }

    pub(super) fn policy(&self, attribute: &'static str) -> Result<Setting<Policy>, PlanError> {
        self.json(attribute, "an IAM policy", |value| Policy::parse(&value.to_string()))
    }

    /// The provider leaves encryption by SQS to AWS unless the configuration sets it, and AWS switches it on.
    fn encryption(&self) -> Result<Setting<Encryption>, PlanError> {
        let by_sqs = match self.resource.value("sqs_managed_sse_enabled") {
            Some(_) => self.bool("sqs_managed_sse_enabled")?.known().copied().unwrap_or_default(),
            None => true,
        };
        Ok(match self.text("kms_master_key_id")? {
            Setting::Known(key) => Setting::Known(Encryption::new(Some(&key), by_sqs)),
            // A key that the plan creates.
            Setting::Unknown => Setting::Known(Encryption::CustomerKey),
            Setting::Unset => Setting::Known(Encryption::new(None, by_sqs)),
        })
    }

    /// With the default tags of the provider.
    fn tags(&self) -> Option<std::collections::BTreeMap<String, String>> {
        let tags = self.resource.value("tags_all").or_else(|| self.resource.value("tags"));
        match tags {
            Some(Value::Object(tags)) => {
                // A value that is not known yet is a tag too.
                let unknown = ["tags", "tags_all"]
                    .into_iter()
                    .filter_map(|key| self.resource.unknown.get(key)?.as_object());
                let unknown = unknown.flatten().map(|(key, _)| (key.clone(), String::new()));
                let known = tags.iter().map(|(key, value)| {
                    (key.clone(), value.as_str().unwrap_or_default().to_owned())
                });
                Some(unknown.chain(known).collect())
            }
            _ if self.resource.is_unknown("tags_all")
                && self.references.may_have_tags(&self.resource.address) =>
            {
                None
            }
            _ => Some(std::collections::BTreeMap::new()),
        }
    }
}
