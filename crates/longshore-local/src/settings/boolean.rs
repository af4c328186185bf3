//! The settings that are true or false.

use crate::refusal::Refusal;

/// Parses the value of the queue attribute `name`. SQS accepts any case, such as `True`.
pub(super) fn parse(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        value if value.eq_ignore_ascii_case("true") => Ok(true),
        value if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Refusal::invalid_attribute_value(name)),
    }
}
