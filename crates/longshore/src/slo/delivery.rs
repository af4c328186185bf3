//! The delivery objective: which messages are processed, and which are lost or stuck. Each message
//! is judged at most once by a process: good when it is deleted, bad when it used up its receives.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::objective::Judgement;
use super::recent_ids::RecentIds;

/// The clocks of SQS and of this machine may differ by this time.
const CLOCKS: Duration = Duration::from_secs(1);

/// What the queue does with a message that is received again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redrive {
    /// SQS has not reported it yet.
    #[default]
    Unknown,
    /// There is no redrive policy: SQS redelivers it until its retention ends.
    Absent,
    /// After this number of receives (`maxReceiveCount`) SQS moves it to the dead-letter queue.
    After(u32),
}

/// How one receive of a message ended, as far as delivery is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiveEnd {
    /// Processed and deleted.
    Deleted,
    /// Processed, but SQS did not accept the delete: the message comes back.
    NotDeleted,
    /// Rejected and deleted.
    Discarded,
    /// Rejected, and left to the redrive policy.
    Rejected,
    /// Not processed, for whatever reason.
    Unprocessed,
}

/// Judges the messages of one queue.
#[derive(Debug)]
pub struct DeliveryJudge {
    /// The receives of a message that are allowed while no redrive policy is known.
    attempts: u32,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    redrive: Redrive,
    /// Messages that were judged bad.
    failed: RecentIds,
}

impl DeliveryJudge {
    /// A judge that allows `attempts` receives of a message while no redrive policy is known.
    pub fn new(attempts: u32) -> Self {
        Self { attempts, started: Instant::now(), state: Mutex::default() }
    }

    /// SQS reported the redrive policy.
    pub fn set_redrive(&self, redrive: Redrive) {
        self.lock().redrive = redrive;
    }

    /// The redrive policy, as last reported.
    pub fn redrive(&self) -> Redrive {
        self.lock().redrive
    }

    /// A message was received for the `count`-th time. It is bad if it came back more often than
    /// allowed and no process can have judged it: its earlier receives began before this process,
    /// and the process that had them is gone.
    pub fn received(
        &self,
        id: &str,
        count: u32,
        first_received: Option<SystemTime>,
    ) -> Option<Judgement> {
        let mut state = self.lock();
        let is_one_too_many = count == self.allowed(state.redrive).saturating_add(1);
        let is_inherited = first_received.is_some_and(|first| self.was_before(first));
        (is_one_too_many && is_inherited).then(|| state.fail(id)).flatten()
    }

    /// The `count`-th receive of a message ended.
    pub fn ended(&self, id: &str, count: u32, end: ReceiveEnd) -> Option<Judgement> {
        let mut state = self.lock();
        let allowed = self.allowed(state.redrive);
        match end {
            ReceiveEnd::Deleted => {
                let was_judged = count > allowed || state.failed.contains(id);
                (!was_judged).then_some(Judgement::Good)
            }
            ReceiveEnd::NotDeleted | ReceiveEnd::Discarded => state.fail(id),
            // Without a redrive policy every further receive until its retention ends is wasted.
            ReceiveEnd::Rejected if !matches!(state.redrive, Redrive::After(_)) => state.fail(id),
            ReceiveEnd::Rejected | ReceiveEnd::Unprocessed => {
                let is_last = match state.redrive {
                    Redrive::After(_) => count >= allowed,
                    // Receives above the limit were judged when the limit was reached.
                    Redrive::Absent | Redrive::Unknown => count == allowed,
                };
                is_last.then(|| state.fail(id)).flatten()
            }
        }
    }

    /// Whether this process started after this time of the clock of SQS. Compares ages, because in
    /// virtual time the clock of this machine stands still.
    fn was_before(&self, time: SystemTime) -> bool {
        let age = SystemTime::now().duration_since(time).unwrap_or_default();
        age > self.started.elapsed() + CLOCKS
    }

    fn allowed(&self, redrive: Redrive) -> u32 {
        match redrive {
            Redrive::After(receives) => receives,
            Redrive::Absent | Redrive::Unknown => self.attempts,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}

impl State {
    fn fail(&mut self, id: &str) -> Option<Judgement> {
        self.failed.insert(id).then_some(Judgement::Bad)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BAD: Option<Judgement> = Some(Judgement::Bad);
    const GOOD: Option<Judgement> = Some(Judgement::Good);

    fn judge(redrive: Redrive) -> DeliveryJudge {
        let judge = DeliveryJudge::new(5);
        judge.set_redrive(redrive);
        judge
    }

    #[test]
    fn the_last_receive_that_the_policy_allows_is_bad_however_it_ended() {
        for end in [ReceiveEnd::Unprocessed, ReceiveEnd::Rejected] {
            let judge = judge(Redrive::After(3));
            assert_eq!([1, 2, 3].map(|count| judge.ended("m", count, end)), [None, None, BAD]);
        }
        assert_eq!(judge(Redrive::After(3)).ended("m", 3, ReceiveEnd::Deleted), GOOD);
    }

    #[test]
    fn without_a_policy_the_fifth_receive_is_bad_and_later_ones_are_not_counted_again() {
        for redrive in [Redrive::Unknown, Redrive::Absent] {
            let judge = judge(redrive);
            let ends = [4, 5, 6, 5].map(|count| judge.ended("m", count, ReceiveEnd::Unprocessed));
            assert_eq!(ends, [None, BAD, None, None]);
            assert_eq!(judge.ended("m", 7, ReceiveEnd::Deleted), None);
            assert_eq!(judge.ended("other", 7, ReceiveEnd::Deleted), None);
        }
    }

    #[test]
    fn a_message_that_is_processed_but_not_deleted_is_bad_once() {
        let judge = judge(Redrive::After(5));
        assert_eq!(judge.ended("m", 1, ReceiveEnd::NotDeleted), BAD);
        assert_eq!(judge.ended("m", 2, ReceiveEnd::NotDeleted), None);
        assert_eq!(judge.ended("m", 5, ReceiveEnd::Unprocessed), None);
    }

    #[test]
    fn a_rejected_message_is_bad_at_once_unless_a_policy_moves_it() {
        assert_eq!(judge(Redrive::After(5)).ended("m", 1, ReceiveEnd::Rejected), None);
        assert_eq!(judge(Redrive::Absent).ended("m", 1, ReceiveEnd::Rejected), BAD);
        assert_eq!(judge(Redrive::After(5)).ended("m", 1, ReceiveEnd::Discarded), BAD);
    }

    #[test]
    fn a_message_of_a_killed_process_is_bad_when_it_comes_back_once_too_often() {
        let judge = judge(Redrive::Absent);
        let before = SystemTime::now() - Duration::from_secs(60);
        let after = SystemTime::now();
        assert_eq!(judge.received("m", 5, Some(before)), None);
        assert_eq!(judge.received("m", 6, Some(after)), None);
        assert_eq!(judge.received("m", 6, Some(before)), BAD);
        assert_eq!(judge.received("m", 6, Some(before)), None);
    }
}
