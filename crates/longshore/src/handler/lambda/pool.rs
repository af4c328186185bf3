//! What all runtimes of a function share: the invocations that wait, and the states of the runtimes.

use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::invocation::Invocation;
use crate::handler::NotReady;

/// The runtimes of one function.
#[derive(Debug)]
pub(super) struct Pool {
    waiting: mpsc::UnboundedSender<Invocation>,
    next: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    states: watch::Sender<Vec<RuntimeState>>,
    /// Ends all runtimes.
    pub(super) closing: CancellationToken,
}

/// Whether a runtime can get invocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuntimeState {
    /// Its process starts. It has not asked for an invocation yet.
    Starting,
    /// It has asked for an invocation.
    Ready,
    /// It ended, and is started again later.
    Failed(NotReady),
}

impl Pool {
    pub(super) fn new(runtimes: usize) -> Self {
        let (waiting, next) = mpsc::unbounded_channel();
        let states = watch::Sender::new(vec![RuntimeState::Starting; runtimes]);
        Self { waiting, next: Mutex::new(next), states, closing: CancellationToken::new() }
    }

    /// Adds an invocation. The caller limits their number.
    pub(super) fn add(&self, invocation: Invocation) {
        // The receiver is part of the pool.
        self.waiting.send(invocation).ok();
    }

    /// Waits for the next invocation that still has a caller. Cancel-safe.
    pub(super) async fn next(&self) -> Invocation {
        let mut next = self.next.lock().await;
        loop {
            match next.recv().await {
                Some(invocation) if invocation.answer.is_closed() => {}
                Some(invocation) => return invocation,
                // The sender is part of the pool.
                None => std::future::pending().await,
            }
        }
    }

    pub(super) fn set(&self, runtime: usize, state: RuntimeState) {
        self.states.send_if_modified(|states| {
            let changes = states[runtime] != state;
            states[runtime] = state;
            changes
        });
    }

    /// Waits until a runtime is ready, or until all have failed. Cancel-safe.
    pub(super) async fn ready(&self) -> Result<(), NotReady> {
        let mut states = self.states.subscribe();
        loop {
            if let Some(result) = overall(&states.borrow_and_update()) {
                return result;
            }
            states.changed().await.ok();
        }
    }

    /// Waits until all runtimes have failed. Cancel-safe.
    pub(super) async fn failed(&self) -> NotReady {
        let mut states = self.states.subscribe();
        loop {
            if let Some(Err(why)) = overall(&states.borrow_and_update()) {
                return why;
            }
            states.changed().await.ok();
        }
    }
}

/// Whether one runtime is ready; `None` while one starts and none is ready.
fn overall(states: &[RuntimeState]) -> Option<Result<(), NotReady>> {
    if states.contains(&RuntimeState::Ready) {
        return Some(Ok(()));
    }
    if states.contains(&RuntimeState::Starting) {
        return None;
    }
    states.iter().find_map(|state| match state {
        RuntimeState::Failed(why) => Some(Err(why.clone())),
        RuntimeState::Starting | RuntimeState::Ready => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(why: &str) -> RuntimeState {
        RuntimeState::Failed(NotReady::Unreachable(why.to_owned()))
    }

    #[tokio::test]
    async fn a_function_is_ready_with_its_first_runtime_and_failed_with_its_last() {
        let pool = Pool::new(2);
        pool.set(0, failed("first"));
        assert_eq!(overall(&pool.states.borrow()), None, "the other one still starts");
        pool.set(1, failed("second"));
        assert_eq!(pool.ready().await, Err(NotReady::Unreachable("first".to_owned())));
        assert_eq!(pool.failed().await, NotReady::Unreachable("first".to_owned()));
        pool.set(1, RuntimeState::Ready);
        assert_eq!(pool.ready().await, Ok(()));
    }
}
