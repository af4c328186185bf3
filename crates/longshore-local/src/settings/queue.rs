//! All settings of one queue, always complete and valid.

use std::collections::BTreeMap;
use std::ops::Index;

use super::boolean;
use super::fifo::{Fifo, not_for_standard};
use super::name::check_name;
use super::number::Number;
use super::policy::Policy;
use super::redrive::{RedriveAllowPolicy, RedrivePolicy};
use super::security::Security;
use crate::refusal::Refusal;

/// Attribute names and values as they are in a request.
pub(crate) type QueueAttributes = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    numbers: [u32; 5],
    pub(crate) fifo: Option<Fifo>,
    pub(crate) redrive: Option<RedrivePolicy>,
    pub(crate) redrive_allow: Option<RedriveAllowPolicy>,
    security: Security,
}

impl Settings {
    /// The settings of a new queue: the defaults of SQS, changed by `given`.
    pub(crate) fn new(name: &str, given: &QueueAttributes) -> Result<Self, Refusal> {
        let fifo = given.get("FifoQueue").map(String::as_str);
        if fifo.is_some_and(|value| boolean::parse("FifoQueue", value) != Ok(true)) {
            return Err(Refusal::unknown_attribute("FifoQueue"));
        }
        check_name(name, fifo.is_some())?;
        let defaults = Self {
            numbers: Number::defaults(),
            fifo: fifo.map(|_| Fifo::default()),
            redrive: None,
            redrive_allow: None,
            security: Security::default(),
        };
        defaults.with(given)
    }

    /// A copy of these settings, changed by `given`.
    ///
    /// # Errors
    /// The first attribute that is unknown or has an invalid value.
    pub(crate) fn with(&self, given: &QueueAttributes) -> Result<Self, Refusal> {
        let mut changed = self.clone();
        for (name, value) in given {
            changed.set(name, value)?;
        }
        changed.fifo.iter().try_for_each(Fifo::check)?;
        Ok(changed)
    }

    /// Changes the access policy of the queue with this ARN, unless `change` fails.
    pub(crate) fn change_policy(
        &mut self,
        queue_arn: &str,
        change: impl FnOnce(&mut Policy) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.security.change_policy(queue_arn, change)
    }

    /// The first attribute in `given` whose value differs from this queue's. `CreateQueue` succeeds
    /// for an existing queue only if no attribute differs.
    pub(crate) fn conflict<'a>(
        &self,
        name: &str,
        given: &'a QueueAttributes,
    ) -> Result<Option<&'a str>, Refusal> {
        let wanted: BTreeMap<_, _> = Self::new(name, given)?.describe().into_iter().collect();
        let present: BTreeMap<_, _> = self.describe().into_iter().collect();
        let differs = |name: &&String| wanted.get(name.as_str()) != present.get(name.as_str());
        Ok(given.keys().find(differs).map(String::as_str))
    }

    /// Every setting by its attribute name, as `GetQueueAttributes` returns it.
    pub(crate) fn describe(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> =
            Number::ALL.map(|number| (number.name(), self[number].to_string())).into();
        all.extend(self.fifo.iter().flat_map(Fifo::describe));
        all.extend(self.redrive.iter().map(|policy| ("RedrivePolicy", json(policy))));
        all.extend(self.redrive_allow.iter().map(|policy| ("RedriveAllowPolicy", json(policy))));
        all.extend(self.security.describe());
        all
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        if let Some(number) = Number::from_name(name) {
            self.numbers[number as usize] = number.parse(value)?;
            return Ok(());
        }
        if let Some(fifo) = &mut self.fifo
            && fifo.set(name, value)?
        {
            return Ok(());
        }
        if self.security.set(name, value)? {
            return Ok(());
        }
        let given = (!value.is_empty()).then_some(value);
        match name {
            "RedrivePolicy" => self.redrive = given.map(RedrivePolicy::parse).transpose()?,
            "RedriveAllowPolicy" => {
                self.redrive_allow = given.map(RedriveAllowPolicy::parse).transpose()?;
            }
            _ => return Err(not_for_standard(name)),
        }
        Ok(())
    }
}

impl Index<Number> for Settings {
    type Output = u32;

    fn index(&self, number: Number) -> &u32 {
        &self.numbers[number as usize]
    }
}

