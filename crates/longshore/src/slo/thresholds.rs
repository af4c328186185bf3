//! Thresholds of the alerts that are no burn rates. The rules, the report and the documents all read
//! them here, so that a verdict has the severity of the alert that fires.

use std::time::Duration;

use super::windows::Severity;

/// The shares of events above which an alert fires.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    /// From here on, an operator acts now.
    pub page: f64,
    /// From here on, an operator acts in working hours.
    pub ticket: f64,
}

impl Shares {
    /// The severity of a share; `None` if no alert fires.
    pub fn severity(self, share: f64) -> Option<Severity> {
        match share {
            share if share > self.page => Some(Severity::Page),
            share if share > self.ticket => Some(Severity::Ticket),
            _ => None,
        }
    }
}

/// Handler calls that fail.
pub const FAILED_CALLS: Shares = Shares { page: 0.8, ticket: 0.1 };
/// Fewer calls say nothing about a handler.
pub const FEWEST_CALLS: u64 = 10;

/// Requests that SQS throttles. Occasional throttling is normal, because SQS scales with the traffic.
pub const THROTTLED_REQUESTS: Shares = Shares { page: 0.5, ticket: 0.1 };

/// Processed messages are processed again if a smaller share of them is deleted.
pub const DELETED_SHARE: f64 = 0.5;
/// Fewer processed messages are too few to judge their deletes.
pub const FEWEST_PROCESSED: u64 = 5;

/// The largest share of the deletes of payloads in S3 that may fail.
pub const KEPT_PAYLOADS: f64 = 0.1;

/// Messages expire soon if their age is above this share of the retention of their queue.
pub const NEAR_EXPIRY: f64 = 0.5;

/// Messages wait too long if the oldest message of each receive is older than this.
pub const LONG_WAIT: Duration = Duration::from_secs(600);
/// Messages wait longer and longer if this age grows faster, in seconds per second. The growth is 0 if
/// workers keep up with new messages, and 1 if they receive none of them.
pub const AGING: f64 = 0.1;

/// SQS has at most 120,000 messages of a queue in flight, standard or FIFO.
pub const NEAR_IN_FLIGHT_LIMIT: u64 = 96_000;

/// A message group of a FIFO queue is blocked if none of its messages was processed for this time:
/// for a ticket, longer than a message needs for five tries with the default back-off,
pub const GROUP_BLOCKED_TICKET: Duration = Duration::from_secs(600);
/// and for a page, an hour.
pub const GROUP_BLOCKED_PAGE: Duration = Duration::from_secs(3600);

/// Messages in a dead-letter queue expire soon if less than this share of its retention is left,
pub const DEAD_LETTERS_LEFT: f64 = 0.25;
/// and less than this time.
pub const DEAD_LETTERS_LEFT_AT_MOST: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_the_severity_of_its_alert() {
        let severities = [0.1, 0.11, 0.8, 0.81, 1.0].map(|share| FAILED_CALLS.severity(share));
        let (page, ticket) = (Some(Severity::Page), Some(Severity::Ticket));
        assert_eq!(severities, [None, ticket, ticket, page, page]);
    }
}
