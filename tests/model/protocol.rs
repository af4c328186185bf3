//! What workers and the queue may do next, and what must hold in every state.

use stateright::{Model, Property};

use crate::lease::{Heartbeat, Lease, Work};
use crate::queue::{BACKOFF, Stored, VISIBILITY};
use crate::state::{Phase, Receive, State, Worker};

/// The protocol. Each switch breaks one rule of it, or adds a fault.
#[derive(Clone, Debug)]
pub(crate) struct Protocol {
    pub(crate) messages: usize,
    /// Receives of each message.
    pub(crate) receives: u8,
    pub(crate) kills: bool,
    /// Time passes while the answer to a receive is on its way.
    pub(crate) has_late_answers: bool,
    /// A settle waits for an open heartbeat.
    pub(crate) settles_in_silence: bool,
    /// A stop waits for an open receive.
    pub(crate) waits_for_receives: bool,
    /// A lost lease ends its handler.
    pub(crate) ends_lost_handlers: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Tick,
    OpenReceive(usize),
    HandOut(usize, usize),
    Answer(usize),
    /// The answer of a receive is lost.
    LoseAnswer(usize),
    Start(usize, usize),
    End(usize, usize, Work),
    SendHeartbeat(usize, usize),
    /// The heartbeat arrives, and its answer too if the flag is set.
    Extend(usize, usize, bool),
    /// The heartbeat is lost.
    LoseHeartbeat(usize, usize),
    SendSettle(usize, usize),
    /// The settle arrives, and its answer too if the flag is set.
    Settle(usize, usize, bool),
    BeginStop(usize),
    EndGrace(usize),
    Stopped(usize),
    Kill(usize),
}

impl Protocol {
    pub(crate) fn new() -> Self {
        Self {
            messages: 1,
            receives: 2,
            kills: false,
            has_late_answers: false,
            settles_in_silence: true,
            waits_for_receives: true,
            ends_lost_handlers: true,
        }
    }

    fn worker_actions(&self, state: &State, w: usize, actions: &mut Vec<Action>) {
        let worker = &state.workers[w];
        match worker.receive {
            Receive::None if worker.phase == Phase::Running => {
                actions.push(Action::OpenReceive(w));
            }
            Receive::Open => {
                let stored = state.stored.iter().enumerate();
                let free =
                    stored.filter(|(_, one)| one.is_visible() && one.receives < self.receives);
                actions.extend(free.map(|(message, _)| Action::HandOut(w, message)));
            }
            Receive::Answered { .. } => actions.extend([Action::Answer(w), Action::LoseAnswer(w)]),
            Receive::None => {}
        }
        for (place, lease) in worker.leases.iter().enumerate() {
            self.lease_actions(worker, lease, (w, place), actions);
        }
        for place in 0..worker.heartbeats.len() {
            let answered = [true, false].map(|answered| Action::Extend(w, place, answered));
            actions.extend(answered);
            actions.push(Action::LoseHeartbeat(w, place));
        }
        match worker.phase {
            Phase::Running => actions.push(Action::BeginStop(w)),
            Phase::Stopping => actions.extend([Action::EndGrace(w), Action::Stopped(w)]),
            Phase::Stopped | Phase::Killed => {}
        }
        if self.kills {
            actions.push(Action::Kill(w));
        }
    }

    fn lease_actions(
        &self,
        worker: &Worker,
        lease: &Lease,
        (w, place): (usize, usize),
        actions: &mut Vec<Action>,
    ) {
        match lease.work {
            Work::Buffered if worker.phase == Phase::Running => {
                actions.push(Action::Start(w, place))
            }
            Work::Handled | Work::Outlived => {
                let ends = [Work::Processed, Work::Failed];
                actions.extend(ends.map(|work| Action::End(w, place, work)));
            }
            Work::Buffered | Work::Processed | Work::Failed | Work::Unwanted => {}
        }
        let is_silent = !worker.is_extending(lease);
        if lease.is_due_for_heartbeat() && is_silent {
            actions.push(Action::SendHeartbeat(w, place));
        }
        if lease.is_ready_to_settle()
            && !lease.is_settling
            && (is_silent || !self.settles_in_silence)
        {
            actions.push(Action::SendSettle(w, place));
        }
        if lease.is_settling {
            actions.extend([true, false].map(|answered| Action::Settle(w, place, answered)));
        }
    }

