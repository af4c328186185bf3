//! The names of queues
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>).

use crate::refusal::{Reason, Refusal};

const MAX_NAME_LENGTH: usize = 80;

/// Checks the name of a queue. The name of a FIFO queue ends in `.fifo`, and no other name does.
pub(super) fn check_name(name: &str, fifo: bool) -> Result<(), Refusal> {
    let stem = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let valid = stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(plain));
    if valid && name.len() <= MAX_NAME_LENGTH {
        return Ok(());
    }
    let message = if fifo {
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, \
         must end with .fifo suffix and be 1 to 80 in length."
    } else {
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    };
    Err(Refusal::new(Reason::InvalidParameterValueException, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_fifo_queue_ends_in_fifo() {
        assert!(check_name("orders.fifo", true).is_ok());
        assert!(check_name("orders.fifo", false).is_err());
        assert!(check_name("orders", true).is_err());
        assert!(check_name(".fifo", true).is_err());
    }

    #[test]
    fn names_are_alphanumeric_and_at_most_80_long() {
        assert!(check_name("aZ-09_", false).is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(81)] {
            let refusal = check_name(bad, false).unwrap_err();
            assert_eq!(
                refusal.message(),
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
                "{bad:?}"
            );
        }
    }
}
