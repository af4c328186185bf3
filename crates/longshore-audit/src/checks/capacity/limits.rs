//! Messages in flight, requests per second, and the size of a message.

use longshore::config::MAX_IN_FLIGHT;

use crate::checks::judging::{Policies, by_cloudwatch};
use crate::figures::count;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Queue, Setting};

/// Above this share of the messages in flight, or of the size, the limit is near.
const NEAR: f64 = 0.8;

/// Messages per second that a FIFO queue accepts without batches and without high throughput.
const FIFO_PER_SECOND: f64 = 300.0;

/// The largest message that SQS accepts, in bytes.
const LARGEST: u64 = 1_048_576;

/// More than 80 % of the messages that SQS allows in flight. A long poll then returns nothing, and no
/// error.
pub(in crate::checks) fn in_flight_limit(queue: &Queue, _: &Policies) -> Verdict {
    by_cloudwatch(queue, |usage| {
        let limit = MAX_IN_FLIGHT as f64;
        let Some(most) = usage.most_in_flight.filter(|most| *most > NEAR * limit) else {
            return Verdict::Fine;
        };
        let evidence = format!(
            "Up to {} messages were in flight. SQS allows {}. Above that, a long poll returns no message and no \
             error, so the queue looks empty.",
            count(most),
            count(limit)
        );
        let text = "Lower the concurrency or the prefetch of the consumers, shorten the visibility timeout, \
                    or split the queue.";
        Problem::exact(Severity::High, evidence, Fix::text(text)).into()
    })
}

/// A FIFO queue near the rate that it has without high throughput.
pub(in crate::checks) fn fifo_throughput(queue: &Queue, _: &Policies) -> Verdict {
    if !queue.fifo {
        return Verdict::Fine;
    }
    match queue.high_throughput {
        Setting::Known(true) => return Verdict::Fine,
        Setting::Known(false) | Setting::Unset => {}
        Setting::Unknown => return Verdict::Unknown("FifoThroughputLimit"),
    }
    by_cloudwatch(queue, |usage| {
        let Some(rate) =
            usage.busiest_hour_per_second.filter(|rate| *rate > NEAR * FIFO_PER_SECOND)
        else {
            return Verdict::Fine;
        };
        let evidence = format!(
            "In its busiest hour, {rate:.0} messages per second were sent on average. Without batches, SQS \
             throttles this queue at {FIFO_PER_SECOND:.0} per second. The peak within the hour was higher."
        );
        let text = "Switch on high throughput: the limit then applies to each message group.";
        // SQS accepts one only with the other.
        let attributes =
            [("DeduplicationScope", "messageGroup"), ("FifoThroughputLimit", "perMessageGroupId")];
        let terraform = "deduplication_scope   = \"messageGroup\"\nfifo_throughput_limit = \"perMessageGroupId\"";
        let fix = Fix::attributes(queue, text, attributes, terraform);
        Problem::estimated(Severity::Medium, evidence, fix).into()
    })
}

/// Messages nearly as large as a limit that is below the largest one of SQS.
pub(in crate::checks) fn message_size_limit(queue: &Queue, _: &Policies) -> Verdict {
    let limit = match queue.largest_message {
        Setting::Known(limit) if limit < LARGEST => limit,
        Setting::Known(_) | Setting::Unset => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("MaximumMessageSize"),
    };
    by_cloudwatch(queue, |usage| {
        let near = NEAR * limit as f64;
        let Some(largest) = usage.largest_message_bytes.filter(|largest| *largest > near) else {
            return Verdict::Fine;
        };
        let kib = |bytes: f64| bytes / 1024.0;
        let evidence = format!(
            "The largest message had {:.0} KiB, and SQS refuses more than {:.0} KiB in this queue. \
             CloudWatch does not count refused messages.",
            kib(largest),
            kib(limit as f64)
        );
        let text = "Set the limit to 1 MiB, the largest of SQS.";
        let attribute = ("MaximumMessageSize", "1048576");
        let fix = Fix::attribute(queue, text, attribute, "max_message_size = 1048576");
        Problem::estimated(Severity::Medium, evidence, fix).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Usage;

    fn found(
        check: fn(&Queue, &Policies) -> Verdict,
        change: impl Fn(&mut Queue, &mut Usage),
    ) -> bool {
        let mut queue = Queue::example("orders.fifo");
        let mut usage = queue.usage.take().unwrap();
        change(&mut queue, &mut usage);
        queue.usage = Some(usage);
        matches!(check(&queue, &Policies::default()), Verdict::Problem(_))
    }

    #[test]
    fn in_flight_is_found_above_96_000() {
        let at = |most| found(in_flight_limit, |_, usage| usage.most_in_flight = Some(most));
        assert_eq!([at(96_000.0), at(96_001.0)], [false, true]);
    }

    #[test]
    fn a_fifo_queue_is_limited_without_high_throughput() {
        let at = |high, rate| {
            found(fifo_throughput, |queue, usage| {
                queue.high_throughput = Setting::Known(high);
                usage.busiest_hour_per_second = Some(rate);
            })
        };
        assert_eq!([at(false, 239.0), at(false, 241.0), at(true, 900.0)], [false, true, false]);
    }

    #[test]
    fn a_lower_limit_is_found_only_if_messages_come_near_it() {
        let at = |limit, largest| {
            found(message_size_limit, |queue, usage| {
                queue.largest_message = Setting::Known(limit);
                usage.largest_message_bytes = Some(largest);
            })
        };
        let lower = 262_144;
        assert_eq!([at(lower, 9_000.0), at(lower, 260_000.0)], [false, true]);
        assert!(!at(LARGEST, 1_048_000.0));
    }
}
