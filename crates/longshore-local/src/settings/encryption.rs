//! The encryption settings. They are kept and shown, never acted upon: nothing here is encrypted.

use crate::refusal::{Reason, Refusal};
use crate::settings::complete::invalid_value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encryption {
    /// `SqsManagedSseEnabled`; a key of KMS takes its place.
    managed: bool,
    kms_key: Option<String>,
    kms_reuse_seconds: u32,
}

impl Default for Encryption {
    fn default() -> Self {
        Self { managed: true, kms_key: None, kms_reuse_seconds: 300 }
    }
}

impl Encryption {
    /// Whether `name` was one of ours.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "SqsManagedSseEnabled" => {
                self.managed = value.parse().map_err(|_| invalid_value(name))?;
                if self.managed && self.kms_key.is_some() {
                    let message = "You can use one type of server-side encryption (SSE) at one time. \
                                   You can either enable KMS SSE or SQS SSE.";
                    return Err(Refusal::new(Reason::InvalidAttributeName, message));
                }
            }
            "KmsMasterKeyId" => {
                self.kms_key = (!value.is_empty()).then(|| value.to_owned());
                self.managed = self.kms_key.is_none();
            }
            "KmsDataKeyReusePeriodSeconds" => {
                let seconds = value.parse().ok().filter(|seconds| (60..=86_400).contains(seconds));
                self.kms_reuse_seconds = seconds.ok_or_else(|| invalid_value(name))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn describe(&self) -> Vec<(&'static str, String)> {
        let mut shown = vec![("SqsManagedSseEnabled", self.managed.to_string())];
        if let Some(key) = &self.kms_key {
            shown.push(("KmsMasterKeyId", key.clone()));
            shown.push(("KmsDataKeyReusePeriodSeconds", self.kms_reuse_seconds.to_string()));
        }
        shown
    }
}
