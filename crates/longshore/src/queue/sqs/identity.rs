//! Who the requests come from, and what is learned from a refusal.

use super::credentials::RenewedCredentials;
use super::server_clock::{ServerClock, Skew};

/// The credentials and the clock that sign the requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) credentials: RenewedCredentials,
    pub(super) clock: ServerClock,
}

impl Identity {
    pub(super) fn new(credentials: RenewedCredentials) -> Self {
        Self { credentials, clock: ServerClock::default() }
    }

    /// SQS refused a request with this code, and sent this `Date`. The next request has a corrected
    /// clock, or credentials that were read again. Returns the difference of a wrong clock.
    pub(super) fn refused(&self, code: &str, date: Option<&str>) -> Option<Skew> {
        let is_about_time = ["Signature", "RequestExpired", "RequestTimeTooSkewed"];
        let skew = match is_about_time.iter().any(|part| code.contains(part)) {
            true => date.and_then(|date| self.clock.refused(date)),
            false => None,
        };
        if skew.is_none() {
            self.credentials.refused();
        }
        skew
    }
}
