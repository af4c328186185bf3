//! One queue's settings, always complete and valid.

use std::collections::BTreeMap;
use std::ops::Index;

use super::encryption::Encryption;
use super::{Fifo, Number, RedriveAllowPolicy, RedrivePolicy, queue_name};
use crate::refusal::{Reason, Refusal};

/// Attribute names and values as they travel.
pub(crate) type Given = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    numbers: [u32; 5],
    pub(crate) fifo: Option<Fifo>,
    pub(crate) redrive: Option<RedrivePolicy>,
    pub(crate) redrive_allow: Option<RedriveAllowPolicy>,
    /// Kept and shown, never acted upon: nothing here authorizes.
    policy: Option<String>,
    encryption: Encryption,
}

impl Settings {
    /// The settings of a new queue: SQS's defaults, and what the creator gave.
    pub(crate) fn new(name: &str, given: &Given) -> Result<Self, Refusal> {
        let fifo = given.get("FifoQueue").map(String::as_str);
        if fifo.is_some_and(|value| value != "true") {
            return Err(unknown("FifoQueue"));
        }
        queue_name::check(name, fifo.is_some())?;
        let defaults = Self {
            numbers: Number::defaults(),
            fifo: fifo.map(|_| Fifo::default()),
            redrive: None,
            redrive_allow: None,
            policy: None,
            encryption: Encryption::default(),
        };
        defaults.with(given)
    }

    /// These settings changed by what was given, or the first reason why not; nothing is changed in part.
    pub(crate) fn with(&self, given: &Given) -> Result<Self, Refusal> {
        let mut changed = self.clone();
        for (name, value) in given {
            changed.set(name, value)?;
        }
        changed.fifo.iter().try_for_each(Fifo::check)?;
        Ok(changed)
    }

    /// The first attribute given that the queue has with another value; a queue that exists can be
    /// created again only when there is none.
    pub(crate) fn conflict<'a>(
        &self,
        name: &str,
        given: &'a Given,
    ) -> Result<Option<&'a str>, Refusal> {
        let wanted: BTreeMap<_, _> = Self::new(name, given)?.describe().into_iter().collect();
        let present: BTreeMap<_, _> = self.describe().into_iter().collect();
        let differs = |name: &&String| wanted.get(name.as_str()) != present.get(name.as_str());
        Ok(given.keys().find(differs).map(String::as_str))
    }

    /// Every setting by its attribute name, as `GetQueueAttributes` shows it.
    pub(crate) fn describe(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> =
            Number::ALL.map(|number| (number.name(), self[number].to_string())).into();
        all.extend(self.fifo.iter().flat_map(Fifo::describe));
        all.extend(self.redrive.iter().map(|policy| ("RedrivePolicy", json(policy))));
        all.extend(self.redrive_allow.iter().map(|policy| ("RedriveAllowPolicy", json(policy))));
        all.extend(self.policy.iter().map(|policy| ("Policy", policy.clone())));
        all.extend(self.encryption.describe());
        all
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        if let Some(number) = Number::named(name) {
            self.numbers[number as usize] = number.parse(value)?;
            return Ok(());
        }
        if let Some(fifo) = &mut self.fifo
            && fifo.set(name, value)?
        {
            return Ok(());
        }
        if self.encryption.set(name, value)? {
            return Ok(());
        }
        let given = (!value.is_empty()).then_some(value);
        match name {
            "RedrivePolicy" => self.redrive = given.map(RedrivePolicy::parse).transpose()?,
            "RedriveAllowPolicy" => {
                self.redrive_allow = given.map(RedriveAllowPolicy::parse).transpose()?;
            }
            "Policy" => self.policy = given.map(checked_policy).transpose()?,
            _ => return Err(unknown(name)),
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

fn checked_policy(value: &str) -> Result<String, Refusal> {
    let parsed: Result<serde_json::Map<_, _>, _> = serde_json::from_str(value);
    parsed.map(|_| value.to_owned()).map_err(|_| invalid_value("Policy"))
}

fn json(policy: &impl serde::Serialize) -> String {
    serde_json::to_string(policy).expect("a policy is strings and numbers")
}

pub(super) fn invalid_value(name: &str) -> Refusal {
    Refusal::new(Reason::InvalidAttributeValue, format!("Invalid value for the parameter {name}."))
}

pub(super) fn unknown(name: &str) -> Refusal {
    Refusal::new(Reason::InvalidAttributeName, format!("Unknown Attribute {name}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Given {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn code(pairs: &[(&str, &str)]) -> &'static str {
        Settings::new("q", &given(pairs)).unwrap_err().code()
    }

    #[test]
    fn a_new_queue_has_the_defaults_of_sqs() {
        let shown: Given = Settings::new("q", &Given::new())
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
        assert_eq!(shown, expected);
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
        assert_eq!(code(&[("Colour", "red")]), "InvalidAttributeName");
        assert_eq!(code(&[("QueueArn", "arn")]), "InvalidAttributeName");
        assert_eq!(code(&[("FifoQueue", "false")]), "InvalidAttributeName");
        assert_eq!(code(&[("ContentBasedDeduplication", "true")]), "InvalidAttributeName");
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let settings = Settings::new("q", &Given::new()).unwrap();
        let both = given(&[("DelaySeconds", "5"), ("VisibilityTimeout", "99999")]);
        assert!(settings.with(&both).is_err());
        assert_eq!(settings[Number::DelaySeconds], 0);
    }

    #[test]
    fn a_queue_conflicts_only_in_what_was_given() {
        let settings = Settings::new("q", &given(&[("DelaySeconds", "5")])).unwrap();
        assert_eq!(settings.conflict("q", &Given::new()), Ok(None));
        assert_eq!(settings.conflict("q", &given(&[("DelaySeconds", "5")])), Ok(None));
        assert_eq!(
            settings.conflict("q", &given(&[("DelaySeconds", "6")])),
            Ok(Some("DelaySeconds"))
        );
    }

    #[test]
    fn a_fifo_queue_stays_one_and_its_scopes_must_fit() {
        let fifo = Settings::new("q.fifo", &given(&[("FifoQueue", "true")])).unwrap();
        let refusal = fifo.with(&given(&[("FifoQueue", "false")])).unwrap_err();
        assert_eq!(refusal.code(), "InvalidAttributeValue");
        assert!(fifo.with(&given(&[("FifoThroughputLimit", "perMessageGroupId")])).is_err());
        let high =
            [("FifoThroughputLimit", "perMessageGroupId"), ("DeduplicationScope", "messageGroup")];
        assert!(fifo.with(&given(&high)).is_ok());
    }

    #[test]
    fn two_kinds_of_encryption_exclude_each_other() {
        let kms = Settings::new("q", &given(&[("KmsMasterKeyId", "key")])).unwrap();
        assert!(kms.describe().contains(&("SqsManagedSseEnabled", "false".to_owned())));
        assert!(kms.with(&given(&[("SqsManagedSseEnabled", "true")])).is_err());
        let back = kms.with(&given(&[("KmsMasterKeyId", "")])).unwrap();
        assert!(back.describe().contains(&("SqsManagedSseEnabled", "true".to_owned())));
    }
}
