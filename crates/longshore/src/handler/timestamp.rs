//! Timestamps for handlers in other languages.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// RFC 3339 in UTC with whole seconds, as in `2026-11-23T18:25:00Z`; `None` for a time
/// before 1970 or after 9999. The times come from the network, so they can have any value.
pub(super) fn rfc3339(time: SystemTime) -> Option<String> {
    time.duration_since(UNIX_EPOCH).ok()?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_seconds(time)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_written_in_utc_to_the_second() {
        let time = UNIX_EPOCH + Duration::from_millis(1_763_922_300_750);
        assert_eq!(rfc3339(time).as_deref(), Some("2025-11-23T18:25:00Z"));
    }

    #[test]
    fn a_time_that_cannot_be_written_is_left_out() {
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), None);
        assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(253_402_300_800)), None);
    }
}