    /// One tick of the time. A lease whose time is over is lost at once. If the answer of its last
    /// heartbeat was lost, the message stays hidden for longer than the worker knows.
    fn tick(&self, state: &mut State) {
        state.stored.iter_mut().for_each(Stored::tick);
        for worker in &mut state.workers {
            worker.leases.iter_mut().for_each(Lease::tick);
            worker.heartbeats.iter_mut().for_each(Heartbeat::tick);
            let ended = |lease: &Lease| lease.left == 0 && lease.work != Work::Outlived;
            let lost = worker.leases.iter().filter(|lease| ended(lease)).count() as u8;
            worker.lost += lost;
            if self.ends_lost_handlers {
                worker.lose(ended);
            } else {
                let outlived = worker.leases.iter_mut().filter(|lease| ended(lease));
                outlived.for_each(|lease| lease.work = Work::Outlived);
            }
        }
    }

    fn begin_stop(&self, worker: &mut Worker) {
        worker.phase = Phase::Stopping;
        if !self.waits_for_receives {
            worker.receive = Receive::None;
        }
        release_all(worker, |lease| lease.work == Work::Buffered);
    }
}

/// Messages of the worker that satisfy the condition are to be released.
fn release_all(worker: &mut Worker, condition: impl Fn(&Lease) -> bool) {
    worker.leases.iter_mut().filter(|lease| condition(lease)).for_each(|lease| {
        lease.work = Work::Unwanted;
    });
}

/// SQS applies the settle of a lease. Whether it ended is known only with the answer.
fn settle(state: &mut State, w: usize, place: usize, answered: bool) {
    let worker = &mut state.workers[w];
    let lease = &mut worker.leases[place];
    lease.is_settling = false;
    let stored = &mut state.stored[lease.message];
    match lease.work {
        Work::Processed => stored.delete(lease.receipt),
        Work::Failed => _ = stored.change(lease.receipt, BACKOFF),
        _ => _ = stored.change(lease.receipt, 0),
    }
    if answered {
        let settled = worker.leases.remove(place);
        worker.settled += 1;
        if settled.work == Work::Failed {
            worker.returned.push((settled.message, settled.receipt));
        }
    }
}

/// SQS applies a heartbeat. Without an answer, or if SQS refuses it, the worker's belief is unchanged.
fn extend(state: &mut State, w: usize, place: usize, answered: bool) {
    let worker = &mut state.workers[w];
    let heartbeat = worker.heartbeats.remove(place);
    let stored = &mut state.stored[heartbeat.message];
    let is_applied = stored.change(heartbeat.receipt, VISIBILITY);
    let lease = worker.leases.iter_mut().find(|lease| heartbeat.is_of(lease));
    if answered
        && is_applied
        && let Some(lease) = lease
    {
        lease.extended(heartbeat.age);
    }
}

