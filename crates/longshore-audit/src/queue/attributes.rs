//! The attributes of `GetQueueAttributes` as settings.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::encryption::Encryption;
use super::facts::{Place, Queue};
use super::policy::Policy;
use super::redrive::{DeadLetterQueue, Redrive, RedriveAllow};
use super::setting::Setting;

/// The value of an attribute has another form than SQS documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the attribute {name} of {queue} is {value:?}, but must be {expected}")]
pub struct InvalidAttribute {
    queue: String,
    name: &'static str,
    value: String,
    expected: &'static str,
}

/// The attributes of one queue.
struct Attributes<'a> {
    queue: &'a str,
    values: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RedrivePolicy {
    #[serde(rename = "deadLetterTargetArn")]
    target: String,
    #[serde(rename = "maxReceiveCount", deserialize_with = "count")]
    max_receives: u32,
}

#[derive(Deserialize)]
struct RedriveAllowPolicy {
    #[serde(rename = "redrivePermission")]
    permission: String,
}

/// `maxReceiveCount` can be a number or a text with a number.
fn count<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(u32),
        Text(String),
    }
    match Count::deserialize(deserializer)? {
        Count::Number(count) => Ok(count),
        Count::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

impl Queue {
    /// A queue of an account from its attributes. Tags, sources and usage are not among them.
    ///
    /// # Errors
    /// If an attribute has another form than SQS documents.
    pub fn from_attributes(
        url: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Self, InvalidAttribute> {
        let name = url.rsplit('/').next().unwrap_or(url).to_owned();
        let read = Attributes { queue: &name, values };
        let arn = values.get("QueueArn").cloned().unwrap_or_default();
        let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
        Ok(Self {
            region: region.map(str::to_owned),
            fifo: name.ends_with(".fifo"),
            wait: read.seconds("ReceiveMessageWaitTimeSeconds")?,
            visibility: read.seconds("VisibilityTimeout")?,
            retention: read.seconds("MessageRetentionPeriod")?,
            largest_message: read.number("MaximumMessageSize")?,
            redrive: read.redrive()?,
            redrive_allow: read.redrive_allow()?,
            encryption: Setting::Known(read.encryption()),
            policy: read.policy()?,
            high_throughput: Setting::Known(
                values.get("FifoThroughputLimit").is_some_and(|limit| limit == "perMessageGroupId"),
            ),
            created: read.time("CreatedTimestamp")?,
            visible: read.number("ApproximateNumberOfMessages")?.known().copied(),
            tags: None,
            sources: None,
            usage: None,
            function_timeout: None,
            place: Place::Account { url: url.to_owned(), arn },
            name,
        })
    }
}

impl Attributes<'_> {
    fn invalid(&self, name: &'static str, value: &str, expected: &'static str) -> InvalidAttribute {
        InvalidAttribute { queue: self.queue.to_owned(), name, value: value.to_owned(), expected }
    }

    /// SQS returns an empty text for a policy that was removed.
    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn number(&self, name: &'static str) -> Result<Setting<u64>, InvalidAttribute> {
        let Some(text) = self.text(name) else { return Ok(Setting::Unknown) };
        text.parse().map(Setting::Known).map_err(|_| self.invalid(name, text, "a whole number"))
    }

    /// A Unix time. Some servers return a fraction of a second.
    fn time(&self, name: &'static str) -> Result<Option<Duration>, InvalidAttribute> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let seconds =
            text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        seconds.map(Some).ok_or_else(|| self.invalid(name, text, "a Unix time"))
    }

    fn seconds(&self, name: &'static str) -> Result<Setting<Duration>, InvalidAttribute> {
        Ok(match self.number(name)? {
            Setting::Known(seconds) => Setting::Known(Duration::from_secs(seconds)),
            Setting::Unset => Setting::Unset,
            Setting::Unknown => Setting::Unknown,
        })
    }

    fn json<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, InvalidAttribute> {
        let Some(text) = self.text(name) else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| self.invalid(name, text, expected))
    }

    fn redrive(&self) -> Result<Setting<Redrive>, InvalidAttribute> {
        let expected = "an object with deadLetterTargetArn and maxReceiveCount";
        let policy: Option<RedrivePolicy> = self.json("RedrivePolicy", expected)?;
        Ok(policy
            .map(|policy| Redrive {
                target: Some(policy.target),
                max_receives: Some(policy.max_receives),
                queue: DeadLetterQueue::Unknown,
            })
            .into())
    }

    fn redrive_allow(&self) -> Result<Setting<RedriveAllow>, InvalidAttribute> {
        let expected = "an object with redrivePermission";
        let policy: Option<RedriveAllowPolicy> = self.json("RedriveAllowPolicy", expected)?;
        Ok(policy.map(|policy| RedriveAllow::of_permission(&policy.permission)).into())
    }

    fn policy(&self) -> Result<Setting<Policy>, InvalidAttribute> {
        let Some(text) = self.text("Policy") else { return Ok(Setting::Unset) };
        let policy = Policy::parse(text);
        policy.map(Setting::Known).ok_or_else(|| self.invalid("Policy", text, "an IAM policy"))
    }

    fn encryption(&self) -> Encryption {
        let by_sqs = self.values.get("SqsManagedSseEnabled").is_some_and(|on| on == "true");
        Encryption::new(self.text("KmsMasterKeyId"), by_sqs)
    }
}

impl RedriveAllow {
    pub(crate) fn of_permission(permission: &str) -> Self {
        if permission == "allowAll" { Self::All } else { Self::Listed }
    }
}

impl Encryption {
    /// From the key of KMS and `SqsManagedSseEnabled`.
    pub(crate) fn new(key: Option<&str>, by_sqs: bool) -> Self {
        match key {
            Some(key) if key.ends_with("alias/aws/sqs") => Self::AwsManagedKey,
            Some(_) => Self::CustomerKey,
            None if by_sqs => Self::Sqs,
            None => Self::Off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(values: &[(&str, &str)]) -> Result<Queue, InvalidAttribute> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Queue::from_attributes("https://sqs.eu-west-1.amazonaws.com/1/orders", &values.collect())
    }

    #[test]
    fn attributes_become_settings() {
        let queue = parsed(&[
            ("QueueArn", "arn:aws:sqs:eu-west-1:1:orders"),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("KmsMasterKeyId", "arn:aws:kms:eu-west-1:1:alias/aws/sqs"),
            ("RedrivePolicy", r#"{"deadLetterTargetArn":"arn:d","maxReceiveCount":"3"}"#),
            ("Policy", ""),
        ])
        .unwrap();
        assert_eq!(queue.region.as_deref(), Some("eu-west-1"));
        assert_eq!(queue.wait, Setting::Known(Duration::ZERO));
        assert_eq!(queue.visibility, Setting::Unknown);
        assert_eq!(queue.encryption, Setting::Known(Encryption::AwsManagedKey));
        assert_eq!(queue.redrive.known().unwrap().max_receives, Some(3));
        assert_eq!(queue.policy, Setting::Unset);
    }

    #[test]
    fn an_error_names_the_queue_the_attribute_and_what_it_must_be() {
        let error = parsed(&[("VisibilityTimeout", "soon")]).unwrap_err().to_string();
        assert_eq!(
            error,
            "the attribute VisibilityTimeout of orders is \"soon\", but must be a whole number"
        );
        let error = parsed(&[("RedrivePolicy", "{}")]).unwrap_err().to_string();
        assert!(
            error.ends_with("an object with deadLetterTargetArn and maxReceiveCount"),
            "{error}"
        );
    }
}