fn json(policy: &impl serde::Serialize) -> String {
    serde_json::to_string(policy).expect("a policy is strings and numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> QueueAttributes {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn code(pairs: &[(&str, &str)]) -> &'static str {
        Settings::new("q", &given(pairs)).unwrap_err().code()
    }

    #[test]
    fn a_new_queue_has_the_defaults_of_sqs() {
        let described: QueueAttributes = Settings::new("q", &QueueAttributes::new())
            .unwrap()
            .describe()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let expected = given(&[
            ("DelaySeconds", "0"),
            ("MaximumMessageSize", "1048576"),
            ("MessageRetentionPeriod", "345600"),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("VisibilityTimeout", "30"),
            ("SqsManagedSseEnabled", "true"),
        ]);
        assert_eq!(described, expected);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (name, value) in [
            ("DelaySeconds", "901"),
            ("DelaySeconds", "-1"),
            ("MaximumMessageSize", "1023"),
            ("MaximumMessageSize", "1048577"),
            ("MessageRetentionPeriod", "59"),
            ("ReceiveMessageWaitTimeSeconds", "21"),
            ("VisibilityTimeout", "43201"),
            ("VisibilityTimeout", "soon"),
            ("Policy", "no json"),
        ] {
            assert_eq!(code(&[(name, value)]), "InvalidAttributeValue", "{name} {value}");
        }
    }

    #[test]
    fn unknown_and_measured_attributes_cannot_be_set() {
        assert_eq!(code(&[("Color", "red")]), "InvalidAttributeName");
        assert_eq!(code(&[("QueueArn", "arn")]), "InvalidAttributeName");
        assert_eq!(code(&[("FifoQueue", "false")]), "InvalidAttributeName");
        assert_eq!(code(&[("ContentBasedDeduplication", "true")]), "InvalidAttributeName");
    }

    #[test]
    fn an_invalid_change_changes_nothing() {
        let settings = Settings::new("q", &QueueAttributes::new()).unwrap();
        let both = given(&[("DelaySeconds", "5"), ("VisibilityTimeout", "99999")]);
        assert!(settings.with(&both).is_err());
        assert_eq!(settings[Number::DelaySeconds], 0);
    }

    #[test]
    fn only_given_attributes_can_conflict() {
        let settings = Settings::new("q", &given(&[("DelaySeconds", "5")])).unwrap();
        assert_eq!(settings.conflict("q", &QueueAttributes::new()), Ok(None));
        assert_eq!(settings.conflict("q", &given(&[("DelaySeconds", "5")])), Ok(None));
        assert_eq!(
            settings.conflict("q", &given(&[("DelaySeconds", "6")])),
            Ok(Some("DelaySeconds"))
        );
    }

    #[test]
    fn a_fifo_queue_stays_fifo_and_its_scopes_must_match() {
        let fifo = Settings::new("q.fifo", &given(&[("FifoQueue", "true")])).unwrap();
        let refusal = fifo.with(&given(&[("FifoQueue", "false")])).unwrap_err();
        assert_eq!(refusal.code(), "InvalidAttributeValue");
        let refusal =
            fifo.with(&given(&[("FifoThroughputLimit", "perMessageGroupId")])).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit. Reason: To \
             set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup."
        );
        let high =
            [("FifoThroughputLimit", "perMessageGroupId"), ("DeduplicationScope", "messageGroup")];
        assert!(fifo.with(&given(&high)).is_ok());
    }

    #[test]
    fn kms_and_sqs_managed_encryption_exclude_each_other() {
        let kms = Settings::new("q", &given(&[("KmsMasterKeyId", "key")])).unwrap();
        assert!(kms.describe().contains(&("SqsManagedSseEnabled", "false".to_owned())));
        assert!(kms.with(&given(&[("SqsManagedSseEnabled", "true")])).is_err());
        let cleared = kms.with(&given(&[("KmsMasterKeyId", "")])).unwrap().describe();
        assert!(cleared.contains(&("SqsManagedSseEnabled", "false".to_owned())));
        assert!(!cleared.iter().any(|(name, _)| *name == "KmsMasterKeyId"));
    }

    #[test]
    fn booleans_are_accepted_in_any_case() {
        let all = ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"];
        for value in ["True", "TRUE", "true"] {
            let queue = Settings::new("q.fifo", &given(&all.map(|name| (name, value)))).unwrap();
            let described = queue.describe();
            for name in all {
                assert!(described.contains(&(name, "true".to_owned())), "{name} {value}");
            }
            let again = given(&[(all[0], value), (all[1], "tRUE")]);
            assert_eq!(queue.conflict("q.fifo", &again), Ok(None));
            let off = queue.with(&given(&[(all[1], "False"), (all[2], "FALSE")])).unwrap();
            assert!(off.describe().contains(&(all[1], "false".to_owned())));
            assert!(off.describe().contains(&(all[2], "false".to_owned())));
        }
        assert_eq!(code(&[("SqsManagedSseEnabled", "yes")]), "InvalidAttributeValue");
    }

    #[test]
    fn only_a_fifo_queue_has_a_scope_and_a_throughput_limit() {
        for (name, value) in
            [("DeduplicationScope", "queue"), ("FifoThroughputLimit", "perMessageGroupId")]
        {
            let refusal = Settings::new("q", &given(&[(name, value)])).unwrap_err();
            let expected = format!(
                "InvalidAttributeName: You can specify the {name} only when FifoQueue is set to true."
            );
            assert_eq!(refusal.to_string(), expected);
        }
    }
}
