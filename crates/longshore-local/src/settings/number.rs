//! The settings that are whole numbers, with the limits of
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.

use crate::refusal::Refusal;
use crate::settings::complete::invalid_value;

/// Every numeric setting. Sizes are bytes, all others are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    DelaySeconds,
    MaximumMessageSize,
    MessageRetentionPeriod,
    ReceiveMessageWaitTimeSeconds,
    VisibilityTimeout,
}

struct Limits {
    name: &'static str,
    least: u32,
    most: u32,
    default: u32,
}

impl Number {
    pub(crate) const ALL: [Self; 5] = [
        Self::DelaySeconds,
        Self::MaximumMessageSize,
        Self::MessageRetentionPeriod,
        Self::ReceiveMessageWaitTimeSeconds,
        Self::VisibilityTimeout,
    ];

    const fn limits(self) -> Limits {
        let (name, least, most, default) = match self {
            Self::DelaySeconds => ("DelaySeconds", 0, 900, 0),
            Self::MaximumMessageSize => ("MaximumMessageSize", 1024, 1_048_576, 1_048_576),
            Self::MessageRetentionPeriod => ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
            Self::ReceiveMessageWaitTimeSeconds => ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
            Self::VisibilityTimeout => ("VisibilityTimeout", 0, 43_200, 30),
        };
        Limits { name, least, most, default }
    }

    pub(crate) fn name(self) -> &'static str {
        self.limits().name
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|number| number.name() == name)
    }

    pub(super) fn defaults() -> [u32; 5] {
        Self::ALL.map(|number| number.limits().default)
    }

    /// Reads a queue attribute, which travels as text.
    pub(super) fn parse(self, text: &str) -> Result<u32, Refusal> {
        let Limits { name, least, most, .. } = self.limits();
        let value = text.trim().parse().ok().filter(|value| (least..=most).contains(value));
        value.ok_or_else(|| invalid_value(name))
    }

    /// Checks the number of a request that stands in for the setting, such as a message's own delay.
    pub(crate) fn check(self, parameter: &str, value: i64) -> Result<u32, Refusal> {
        let Limits { least, most, .. } = self.limits();
        let checked = u32::try_from(value).ok().filter(|value| (least..=most).contains(value));
        checked.ok_or_else(|| {
            Refusal::invalid(
                parameter,
                value,
                &format!("Must be >= {least} and <= {most}, if provided."),
            )
        })
    }
}
