//! The state of a circuit breaker, and what a message that waits may do in it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// Messages that an open breaker tries in turn. One alone does not show whether the application
/// fails, or the message is at fault.
const PROBES: usize = 2;
/// How long a message is held at most, if the configuration does not say more.
const MAX_HOLD: Duration = Duration::from_secs(3600);
/// Set in the number of a message that has failed already: it waits behind those that have not.
const TRIED: u64 = 1 << 63;
/// Failed calls in a row that are enough when no call succeeded for [`QUIET`].
const FEW: usize = 3;
/// Failed calls in a row after which a failed message is kept and called again, instead of being
/// returned. A FIFO queue has few calls, so this is soon.
const DOUBTFUL: usize = 2;
pub(super) const QUIET: Duration = Duration::from_secs(5);
/// A message that waits looks again after this time, whatever happens.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What the breaker knows.
pub(super) struct State {
    pub(super) phase: Phase,
    /// Increases when the breaker opens or a try at a limited speed fails. A call that began before
    /// says nothing about what follows.
    pub(super) round: u64,
    /// Whether each of the last calls failed, and not because of its message.
    pub(super) recent: VecDeque<bool>,
    /// When the last call of a closed breaker did not fail.
    pub(super) last_answer: Option<Instant>,
    /// Why the last try or check failed.
    cause: Cause,
    /// Failed tries and checks in a row.
    pub(super) failures: u32,
    /// Calls of a half-open breaker that failed in a row.
    pub(super) half_open_failures: u32,
    /// The last check failed, and no call since.
    pub(super) is_opened_by_check: bool,
    /// Calls that are running and began while the breaker was closed.
    pub(super) calls_before: usize,
    /// Messages that are held, whether they wait or are tried.
    pub(super) held: usize,
    /// Those that wait for a try, in their order.
    pub(super) waiting: BTreeSet<u64>,
    next_ticket: u64,
    /// When the outage began.
    pub(super) opened: Instant,
    /// Whether the application answered since the breaker opened last. If not, a breaker that opens
    /// again continues the same outage.
    pub(super) has_answered: bool,
    /// No message is received any more, so none is held for an application that is away.
    pub(super) polls_failed: bool,
}

/// Why a breaker is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The application got a message and failed.
    FailedCall,
    Unreachable,
    /// This machine lacks a resource.
    Shortage,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Phase {
    /// The handler was not ready yet.
    Starting { next_check: Instant },
    /// No limits.
    Closed,
    /// One message at a time is tried.
    Open { next_try: Instant, trying: bool },
    /// The last tries succeeded: `allowed` messages at a time are tried.
    HalfOpen { allowed: usize, trying: usize },
}

/// A message that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) number: u64,
    pub(super) hold_ends: Instant,
}

/// What a waiting message may do now.
pub(super) enum Step {
    /// Call the handler; `true` if the call is a try.
    Call(bool),
    /// Check the handler, then try: it is first, and the time has come.
    Check,
    /// Return to the queue.
    Return,
    /// Wait at most until then.
    Wait(Instant),
}

