//! The settings of FIFO queues only.

use super::boolean;
use crate::refusal::{Reason, Refusal};

/// How a FIFO queue deduplicates. The throughput limit is stored and returned, but has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fifo {
    pub(crate) content_based: bool,
    /// Deduplicates within a message group instead of across the queue.
    pub(crate) per_group: bool,
    per_group_throughput: bool,
}

impl Fifo {
    /// Sets the attribute `name`. Returns `false` if it is not one of these settings.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "FifoQueue" => {
                let why = "Modifying queue type is not supported.";
                let stays = boolean::parse(name, value).unwrap_or(false);
                return if stays { Ok(true) } else { Err(Refusal::bad_attribute(name, why)) };
            }
            "ContentBasedDeduplication" => self.content_based = boolean::parse(name, value)?,
            "DeduplicationScope" => self.per_group = either(name, value, "queue", "messageGroup")?,
            "FifoThroughputLimit" => {
                self.per_group_throughput = either(name, value, "perQueue", "perMessageGroupId")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Checks that the throughput limit and the deduplication scope match.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.per_group_throughput && !self.per_group {
            let why = "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must \
                       be messageGroup.";
            return Err(Refusal::bad_attribute("FifoThroughputLimit", why));
        }
        Ok(())
    }

    pub(super) fn describe(&self) -> [(&'static str, String); 4] {
        let pick = |second: bool, names: [&str; 2]| names[usize::from(second)].to_owned();
        [
            ("FifoQueue", "true".to_owned()),
            ("ContentBasedDeduplication", self.content_based.to_string()),
            ("DeduplicationScope", pick(self.per_group, ["queue", "messageGroup"])),
            (
                "FifoThroughputLimit",
                pick(self.per_group_throughput, ["perQueue", "perMessageGroupId"]),
            ),
        ]
    }
}

fn either(name: &str, value: &str, first: &str, second: &str) -> Result<bool, Refusal> {
    match value {
        value if value == first => Ok(false),
        value if value == second => Ok(true),
        _ => Err(Refusal::invalid_attribute_value(name)),
    }
}

/// The refusal of an attribute that a standard queue does not have.
pub(super) fn not_for_standard(name: &str) -> Refusal {
    match name {
        "DeduplicationScope" | "FifoThroughputLimit" => Refusal::new(
            Reason::InvalidAttributeName,
            format!("You can specify the {name} only when FifoQueue is set to true."),
        ),
        _ => Refusal::unknown_attribute(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_has_one_of_its_two_values() {
        let mut fifo = Fifo::default();
        let mut set = |name, value| {
            fifo.set(name, value)?;
            Ok(fifo.describe().into_iter().find(|(other, _)| *other == name))
        };
        for (name, values) in [
            ("DeduplicationScope", ["messageGroup", "queue"]),
            ("FifoThroughputLimit", ["perMessageGroupId", "perQueue"]),
            ("ContentBasedDeduplication", ["true", "false"]),
        ] {
            for value in values {
                assert_eq!(set(name, value), Ok(Some((name, value.to_owned()))));
            }
            assert_eq!(set(name, "other"), Err(Refusal::invalid_attribute_value(name)));
        }
    }
}
