//! The attributes that a receive requests: system attributes and message attributes
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>).

use std::collections::BTreeMap;

use crate::queue::Envelope;
use crate::refusal::Refusal;

/// The attributes that a receive returns with each message.
pub(super) struct RequestedAttributes {
    pub(super) system: SystemAttributes,
    pub(super) message: AttributeFilter,
}

impl RequestedAttributes {
    /// # Errors
    /// If a system attribute is unknown.
    pub(super) fn new<'a>(
        system: impl Iterator<Item = &'a str>,
        message: Vec<String>,
    ) -> Result<Self, Refusal> {
        let system = SystemAttributes::parse(system)?;
        Ok(Self { system, message: AttributeFilter::new(message) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    SenderId,
    SentTimestamp,
    ApproximateReceiveCount,
    ApproximateFirstReceiveTimestamp,
    SequenceNumber,
    MessageDeduplicationId,
    MessageGroupId,
    AwsTraceHeader,
    DeadLetterQueueSourceArn,
}

const NAMES: [(&str, Name); 9] = [
    ("SenderId", Name::SenderId),
    ("SentTimestamp", Name::SentTimestamp),
    ("ApproximateReceiveCount", Name::ApproximateReceiveCount),
    ("ApproximateFirstReceiveTimestamp", Name::ApproximateFirstReceiveTimestamp),
    ("SequenceNumber", Name::SequenceNumber),
    ("MessageDeduplicationId", Name::MessageDeduplicationId),
    ("MessageGroupId", Name::MessageGroupId),
    ("AWSTraceHeader", Name::AwsTraceHeader),
    ("DeadLetterQueueSourceArn", Name::DeadLetterQueueSourceArn),
];

/// The requested system attributes, which SQS adds to a message.
#[derive(Debug, Default)]
pub(super) struct SystemAttributes(Vec<(&'static str, Name)>);

impl SystemAttributes {
    pub(super) fn parse<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut requested = Vec::new();
        for name in names {
            if name == "All" {
                return Ok(Self(NAMES.to_vec()));
            }
            let known = NAMES.iter().find(|(known, _)| *known == name);
            requested.push(*known.ok_or_else(|| Refusal::unknown_attribute(name))?);
        }
        Ok(Self(requested))
    }

    /// `first_received` is in milliseconds since the Unix epoch.
    pub(super) fn describe(
        &self,
        envelope: &Envelope,
        receives: u32,
        first_received: u64,
        account: &str,
    ) -> BTreeMap<&'static str, String> {
        let values = self.0.iter().map(|&(text, name)| {
            let value = match name {
                Name::SenderId => Some(account.to_owned()),
                Name::ApproximateReceiveCount => Some(receives.to_string()),
                Name::ApproximateFirstReceiveTimestamp => Some(first_received.to_string()),
                _ => name.of_sender(envelope),
            };
            (text, value)
        });
        values.filter_map(|(text, value)| Some((text, value?))).collect()
    }
}

impl Name {
    /// The value, if it does not depend on receives.
    fn of_sender(self, envelope: &Envelope) -> Option<String> {
        match self {
            Self::SenderId
            | Self::ApproximateReceiveCount
            | Self::ApproximateFirstReceiveTimestamp => None,
            Self::SentTimestamp => Some(envelope.sent.millis().to_string()),
            Self::SequenceNumber => envelope.sequence.map(|sequence| sequence.to_string()),
            Self::MessageDeduplicationId => envelope.deduplication_id.clone(),
            Self::MessageGroupId => envelope.group.as_deref().map(str::to_owned),
            Self::AwsTraceHeader => envelope.content.trace_header.clone(),
            Self::DeadLetterQueueSourceArn => {
                envelope.dead_letter_source.as_deref().map(str::to_owned)
            }
        }
    }
}

/// The requested message attributes: by name, by prefix such as `bar.*`, or all with `All`, `*` or
/// `.*`.
#[derive(Clone, Debug, Default)]
pub(super) struct AttributeFilter {
    all: bool,
    names: Vec<String>,
    prefixes: Vec<String>,
}

impl AttributeFilter {
    pub(super) fn new(requested: Vec<String>) -> Self {
        let mut filter = Self::default();
        for name in requested {
            match name.strip_suffix(".*") {
                Some("") => filter.all = true,
                Some(prefix) => filter.prefixes.push(prefix.to_owned()),
                None if name == "All" || name == "*" => filter.all = true,
                None => filter.names.push(name),
            }
        }
        filter
    }

    pub(super) fn matches_all(&self) -> bool {
        self.all
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.all
            || self.names.iter().any(|requested| requested == name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(names: &[&str]) -> AttributeFilter {
        AttributeFilter::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn attributes_are_only_returned_on_request() {
        assert!(!filter(&[]).matches("a"));
        assert!(!filter(&["b"]).matches("a"));
    }

    #[test]
    fn all_and_the_wildcard_match_every_attribute() {
        assert!(filter(&["All"]).matches("a"));
        assert!(filter(&[".*"]).matches("a"));
        assert!(filter(&["*"]).matches("a") && filter(&["*"]).matches_all());
    }

    #[test]
    fn a_prefix_matches_names_that_start_with_it() {
        let prefix = filter(&["Hel.*"]);
        assert!(prefix.matches("Hello") && prefix.matches("Help.Me") && !prefix.matches("General"));
    }
}
