//! What must hold after every run.

use std::time::Duration;

use longshore::Report;
use longshore::telemetry::{Metrics, Snapshot};
use tokio::time::Instant;

use crate::account::{Account, Excuse};
use crate::sqs::{State, Stored};
use crate::world::{World, ended_messages};

/// These allow a message to be processed again.
const PROCESSED_AGAIN: [Excuse; 6] = [
    Excuse::Duplicate,
    Excuse::Delete,
    Excuse::Killed,
    Excuse::Suspended,
    Excuse::Late,
    Excuse::LeaseLost,
];
/// These allow a message to be moved to the dead-letter queue again.
const MOVED_AGAIN: [Excuse; 7] = [
    Excuse::Send,
    Excuse::Duplicate,
    Excuse::Delete,
    Excuse::Killed,
    Excuse::Suspended,
    Excuse::Late,
    Excuse::Change,
];
/// These allow a message to be hidden after a clean stop.
const HIDDEN: [Excuse; 5] =
    [Excuse::NotReceived, Excuse::Delete, Excuse::Change, Excuse::Killed, Excuse::Unreachable];
/// These allow a message to be a dead letter although no call of it failed.
const DEAD_LETTER: [Excuse; 8] = [
    Excuse::NotReceived,
    Excuse::Duplicate,
    Excuse::Delete,
    Excuse::Change,
    Excuse::Killed,
    Excuse::Suspended,
    Excuse::UnknownPolicy,
    Excuse::Stopped,
];
/// Requests in a second that a worker may send on average, in addition to some for each message.
const REQUESTS_PER_SECOND: f64 = 4.0;
const REQUESTS_PER_RECEIVE: f64 = 4.0;

/// A worker that has ended; without a report if it was killed.
pub(crate) struct Ended {
    pub(crate) number: usize,
    pub(crate) metrics: Metrics,
    pub(crate) report: Option<Report>,
}

/// The result of a run.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) problems: Vec<String>,
    pub(crate) messages: u64,
    pub(crate) lost: u64,
    pub(crate) stranded: u64,
    pub(crate) again_explained: u64,
    pub(crate) again_unexplained: u64,
    pub(crate) dead_letters: u64,
    pub(crate) requests: u64,
    pub(crate) recovery: Duration,
}

/// After a clean stop without faults, only delayed retries are hidden.
pub(crate) fn check_nothing_hidden(world: &World) {
    let hidden = hidden(world);
    for message in hidden {
        world.problem(format!("message {message} is hidden after a clean stop"));
    }
}

fn hidden(world: &World) -> Vec<usize> {
    let (state, now) = (world.lock(), Instant::now());
    let is_stranded = |message: &usize| {
        let (stored, account) = (&state.sqs.messages[*message], &state.accounts[*message]);
        let State::HiddenUntil(until) = stored.state else { return false };
        until > now && !stored.was_returned && !account.has(&HIDDEN)
    };
    (0..state.accounts.len()).filter(is_stranded).collect()
}

impl Found {
    pub(crate) fn of(world: &World, ended: &[Ended], recovery: Option<Duration>) -> Self {
        for one in ended {
            check_counts(world, one);
        }
        check_requests(world, ended.len());
        let mut state = world.lock();
        let mut found = Self {
            messages: state.accounts.len() as u64,
            requests: state.requests,
            recovery: recovery.unwrap_or_default(),
            ..Self::default()
        };
        let mut problems = std::mem::take(&mut state.problems);
        found.stranded =
            problems.iter().filter(|text| text.contains("hidden after")).count() as u64;
        if recovery.is_none() {
            problems.push("not every message is processed an hour after the faults".to_owned());
        }
        for (number, (stored, account)) in
            state.sqs.messages.iter().zip(&state.accounts).enumerate()
        {
            found.judge(number, stored, account, &mut problems);
            found.judge_again(number, account, &mut problems);
        }
        found.problems = problems;
        found
    }

