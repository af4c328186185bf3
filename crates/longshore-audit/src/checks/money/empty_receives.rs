//! Receives that bring no message: the floor is that of the polling objective, one receive per 20 s of
//! waiting.

use std::time::Duration;

use longshore::cost::forecast::ROUND_TRIP;
use longshore::cost::pricing::receives_per_month;
use longshore::cost::waste;

use crate::checks::judging::{Policies, by_usage};
use crate::figures::{count, dollars, time};
use crate::finding::{Cost, Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{LONGEST_WAIT, Queue, Setting, Usage};

/// Waste below this is no finding.
const LEAST_USD: f64 = 1.0;

/// As many empty receives as this number of poll loops send with long polling can be theirs. They cost
/// $2.59 a month in a standard queue.
const MANY_POLLERS: f64 = 50.0;

/// Empty receives of a month and what they cost.
pub(crate) struct Empties {
    /// Requests a month.
    pub(crate) requests: f64,
    /// Requests a month that long polling would leave.
    pub(crate) floor: f64,
    /// Whether workers counted it.
    exact: bool,
}

impl Empties {
    /// CloudWatch does not have the time that a receive waited: it is taken from the queue's default
    /// wait. Without a default wait, each receive is assumed to take one round trip, unless 50 loops with
    /// long polling would send as many: consumers can set the wait in their requests.
    pub(crate) fn new(queue: &Queue, usage: &Usage) -> Self {
        let requests = usage.a_month(usage.empty_receives);
        let excess = match &usage.worker {
            Some(worker) => usage.a_month(worker.wasted_receives),
            None if requests <= MANY_POLLERS * receives_of_a_long_poll() => 0.0,
            None => {
                let waited = requests * assumed_wait(queue).as_secs_f64();
                waste::excess_requests(requests as u64, waited)
            }
        };
        Self { requests, floor: (requests - excess).max(0.0), exact: usage.worker.is_some() }
    }

    /// What they cost, and what the floor costs. `None` where prices are not in US dollars.
    pub(crate) fn cost(&self, queue: &Queue) -> Option<Cost> {
        let (now_usd, after) = (queue.usd(self.requests)?, queue.usd(self.floor)?);
        Some(Cost { now_usd, after_usd: Some(after) })
    }

    /// Poll loops whose receives each waited for 20 s would send as many.
    fn pollers_at_the_floor(&self) -> f64 {
        self.floor / receives_of_a_long_poll()
    }
}

/// Receives a month of an idle poll loop that waits for 20 s.
fn receives_of_a_long_poll() -> f64 {
    receives_per_month(LONGEST_WAIT) as f64
}

fn assumed_wait(queue: &Queue) -> Duration {
    queue.wait.known().copied().unwrap_or(LONGEST_WAIT).max(ROUND_TRIP)
}

fn long_polling(queue: &Queue) -> Fix {
    let wait = ("ReceiveMessageWaitTimeSeconds", "20");
    let text = "Set the queue's default wait to 20 s. A consumer that sets WaitTimeSeconds in its \
                requests overrides it: change that to 20 too.";
    Fix::attribute(queue, text, wait, "receive_wait_time_seconds = 20")
}

/// A worker of Longshore always sends its wait, so the attribute of the queue does not count.
fn long_polling_of_workers() -> Fix {
    Fix::text("Set wait = \"20s\" in longshore.toml, and remove short_polling.")
}

/// Empty receives above the floor.
pub(in crate::checks) fn empty_receives(queue: &Queue, _: &Policies) -> Verdict {
    by_usage(queue, |usage| {
        let empties = Empties::new(queue, usage);
        let Some(cost) = empties.cost(queue) else {
            return Verdict::Unknown("prices in US dollars");
        };
        if cost.saved_usd() < LEAST_USD {
            return Verdict::Fine;
        }
        let evidence = format!(
            "{} empty receives a month cost {}; long polling would leave {} of them, {}. {}",
            count(empties.requests),
            dollars(cost.now_usd),
            count(empties.floor),
            dollars(cost.after_usd.unwrap_or_default()),
            basis(queue, &empties),
        );
        let severity = Severity::of_waste(cost.saved_usd());
        let problem = match empties.exact {
            true => Problem::exact(severity, evidence, long_polling_of_workers()),
            false => Problem::estimated(severity, evidence, long_polling(queue)),
        };
        problem.costing(cost).into()
    })
}

/// What the floor is based on.
fn basis(queue: &Queue, empties: &Empties) -> String {
    if empties.exact {
        return "The workers counted them and their waits.".to_owned();
    }
    let pollers = empties.pollers_at_the_floor();
    let pollers = if pollers < 1.0 { "less than 1".to_owned() } else { count(pollers) };
    let wait = assumed_wait(queue);
    let assumed = match queue.wait {
        Setting::Known(Duration::ZERO) => {
            format!("each receive takes {} ms, and the next one follows at once", wait.as_millis())
        }
        _ => format!("each receive waits for {}, the queue's default", time(wait)),
    };
    let with_long_polling = count(empties.requests / receives_of_a_long_poll());
    format!(
        "CloudWatch counts neither poll loops nor their waits. This assumes {pollers} loops: {assumed}. If the \
         requests set a wait of 20 s, it is {with_long_polling} loops, and nothing is wasted."
    )
}

/// A default wait of 0: each consumer that does not set a wait uses short polling.
pub(in crate::checks) fn wait_time_zero(queue: &Queue, _: &Policies) -> Verdict {
    let zero = match queue.wait {
        Setting::Known(wait) => wait.is_zero(),
        // The default of SQS and of Terraform.
        Setting::Unset => true,
        Setting::Unknown => return Verdict::Unknown("ReceiveMessageWaitTimeSeconds"),
    };
    // Dead-letter queues are usually read by hand.
    if !zero || queue.is_dead_letter_queue() == Some(true) {
        return Verdict::Fine;
    }
    let evidence = "The default wait of a receive is 0 s. Each consumer that does not set \
                    WaitTimeSeconds uses short polling and pays for empty receives.";
    Problem::exact(Severity::Low, evidence, long_polling(queue)).into()
}

/// Many poll loops that wait for nothing, or short polling that overrides the queue's default wait.
pub(in crate::checks) fn idle_pollers(queue: &Queue, _: &Policies) -> Verdict {
    by_usage(queue, |usage| {
        let empties = Empties::new(queue, usage);
        let pollers = empties.pollers_at_the_floor();
        // Without a default wait, `empty_receives` judges them.
        let is_short = assumed_wait(queue) <= ROUND_TRIP;
        if usage.worker.is_some() || is_short || pollers <= MANY_POLLERS {
            return Verdict::Fine;
        }
        let evidence = format!(
            "The empty receives are those of {} idle poll loops, if each receive waits for the queue's default \
             of {}. CloudWatch does not have the waits that requests set: fewer loops with a shorter wait send \
             as many.",
            count(pollers),
            time(assumed_wait(queue)),
        );
        let text = "Set WaitTimeSeconds to 20 in the requests of the consumers. Then use fewer poll loops: one \
                    receives up to 1,000 messages per second.";
        let problem = Problem::estimated(Severity::Low, evidence, Fix::text(text));
        let Some(now_usd) = queue.usd(empties.floor) else { return problem.into() };
        let problem = Problem { severity: Severity::of_waste(now_usd), ..problem };
        problem.costing(Cost { now_usd, after_usd: None }).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::count;

    fn with_empties(wait: u64, a_month: f64) -> Queue {
        let mut queue = Queue::example("orders");
        queue.wait = Setting::Known(Duration::from_secs(wait));
        let usage = queue.usage.as_mut().unwrap();
        usage.empty_receives = a_month / 30.0 * usage.days;
        queue
    }

    fn problem(verdict: Verdict) -> Problem {
        match verdict {
            Verdict::Problem(problem) => *problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_empties_of_the_story_cost_2880_dollars_and_long_polling_leaves_1_44() {
        let found = problem(empty_receives(&with_empties(0, 7.2e9), &Policies::default()));
        let cost = found.cost.unwrap();
        assert!((cost.now_usd - 2_880.0).abs() < 0.01, "{cost:?}");
        assert!((cost.after_usd.unwrap() - 1.44).abs() < 0.01, "{cost:?}");
        assert_eq!(found.severity, Severity::High);
        assert!(found.evidence.contains("assumes 28 loops"), "{}", found.evidence);
        assert!(found.evidence.contains("it is 55,556 loops"), "{}", found.evidence);
    }

    #[test]
    fn what_50_loops_send_with_long_polling_is_not_called_waste() {
        for (loops, is_found) in [(50.0, false), (51.0, true)] {
            let judged = empty_receives(&with_empties(0, loops * 129_600.0), &Policies::default());
            assert_eq!(judged != Verdict::Fine, is_found, "{loops} loops: {judged:?}");
        }
    }

    #[test]
    fn a_wait_of_5_seconds_wastes_three_quarters() {
        let found = problem(empty_receives(&with_empties(5, 1e9), &Policies::default()));
        let cost = found.cost.unwrap();
        assert!((cost.after_usd.unwrap() / cost.now_usd - 0.25).abs() < 1e-6, "{cost:?}");
    }

    #[test]
    fn full_waits_waste_nothing_but_may_be_of_many_idle_loops() {
        let queue = with_empties(20, 60.0 * 129_600.0);
        assert_eq!(empty_receives(&queue, &Policies::default()), Verdict::Fine);
        let found = problem(idle_pollers(&queue, &Policies::default()));
        assert!(found.evidence.contains("60 idle poll loops"), "{}", found.evidence);
        assert_eq!(found.cost.unwrap().after_usd, None);
    }

    #[test]
    fn what_workers_counted_is_exact() {
        let mut queue = with_empties(20, 1e9);
        let usage = queue.usage.as_mut().unwrap();
        let wasted_receives = usage.empty_receives / 2.0;
        usage.worker = Some(crate::queue::WorkerCounters { wasted_receives, ..Default::default() });
        let found = problem(empty_receives(&queue, &Policies::default()));
        assert_eq!(found.certainty, crate::finding::Certainty::Exact);
        assert!(found.evidence.contains(&count(0.5e9)), "{}", found.evidence);
    }
}
