//! What SQS itself knows of a message, each item given only to those who ask for it
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>).

use std::collections::BTreeMap;

use crate::queue::Delivery;
use crate::refusal::{Reason, Refusal};

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

/// The ones a receive asks for.
#[derive(Debug, Default)]
pub(super) struct SystemAttributes(Vec<(&'static str, Name)>);

impl SystemAttributes {
    pub(super) fn parse<'a>(asked: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut wanted = Vec::new();
        for asked in asked {
            if asked == "All" {
                return Ok(Self(NAMES.to_vec()));
            }
            let known = NAMES.iter().find(|(name, _)| *name == asked);
            let unknown = || {
                Refusal::new(Reason::InvalidAttributeName, format!("Unknown Attribute {asked}."))
            };
            wanted.push(*known.ok_or_else(unknown)?);
        }
        Ok(Self(wanted))
    }

    pub(super) fn describe(
        &self,
        delivery: &Delivery,
        account: &str,
    ) -> BTreeMap<&'static str, String> {
        let values = self.0.iter().map(|&(text, name)| (text, name.value(delivery, account)));
        values.filter_map(|(text, value)| Some((text, value?))).collect()
    }
}

impl Name {
    fn value(self, delivery: &Delivery, account: &str) -> Option<String> {
        let envelope = &delivery.envelope;
        match self {
            Self::SenderId => Some(account.to_owned()),
            Self::SentTimestamp => Some(envelope.sent.millis().to_string()),
            Self::ApproximateReceiveCount => Some(delivery.receive_count.to_string()),
            Self::ApproximateFirstReceiveTimestamp => {
                Some(delivery.first_received.millis().to_string())
            }
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
