//! Messages whose requests cost more than one.

use longshore::config::QueueConfig;
use longshore::cost::pricing::{billed_chunks, usd};

use crate::checks::judging::{Policies, by_cloudwatch};
use crate::figures::{count, dollars};
use crate::finding::{Cost, Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Queue, Usage};

const KIB: f64 = 1024.0;

/// Messages above 64 KiB on average: each send and each receive is billed several times.
pub(in crate::checks) fn large_messages(queue: &Queue, _: &Policies) -> Verdict {
    by_cloudwatch(queue, |usage| {
        let Some(bytes) = usage.message_bytes() else { return Verdict::Fine };
        let chunks = billed_chunks(bytes as u64);
        if chunks < 2 {
            return Verdict::Fine;
        }
        let sends_and_receives = usage.a_month(usage.sent + usage.received);
        let evidence = format!(
            "The average message has {:.0} KiB, so each send and each receive is billed as {chunks} \
             requests. This assumes that all are of this size.",
            bytes / KIB
        );
        let text = match queue.fifo {
            true => {
                "Compress the messages. References to objects in S3 cost less only above 384 KiB."
            }
            false => {
                "Compress the messages. References to objects in S3 cost less only above 448 KiB."
            }
        };
        let problem = |severity| Problem::estimated(severity, evidence, Fix::text(text));
        let now = queue.usd(sends_and_receives * chunks as f64);
        match now.zip(queue.usd(sends_and_receives)) {
            Some((now_usd, after)) => problem(Severity::of_waste(now_usd - after))
                .costing(Cost { now_usd, after_usd: None })
                .into(),
            None => problem(Severity::Low).into(),
        }
    })
}

/// A FIFO queue in which never more than one group was in flight: it is processed one message at a time,
/// and costs more than a standard queue.
pub(in crate::checks) fn fifo_price(queue: &Queue, _: &Policies) -> Verdict {
    if !queue.fifo {
        return Verdict::Fine;
    }
    by_cloudwatch(queue, |usage| {
        if usage.received == 0.0 || usage.most_groups != Some(1.0) {
            return Verdict::Fine;
        }
        let requests = message_requests(usage);
        let surcharge = QueueConfig::FIFO_USD_PER_MILLION - QueueConfig::STANDARD_USD_PER_MILLION;
        let evidence = format!(
            "CloudWatch, which looks once a minute, never saw more than one message group in flight. If there is \
             only one, messages are processed one after the other. {} messages a month cost {} more than in a standard queue.",
            count(usage.a_month(usage.received)),
            match queue.usd(requests) {
                Some(_) => format!("at least {}", dollars(usd(requests as u64, surcharge))),
                None => "25 %".to_owned(),
            },
        );
        let text = "Give each customer or entity a group of its own. If the order does not matter, use \
                    a standard queue.";
        let problem = Problem::estimated(Severity::Low, evidence, Fix::text(text));
        match queue.usd(requests) {
            Some(now_usd) => problem
                .costing(Cost {
                    now_usd,
                    after_usd: Some(usd(requests as u64, QueueConfig::STANDARD_USD_PER_MILLION)),
                })
                .into(),
            None => problem.into(),
        }
    })
}

/// Requests a month if each carried ten messages: the fewest.
fn message_requests(usage: &Usage) -> f64 {
    usage.a_month(usage.sent + usage.received + usage.deleted) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(queue: &mut Queue, change: impl Fn(&mut Usage)) -> [Verdict; 2] {
        change(queue.usage.as_mut().unwrap());
        [large_messages, fifo_price].map(|check| check(queue, &Policies::default()))
    }

    #[test]
    fn a_message_of_65_kib_is_billed_twice() {
        let mut queue = Queue::example("orders");
        let [large, _] = judged(&mut queue, |usage| usage.sent_bytes = usage.sent * 65.0 * KIB);
        let Verdict::Problem(problem) = large else { panic!("{large:?}") };
        let messages = 2e6 / 14.0 * 30.0;
        let cost = problem.cost.unwrap();
        assert!((cost.now_usd - 2.0 * messages * 0.4e-6).abs() < 1e-5, "{cost:?}");
        let [large, _] = judged(&mut queue, |usage| usage.sent_bytes = usage.sent * 64.0 * KIB);
        assert_eq!(large, Verdict::Fine);
    }

    #[test]
    fn one_group_is_found_only_in_a_fifo_queue_with_messages() {
        let one_group = |usage: &mut Usage| usage.most_groups = Some(1.0);
        let [_, found] = judged(&mut Queue::example("orders.fifo"), one_group);
        assert!(matches!(found, Verdict::Problem(_)));
        let [_, standard] = judged(&mut Queue::example("orders"), one_group);
        assert_eq!(standard, Verdict::Fine);
        let without_messages =
            |usage: &mut Usage| (usage.most_groups, usage.received) = (None, 0.0);
        let [_, unused] = judged(&mut Queue::example("orders.fifo"), without_messages);
        assert_eq!(unused, Verdict::Fine);
    }
}
