//! Messages that are too old to be processed.

use std::time::{Duration, SystemTime};

use humantime::format_duration;

use super::disposition::Outcome;
use crate::queue::Message;

/// The age above which the messages of a queue are rejected without a call of the handler.
pub(super) struct Expiry {
    /// `None`: no message is too old.
    pub(super) max_age: Option<Duration>,
}

impl Expiry {
    /// The end of a message that is too old at this time. One whose time is unknown never is.
    pub(super) fn of(&self, message: &Message, now: SystemTime) -> Option<Outcome> {
        let max_age = self.max_age?;
        let age = now.duration_since(message.waiting_since()?).ok()?;
        (age > max_age).then(|| {
            let seconds = format_duration(Duration::from_secs(age.as_secs()));
            let reason = format!("older than max_age = {}: {seconds}", format_duration(max_age));
            Outcome::Reject { reason }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_too_old_after_its_maximum_age() {
        let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let mut message = Message::new("id", "receipt", "crate");
        let expiry = Expiry { max_age: Some(Duration::from_secs(60)) };
        let after =
            |message: &Message, seconds| expiry.of(message, sent + Duration::from_secs(seconds));
        assert_eq!(after(&message, 10_000), None, "its age is unknown");
        message.sent_at = Some(sent);
        assert_eq!(after(&message, 60), None);
        let Some(Outcome::Reject { reason }) = after(&message, 3_661) else {
            panic!("not rejected")
        };
        assert_eq!(reason, "older than max_age = 1m: 1h 1m 1s");
        assert_eq!(Expiry { max_age: None }.of(&message, sent + Duration::from_secs(9_999)), None);
        message.published_at = Some(sent - Duration::from_secs(30));
        assert!(after(&message, 31).is_some(), "it counts from the publication");
        assert_eq!(expiry.of(&message, SystemTime::UNIX_EPOCH), None, "sent in the future");
    }
}
