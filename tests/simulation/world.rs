//! The state that all parts of a run share. Each event is written to the trace, and may be the one
//! at which a worker is stopped or killed.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use longshore::Stop;
use longshore::telemetry::Metrics;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::account::{Account, Excuse};
use crate::mark::{Mark, Marks};
use crate::plan::{GRACE, Interruption, Plan};
use crate::sqs::{Receipt, Sqs};
use crate::theme::Faults;

/// A worker waits for this time for handlers that are dropped.
const DROP_TIME: Duration = Duration::from_millis(500);

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) marks: Arc<Marks>,
    pub(crate) began: Instant,
    state: Mutex<State>,
    /// Messages may have become visible.
    pub(crate) changed: Notify,
    /// A worker is gone or will be.
    pub(crate) interrupted: Notify,
}

pub(crate) struct State {
    pub(crate) rng: Rng,
    pub(crate) sqs: Sqs,
    pub(crate) accounts: Vec<Account>,
    pub(crate) processes: Vec<Seat>,
    pub(crate) requests: u64,
    pub(crate) problems: Vec<String>,
    pub(crate) trace: String,
    is_healed: bool,
    events: u64,
    interruptions: VecDeque<(u64, Order)>,
}

/// One process of a worker.
pub(crate) struct Seat {
    stop: Stop,
    abort: AbortHandle,
    severed: Arc<AtomicBool>,
    pub(crate) is_stopping: bool,
    stopping_since: Option<Instant>,
    metrics: Metrics,
    /// Messages whose receive had ended when the stop began.
    pub(crate) ended_before_stop: u64,
    /// A second signal has ended its grace.
    is_hurried: bool,
    /// It has read the attributes of the queue.
    pub(crate) knows_policy: bool,
    pub(crate) open_receives: usize,
    pub(crate) open_settles: usize,
    pub(crate) running: usize,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    /// For the oldest worker that is not stopping.
    Next(Interruption),
    SecondSignal(usize),
}