    fn judge(
        &mut self,
        number: usize,
        stored: &Stored,
        account: &Account,
        problems: &mut Vec<String>,
    ) {
        let is_dead = stored.state == State::DeadLetter;
        self.dead_letters += u64::from(is_dead);
        let is_moved = account.moved > 0 && stored.state == State::Deleted;
        if account.done == 0 && !is_dead && !is_moved {
            self.lost += 1;
            problems.push(format!("message {number} was never processed: {:?}", stored.state));
        }
        if account.moved > 0 && account.failed == 0 {
            problems.push(format!("message {number} was moved, and no call of it failed"));
        }
        if account.moved > 1 && !account.has(&MOVED_AGAIN) {
            problems.push(format!("message {number} was moved {} times", account.moved));
        }
        if is_dead && account.failed == 0 && !account.has(&DEAD_LETTER) {
            problems.push(format!("message {number} is a dead letter, and no call of it failed"));
        }
    }

    fn judge_again(&mut self, number: usize, account: &Account, problems: &mut Vec<String>) {
        if account.done < 2 {
            return;
        }
        if account.has(&PROCESSED_AGAIN) {
            self.again_explained += 1;
        } else {
            self.again_unexplained += 1;
            problems.push(format!("message {number} was processed {} times", account.done));
        }
    }
}

/// The counts of a worker agree with each other and with its ledger.
fn check_counts(world: &World, ended: &Ended) {
    let queue = ended.metrics.queues().remove(0);
    let totals: Snapshot = queue.totals();
    let number = ended.number;
    let equal = |what: &str, one: u64, other: u64| {
        if one != other {
            world.problem(format!("w{number}: {what}: {one} is not {other}"));
        }
    };
    equal(
        "processed calls are judged by latency",
        totals.latency_good + totals.latency_bad,
        totals.processed,
    );
    let Some(report) = &ended.report else { return };
    equal("received = settled + abandoned", totals.received, totals.settled + totals.abandoned);
    equal("receives are judged", totals.polling_good + totals.polling_bad, totals.receives);
    let ledger = &report.ledger;
    equal("ledger: completed", ledger.completed, totals.completed);
    equal("ledger: released", ledger.released, totals.released);
    let before = world.lock().processes[number].ended_before_stop;
    let after = ledger.completed + ledger.released + ledger.aborted + ledger.abandoned;
    equal("ledger: all since the stop", after, ended_messages(&ended.metrics) - before);
    // A message whose handler was interrupted is abandoned if its release fails.
    let abandoned = totals.aborted.saturating_sub(ledger.aborted);
    equal("ledger: aborted", ledger.aborted.min(totals.aborted), ledger.aborted);
    equal("ledger: aborted, not released", abandoned.min(ledger.abandoned), abandoned);
    // The ledger also counts lost leases.
    if ledger.abandoned > totals.abandoned {
        let lost = totals.abandoned + leases_lost(&ended.metrics);
        equal("ledger: abandoned or lost", ledger.abandoned.min(lost), ledger.abandoned);
    }
}

fn leases_lost(metrics: &Metrics) -> u64 {
    let text = metrics.render();
    let is_lost = |line: &&str| {
        line.starts_with("longshore_messages_total{") && line.contains("result=\"lease_lost\"")
    };
    let line = text.lines().find(is_lost).expect("every result has a series");
    let value = line.rsplit(' ').next().expect("a line has a value");
    value.parse().expect("a value is a number")
}

/// No worker sends requests in a hot loop.
fn check_requests(world: &World, workers: usize) {
    let state = world.lock();
    let receives: u32 = state.sqs.messages.iter().map(|stored| stored.receives).sum();
    let seconds = world.began.elapsed().as_secs_f64();
    let most = 20.0 * workers as f64
        + seconds * REQUESTS_PER_SECOND * world.plan.workers as f64
        + f64::from(receives) * REQUESTS_PER_RECEIVE;
    let requests = state.requests as f64;
    drop(state);
    if requests > most {
        world.problem(format!("{requests} requests in {seconds:.0} s for {receives} receives"));
    }
}
