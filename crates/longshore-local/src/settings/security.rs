//! The access policy and the encryption of a queue. They are stored and returned, but have no
//! effect: the server does not authorize or encrypt.

use super::boolean;
use super::policy::Policy;
use crate::refusal::{Reason, Refusal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Security {
    /// `Policy`, as JSON.
    policy: Option<String>,
    /// `SqsManagedSseEnabled`. Setting or clearing the KMS key makes it `false`.
    managed: bool,
    kms_key: Option<String>,
    kms_reuse_seconds: u32,
}

impl Default for Security {
    fn default() -> Self {
        Self { policy: None, managed: true, kms_key: None, kms_reuse_seconds: 300 }
    }
}

impl Security {
    /// Sets the attribute `name`. Returns `false` if it is not one of these settings.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "Policy" => {
                self.policy = (!value.is_empty()).then(|| checked_policy(value)).transpose()?
            }
            "SqsManagedSseEnabled" => {
                self.managed = boolean::parse(name, value)?;
                if self.managed && self.kms_key.is_some() {
                    let message = "You can use one type of server-side encryption (SSE) at one time. \
                                   You can either enable KMS SSE or SQS SSE.";
                    return Err(Refusal::new(Reason::InvalidAttributeName, message));
                }
            }
            "KmsMasterKeyId" => {
                self.kms_key = (!value.is_empty()).then(|| value.to_owned());
                self.managed = false;
            }
            "KmsDataKeyReusePeriodSeconds" => {
                let seconds = value.parse().ok().filter(|seconds| (60..=86_400).contains(seconds));
                self.kms_reuse_seconds =
                    seconds.ok_or_else(|| Refusal::invalid_attribute_value(name))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Changes the policy of the queue with this ARN.
    pub(super) fn change_policy(
        &mut self,
        queue_arn: &str,
        change: impl FnOnce(&mut Policy) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut policy = Policy::new(self.policy.as_deref(), queue_arn);
        change(&mut policy)?;
        self.set("Policy", &policy.attribute())?;
        Ok(())
    }

    pub(super) fn describe(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> = self.policy.iter().map(|policy| ("Policy", policy.clone())).collect();
        all.push(("SqsManagedSseEnabled", self.managed.to_string()));
        if let Some(key) = &self.kms_key {
            all.push(("KmsMasterKeyId", key.clone()));
            all.push(("KmsDataKeyReusePeriodSeconds", self.kms_reuse_seconds.to_string()));
        }
        all
    }
}

fn checked_policy(value: &str) -> Result<String, Refusal> {
    let parsed: Result<serde_json::Map<_, _>, _> = serde_json::from_str(value);
    parsed.map(|_| value.to_owned()).map_err(|_| Refusal::invalid_attribute_value("Policy"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_with_managed_keys_can_be_switched_off_and_on() {
        let mut security = Security::default();
        for value in ["false", "true"] {
            assert_eq!(security.set("SqsManagedSseEnabled", value), Ok(true));
            assert_eq!(security.describe(), [("SqsManagedSseEnabled", value.to_owned())]);
        }
        let refused = Refusal::invalid_attribute_value("SqsManagedSseEnabled");
        assert_eq!(security.set("SqsManagedSseEnabled", "maybe"), Err(refused));
        assert_eq!(security.set("Unknown", "true"), Ok(false));
    }
}
