//! The limits of tags
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html>).

use super::queue::QueueAttributes;
use crate::refusal::{Reason, Refusal};

const MAX_TAGS: usize = 50;
const MAX_KEY_LENGTH: usize = 128;
const MAX_VALUE_LENGTH: usize = 256;

/// Checks all tags of a queue.
///
/// # Errors
/// If there are too many, or a key or a value has a length that SQS does not accept.
pub(crate) fn check_tags(queue: &str, tags: &QueueAttributes) -> Result<(), Refusal> {
    if tags.len() > MAX_TAGS {
        return Err(refuse(format!("Too many tags added for queue {queue}.")));
    }
    for (key, value) in tags {
        if !(1..=MAX_KEY_LENGTH).contains(&key.chars().count()) {
            return Err(refuse("Tag keys must be between 1 and 128 characters in length."));
        }
        if value.chars().count() > MAX_VALUE_LENGTH {
            return Err(refuse("Tag values must be between 0 and 256 characters in length."));
        }
    }
    Ok(())
}

fn refuse(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::InvalidParameterValueException, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tags: impl IntoIterator<Item = (String, String)>) -> Result<(), String> {
        check_tags("orders", &tags.into_iter().collect()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_queue_has_at_most_fifty_tags() {
        let tags = |count: u32| (0..count).map(|number| (number.to_string(), String::new()));
        assert_eq!(check(tags(50)), Ok(()));
        let refusal = "InvalidParameterValue: Too many tags added for queue orders.";
        assert_eq!(check(tags(51)), Err(refusal.to_owned()));
    }

    #[test]
    fn keys_and_values_have_a_maximum_length_in_characters() {
        let tag = |key: usize, value: usize| [("é".repeat(key), "é".repeat(value))];
        assert_eq!(check(tag(128, 256)), Ok(()));
        assert_eq!(check(tag(1, 0)), Ok(()));
        let refusal =
            "InvalidParameterValue: Tag keys must be between 1 and 128 characters in length.";
        for key in [0, 129] {
            assert_eq!(check(tag(key, 0)), Err(refusal.to_owned()), "{key}");
        }
        let refusal =
            "InvalidParameterValue: Tag values must be between 0 and 256 characters in length.";
        assert_eq!(check(tag(1, 257)), Err(refusal.to_owned()));
    }
}
