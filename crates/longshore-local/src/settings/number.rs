//! The numeric settings, with the limits of
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.

use crate::refusal::Refusal;

/// Every numeric setting. `MaximumMessageSize` is in bytes, all others are in seconds.
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
    min: u32,
    max: u32,
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
        let (name, min, max, default) = match self {
            Self::DelaySeconds => ("DelaySeconds", 0, 900, 0),
            Self::MaximumMessageSize => ("MaximumMessageSize", 1024, 1_048_576, 1_048_576),
            Self::MessageRetentionPeriod => ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
            Self::ReceiveMessageWaitTimeSeconds => ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
            Self::VisibilityTimeout => ("VisibilityTimeout", 0, 43_200, 30),
        };
        Limits { name, min, max, default }
    }

    pub(crate) fn name(self) -> &'static str {
        self.limits().name
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|number| number.name() == name)
    }

    pub(super) fn defaults() -> [u32; 5] {
        Self::ALL.map(|number| number.limits().default)
    }

    /// Parses the value of a queue attribute.
    pub(super) fn parse(self, text: &str) -> Result<u32, Refusal> {
        let Limits { name, min, max, .. } = self.limits();
        let value = text.trim().parse().ok().filter(|value| (min..=max).contains(value));
        value.ok_or_else(|| Refusal::invalid_attribute_value(name))
    }

    /// Checks a request parameter that overrides the setting, such as the delay of one message.
    pub(crate) fn check(self, parameter: &str, value: i64) -> Result<u32, Refusal> {
        let Limits { min, max, .. } = self.limits();
        let checked = u32::try_from(value).ok().filter(|value| (min..=max).contains(value));
        checked.ok_or_else(|| {
            Refusal::invalid(
                parameter,
                value,
                &format!("Must be >= {min} and <= {max}, if provided."),
            )
        })
    }
}