impl State {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            phase: Phase::Starting { next_check: now },
            round: 0,
            recent: VecDeque::new(),
            last_answer: None,
            cause: Cause::Unreachable,
            failures: 0,
            half_open_failures: 0,
            is_opened_by_check: false,
            calls_before: 0,
            held: 0,
            waiting: BTreeSet::new(),
            next_ticket: 0,
            opened: now,
            has_answered: false,
            polls_failed: false,
        }
    }

    /// Whether nine of ten of the last `calls` failed.
    pub(super) fn nearly_all_failed(&self, calls: usize) -> bool {
        let failed = self.recent.iter().filter(|failed| **failed).count();
        self.recent.len() >= calls && failed * 10 >= calls * 9
    }

    /// Whether the last calls failed, and no other call succeeded for some time. A fleet of workers
    /// on a quiet queue then needs few messages to find an outage.
    pub(super) fn nothing_else_happened(&self) -> bool {
        self.last_failed(FEW) && self.is_quiet()
    }

    /// Whether the last calls were failures, so that the application may be at fault, and not the
    /// message.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.last_failed(DOUBTFUL) || self.is_quiet() && !self.recent.is_empty()
    }

    /// Whether this number of calls failed in a row.
    fn last_failed(&self, calls: usize) -> bool {
        let mut last = self.recent.iter().rev().take(calls);
        self.recent.len() >= calls && last.all(|failed| *failed)
    }

    /// Whether no call of a closed breaker succeeded for some time.
    pub(super) fn is_quiet(&self) -> bool {
        self.last_answer.is_none_or(|answer| answer.elapsed() >= QUIET)
    }

    /// A message waits behind all others that have failed as it has.
    pub(super) fn enqueue(&mut self, failed: bool) -> u64 {
        let ticket = self.next_ticket | if failed { TRIED } else { 0 };
        self.next_ticket += 1;
        self.waiting.insert(ticket);
        ticket
    }

    /// How long a message is held from now on: as long as the outage has lasted, so that the
    /// messages of a long outage are replaced ever more rarely.
    pub(super) fn hold(&self, least: Duration) -> Duration {
        match self.phase {
            Phase::Open { .. } => self.opened.elapsed().min(MAX_HOLD).max(least),
            Phase::Starting { .. } | Phase::Closed | Phase::HalfOpen { .. } => least,
        }
    }

    /// Whether an open breaker wants a message more.
    pub(super) fn wants_probe(&self, in_flight: usize) -> bool {
        in_flight == 0 || self.cause == Cause::FailedCall && in_flight < PROBES
    }

    /// The breaker opens, or stays open after a failed try or check.
    pub(super) fn fail(&mut self, now: Instant, next: Instant, cause: Cause) {
        self.cause = cause;
        self.phase = match self.phase {
            Phase::Starting { .. } => Phase::Starting { next_check: next },
            Phase::Open { .. } => Phase::Open { next_try: next, trying: false },
            Phase::Closed | Phase::HalfOpen { .. } => {
                if std::mem::take(&mut self.has_answered) {
                    self.opened = now;
                }
                self.half_open_failures = 0;
                self.round += 1;
                Phase::Open { next_try: next, trying: false }
            }
        };
        self.recent.clear();
        self.last_answer = None;
    }

    /// What a message that waits may do. `failed` is whether the application has got it and failed.
    pub(super) fn step(&mut self, ticket: Ticket, failed: bool, now: Instant) -> Step {
        let is_first = self.waiting.first() == Some(&ticket.number);
        let is_alone = self.held == 1;
        match self.phase {
            Phase::Closed => Step::Call(false),
            Phase::Starting { .. } | Phase::Open { .. } if self.polls_failed => Step::Return,
            Phase::Starting { next_check } => Step::Wait(next_check.max(now + LOOK_AGAIN)),
            Phase::HalfOpen { allowed, trying } if is_first && trying < allowed => {
                self.phase = Phase::HalfOpen { allowed, trying: trying + 1 };
                Step::Call(true)
            }
            Phase::HalfOpen { .. } => Step::Wait(now + LOOK_AGAIN),
            Phase::Open { trying: true, .. } if now >= ticket.hold_ends => Step::Return,
            Phase::Open { trying: true, .. } => Step::Wait(ticket.hold_ends),
            Phase::Open { .. } if !is_alone && now >= ticket.hold_ends => Step::Return,
            // Another one takes its place.
            Phase::Open { .. } if failed && now >= ticket.hold_ends => Step::Return,
            Phase::Open { next_try, .. } if is_first && now < next_try => Step::Wait(next_try),
            Phase::Open { .. } if is_first => Step::Check,
            Phase::Open { .. } => Step::Wait(ticket.hold_ends),
        }
    }

    /// The first message is tried.
    pub(super) fn begin_try(&mut self) {
        if let Phase::Open { trying, .. } = &mut self.phase {
            *trying = true;
        }
    }

    /// A try of this round ended or was dropped.
    pub(super) fn end_try(&mut self) {
        match &mut self.phase {
            Phase::Open { trying, .. } => *trying = false,
            Phase::HalfOpen { trying, .. } => *trying = trying.saturating_sub(1),
            Phase::Starting { .. } | Phase::Closed => {}
        }
    }
}