impl World {
    pub(crate) fn new(plan: Plan, marks: Arc<Marks>) -> Self {
        let state = State {
            rng: Rng::with_seed(plan.seed),
            sqs: Sqs::new(plan.is_fifo, plan.max_receives, plan.visibility),
            accounts: Vec::new(),
            processes: Vec::new(),
            requests: 0,
            problems: Vec::new(),
            trace: String::new(),
            is_healed: false,
            events: 0,
            interruptions: plan
                .interruptions
                .iter()
                .map(|(event, kind)| (*event, Order::Next(*kind)))
                .collect(),
        };
        Self {
            plan,
            marks,
            began: Instant::now(),
            state: Mutex::new(state),
            changed: Notify::new(),
            interrupted: Notify::new(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }

    /// Something happened.
    pub(crate) fn event(&self, what: std::fmt::Arguments<'_>) {
        let due = {
            let mut state = self.lock();
            let millis = self.began.elapsed().as_millis();
            writeln!(state.trace, "{millis:>8} {what}").expect("a string can be written to");
            state.events += 1;
            state.due()
        };
        due.into_iter().for_each(|order| self.interrupt(order));
    }

    pub(crate) fn problem(&self, what: String) {
        let mut state = self.lock();
        let millis = self.began.elapsed().as_millis();
        state.problems.push(format!("at {millis} ms: {what}"));
    }

    /// No fault happens from now on, and no interruption.
    pub(crate) fn heal(&self) {
        let mut state = self.lock();
        state.is_healed = true;
        state.interruptions.clear();
        drop(state);
        self.event(format_args!("healed"));
    }

    /// The faults that happen now.
    pub(crate) fn faults(&self) -> Faults {
        if self.lock().is_healed { Faults::default() } else { self.plan.faults }
    }

    /// Whether SQS is unreachable now.
    pub(crate) fn is_blackout(&self) -> bool {
        let at = self.began.elapsed();
        let is_now =
            |(begin, length): &(Duration, Duration)| (*begin..*begin + *length).contains(&at);
        !self.lock().is_healed && self.plan.blackouts.iter().any(is_now)
    }

    /// Whether SQS is unreachable until this worker, whose grace is over, gives up.
    pub(crate) fn stays_unreachable(&self, state: &State, process: usize) -> bool {
        let (now, Plan { blackouts, faulty_for, .. }) = (self.began.elapsed(), &self.plan);
        let until = now + self.plan.shutdown().settle + DROP_TIME;
        let lasts = |&(begin, length): &(Duration, Duration)| {
            begin <= now && until < begin + length && until < *faulty_for
        };
        let is_over = state.processes[process].may_drop_receives();
        is_over && !state.is_healed && blackouts.iter().any(lasts)
    }

    /// Whether something with this probability happens.
    pub(crate) fn chance(&self, share: f64) -> bool {
        share > 0.0 && self.lock().rng.f64() < share
    }

    pub(crate) fn seat(
        &self,
        stop: Stop,
        abort: AbortHandle,
        severed: Arc<AtomicBool>,
        metrics: Metrics,
    ) {
        self.lock().processes.push(Seat {
            stop,
            abort,
            severed,
            metrics,
            ended_before_stop: 0,
            is_stopping: false,
            stopping_since: None,
            is_hurried: false,
            knows_policy: false,
            open_receives: 0,
            open_settles: 0,
            running: 0,
        });
    }

    /// Stops every worker, each as at any other event.
    pub(crate) fn stop_all(&self) {
        let count = self.lock().processes.len();
        (0..count).for_each(|process| self.stop(process));
    }

    fn interrupt(&self, order: Order) {
        match order {
            Order::SecondSignal(process) => {
                self.marks.reach(Mark::Hurried);
                let stop = {
                    let mut state = self.lock();
                    let seat = &mut state.processes[process];
                    seat.is_hurried = true;
                    seat.stop.clone()
                };
                stop.hurry();
            }
            Order::Next(kind) => {
                let Some(process) = self.lock().next() else { return };
                match kind {
                    Interruption::Stop => self.stop(process),
                    Interruption::Hurry => {
                        self.stop(process);
                        let mut state = self.lock();
                        let event = state.events + state.rng.u64(1..40);
                        state.interruptions.push_back((event, Order::SecondSignal(process)));
                    }
                    Interruption::Kill => self.kill(process),
                }
                self.interrupted.notify_one();
            }
        }
    }

    fn stop(&self, process: usize) {
        let stop = {
            let mut state = self.lock();
            let seat = &mut state.processes[process];
            if std::mem::replace(&mut seat.is_stopping, true) {
                return;
            }
            seat.stopping_since = Some(Instant::now());
            seat.ended_before_stop = ended_messages(&seat.metrics);
            for (count, mark) in [
                (seat.open_receives, Mark::StoppedInReceive),
                (seat.running, Mark::StoppedInHandler),
                (seat.open_settles, Mark::StoppedInSettle),
            ] {
                if count > 0 {
                    self.marks.reach(mark);
                }
            }
            seat.stop.clone()
        };
        stop.begin();
        self.event(format_args!("stop    w{process}"));
    }

    fn kill(&self, process: usize) {
        self.marks.reach(Mark::Killed);
        let mut state = self.lock();
        let State { processes, accounts, sqs, .. } = &mut *state;
        let seat = &mut processes[process];
        if seat.running > 0 {
            self.marks.reach(Mark::KilledInHandler);
        }
        seat.is_stopping = true;
        seat.severed.store(true, Relaxed);
        seat.abort.abort();
        for (account, message) in accounts.iter_mut().zip(&sqs.messages) {
            account.running.retain(|other| *other != process);
            account.taken_over = None;
            if message.holder == Some(process) {
                account.excuse(Excuse::Killed);
            }
        }
        drop(state);
        self.event(format_args!("kill    w{process}"));
    }
}

/// Messages whose receive has ended, settled or not.
pub(crate) fn ended_messages(metrics: &Metrics) -> u64 {
    let totals = metrics.queues().remove(0).totals();
    totals.settled + totals.abandoned
}

impl Seat {
    /// Whether it may drop a receive that is open: it is killed, or the grace of its stop is over.
    pub(crate) fn may_drop_receives(&self) -> bool {
        let is_over = self.stopping_since.is_some_and(|since| since.elapsed() >= GRACE);
        self.severed.load(Relaxed) || self.is_hurried || is_over
    }
}

impl State {
    /// The interruptions whose event is this one.
    fn due(&mut self) -> Vec<Order> {
        let now = self.events;
        let (due, later) = self.interruptions.drain(..).partition(|(event, _)| *event <= now);
        self.interruptions = later;
        let due: VecDeque<(u64, Order)> = due;
        due.into_iter().map(|(_, order)| order).collect()
    }

    fn next(&self) -> Option<usize> {
        self.processes.iter().position(|seat| !seat.is_stopping)
    }

    /// A worker that stops may return a message in its last receive. SQS then makes it a dead letter.
    pub(crate) fn last_release(
        &mut self,
        process: usize,
        receipt: Receipt,
        timeout: Option<Duration>,
        plan: &Plan,
    ) {
        let is_return = timeout.is_some_and(|timeout| timeout < plan.visibility);
        if is_return && receipt.receive >= plan.max_receives && self.processes[process].is_stopping
        {
            self.accounts[receipt.message].excuse(Excuse::Stopped);
        }
    }

    /// Deletes wait behind those of this worker that fail.
    pub(crate) fn excuse_waiting(&mut self, process: usize) {
        for (account, stored) in self.accounts.iter_mut().zip(&self.sqs.messages) {
            if account.done > 0 && stored.holder == Some(process) {
                account.excuse(Excuse::Delete);
            }
        }
    }

    /// Messages in flight, and those that a handler has, meet this fault.
    pub(crate) fn excuse_in_flight(&mut self, now: Instant, excuse: Excuse) {
        for message in 0..self.accounts.len() {
            let is_held = !self.accounts[message].running.is_empty();
            if is_held || self.sqs.is_hidden(message, now) {
                self.accounts[message].excuse(excuse);
            }
        }
    }
}