/// A worker gets the message of its receive. A stop has begun in the meantime, or not.
fn answer(worker: &mut Worker, message: usize, receipt: u8) {
    worker.receive = Receive::None;
    worker.received += 1;
    let mut lease = Lease::new(message, receipt);
    if worker.phase == Phase::Stopping {
        lease.work = Work::Unwanted;
    }
    worker.leases.push(lease);
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            stored: vec![Stored::new(); self.messages],
            workers: vec![Worker::default(); 2],
            processed: vec![0; self.messages],
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let is_answered = |worker: &Worker| matches!(worker.receive, Receive::Answered { .. });
        if self.has_late_answers || !state.workers.iter().any(is_answered) {
            actions.push(Action::Tick);
        }
        for (w, worker) in state.workers.iter().enumerate() {
            if worker.is_alive() {
                self.worker_actions(state, w, actions);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => self.tick(&mut state),
            Action::OpenReceive(w) => state.workers[w].receive = Receive::Open,
            Action::HandOut(w, message) => {
                let receipt = state.stored[message].receive();
                let worker = &mut state.workers[w];
                worker.receipts.push((message, receipt));
                worker.receive = Receive::Answered { message, receipt };
            }
            Action::Answer(w) => {
                let Receive::Answered { message, receipt } = state.workers[w].receive else {
                    return None;
                };
                answer(&mut state.workers[w], message, receipt);
            }
            Action::LoseAnswer(w) => {
                state.workers[w].receive = Receive::None;
                state.workers[w].receipts.pop();
            }
            Action::Start(w, place) => state.workers[w].leases[place].work = Work::Handled,
            Action::End(w, place, work) => {
                let worker = &mut state.workers[w];
                let lease = &mut worker.leases[place];
                state.processed[lease.message] += u8::from(work == Work::Processed);
                match lease.work {
                    Work::Outlived => _ = worker.leases.remove(place),
                    _ => lease.work = work,
                }
            }
            Action::SendHeartbeat(w, place) => {
                let worker = &mut state.workers[w];
                worker.heartbeats.push(Heartbeat::of(&worker.leases[place]));
            }
            Action::Extend(w, place, answered) => extend(&mut state, w, place, answered),
            Action::LoseHeartbeat(w, place) => {
                state.workers[w].heartbeats.remove(place);
            }
            Action::SendSettle(w, place) => state.workers[w].leases[place].is_settling = true,
            Action::Settle(w, place, answered) => settle(&mut state, w, place, answered),
            Action::BeginStop(w) => self.begin_stop(&mut state.workers[w]),
            Action::EndGrace(w) => {
                release_all(&mut state.workers[w], |lease| lease.work == Work::Handled);
            }
            Action::Stopped(w) => {
                let worker = &mut state.workers[w];
                if !worker.leases.is_empty() || worker.receive != Receive::None {
                    return None;
                }
                worker.phase = Phase::Stopped;
            }
            Action::Kill(w) => {
                let worker = &mut state.workers[w];
                *worker = Worker { phase: Phase::Killed, ..Worker::default() };
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one worker has a message", |_, state: &State| {
                let holders =
                    |message| state.workers.iter().filter(|one| one.believes(message)).count();
                (0..state.stored.len()).all(|message| holders(message) <= 1)
            }),
            Property::always("a worker that has stopped hides no message", |_, state: &State| {
                let stopped = state.workers.iter().filter(|one| one.phase == Phase::Stopped);
                let mut receipts = stopped.flat_map(|worker| &worker.receipts);
                receipts
                    .all(|(message, receipt)| !state.stored[*message].is_hidden_long_by(*receipt))
            }),
            Property::always("no heartbeat undoes a return", |_, state: &State| {
                let mut returned = state.workers.iter().flat_map(|worker| &worker.returned);
                returned
                    .all(|(message, receipt)| !state.stored[*message].is_hidden_long_by(*receipt))
            }),
            Property::always("received = settled + lost + in flight", |_, state: &State| {
                state.workers.iter().all(|worker| {
                    let ended = worker.settled + worker.lost;
                    worker.received == ended + worker.leases.len() as u8
                })
            }),
            Property::always("only a processed message is deleted", |_, state: &State| {
                let deleted =
                    |stored: &Stored| !stored.is_visible() && !stored.is_hidden_by(stored.receives);
                let mut messages = state.stored.iter().zip(&state.processed);
                messages.all(|(stored, processed)| !deleted(stored) || *processed > 0)
            }),
            Property::sometimes("event: a lease is lost", |_, state: &State| {
                state.workers.iter().any(|worker| worker.lost > 0)
            }),
            Property::sometimes("event: a timeout is extended", |_, state: &State| {
                let leases = state.workers.iter().flat_map(|worker| &worker.leases);
                leases.into_iter().any(|lease| state.stored[lease.message].outlasts(lease))
            }),
            Property::sometimes("event: a message is released by a stop", |_, state: &State| {
                let mut stopped = state.workers.iter().filter(|one| one.phase == Phase::Stopped);
                stopped.any(|one| one.settled > 0) && state.processed.iter().all(|one| *one == 0)
            }),
            Property::sometimes("event: a message is processed twice", |_, state: &State| {
                state.processed.iter().any(|processed| *processed > 1)
            }),
            Property::sometimes("event: both workers have stopped", |_, state: &State| {
                state.workers.iter().all(|worker| worker.phase == Phase::Stopped)
            }),
        ]
    }
}
