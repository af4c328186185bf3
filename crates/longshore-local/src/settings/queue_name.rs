//! What a queue may be called.

use crate::refusal::{Reason, Refusal};

const LONGEST: usize = 80;

/// Checks `name`; a FIFO queue's must end in `.fifo`, and only a FIFO queue's may.
pub(super) fn check(name: &str, fifo: bool) -> Result<(), Refusal> {
    let stem = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let valid = stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(plain));
    if valid && name.len() <= LONGEST {
        return Ok(());
    }
    let message = if fifo {
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, \
         must end with .fifo suffix and be 1 to 80 in length."
    } else {
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
    };
    Err(Refusal::new(Reason::InvalidParameterValueException, message))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn the_suffix_belongs_to_fifo_queues_alone() {
        assert!(check("orders.fifo", true).is_ok());
        assert!(check("orders.fifo", false).is_err());
        assert!(check("orders", true).is_err());
        assert!(check(".fifo", true).is_err());
    }

    #[test]
    fn names_are_plain_and_at_most_eighty_long() {
        assert!(check("aZ-09_", false).is_ok());
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(81)] {
            assert!(check(bad, false).is_err(), "{bad:?} was accepted");
        }
    }
}
