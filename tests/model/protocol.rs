//! What workers and the queue may do next, and what must hold in every state.

use stateright::{Model, Property};

use crate::lease::{Heartbeat, Lease, Work};
use crate::properties;
use crate::queue::Stored;
use crate::state::{Phase, Receive, State, Worker};
use crate::transition::{answer, extend, release_all, settle};

/// The protocol. Each switch breaks one rule of it, or adds a fault.
#[derive(Clone, Debug)]
pub(crate) struct Protocol {
    /// Receives of the message.
    pub(crate) receives: u8,
    pub(crate) kills: bool,
    /// Time passes while the answer to a receive is on its way.
    pub(crate) has_late_answers: bool,
    /// A return waits for an open heartbeat. A delete does not, because nothing can undo it.
    pub(crate) returns_in_silence: bool,
    /// A stop waits for an open receive.
    pub(crate) waits_for_receives: bool,
    /// A lost lease ends its handler.
    pub(crate) ends_lost_handlers: bool,
    /// SQS accepts a change of a timeout that has ended, if the message was not received again. AWS
    /// documents the error `MessageNotInflight` for it.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
    pub(crate) accepts_late_changes: bool,
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
    /// The settle is lost.
    LoseSettle(usize, usize),
    BeginStop(usize),
    EndGrace(usize),
    Stopped(usize),
    Kill(usize),
}

impl Protocol {
    pub(crate) fn new() -> Self {
        Self {
            receives: 2,
            kills: false,
            has_late_answers: false,
            returns_in_silence: true,
            waits_for_receives: true,
            ends_lost_handlers: true,
            accepts_late_changes: false,
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
            && (is_silent || lease.work == Work::Processed || !self.returns_in_silence)
        {
            actions.push(Action::SendSettle(w, place));
        }
    }

    /// Requests arrive, with or without an answer, or are lost. Those of a killed worker arrive too.
    fn request_actions(worker: &Worker, w: usize, actions: &mut Vec<Action>) {
        let answers = if worker.is_alive() { &[true, false][..] } else { &[false] };
        for place in 0..worker.heartbeats.len() {
            actions.extend(answers.iter().map(|answered| Action::Extend(w, place, *answered)));
            actions.push(Action::LoseHeartbeat(w, place));
        }
        let settling = worker.leases.iter().enumerate().filter(|(_, lease)| lease.is_settling);
        for (place, _) in settling {
            actions.extend(answers.iter().map(|answered| Action::Settle(w, place, *answered)));
            actions.push(Action::LoseSettle(w, place));
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

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            stored: vec![Stored::new()],
            workers: vec![Worker::default(); 2],
            processed: vec![0],
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
            Self::request_actions(worker, w, actions);
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
            Action::Extend(w, place, answered) => {
                extend(&mut state, w, place, answered, self.accepts_late_changes)
            }
            Action::LoseHeartbeat(w, place) => {
                state.workers[w].heartbeats.remove(place);
            }
            Action::SendSettle(w, place) => state.workers[w].leases[place].is_settling = true,
            Action::LoseSettle(w, place) => state.workers[w].leases[place].is_settling = false,
            Action::Settle(w, place, answered) => {
                settle(&mut state, w, place, answered, self.accepts_late_changes)
            }
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
            Action::Kill(w) => state.workers[w].kill(),
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}
