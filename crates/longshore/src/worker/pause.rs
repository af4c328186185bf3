//! Pauses polling while the handler is unreachable, so that an application that is down does not
//! use up the receives of its messages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::backoff;

/// One queue's pause. Written by its messages, read by its poll loops.
#[derive(Debug, Default)]
pub(super) struct Pause {
    state: Mutex<State>,
    changed: Notify,
}

/// A message that tests whether the handler is reachable again. Polling continues when it is
/// dropped.
#[derive(Debug)]
pub(super) struct Probe(Arc<Pause>);

#[derive(Debug, Default)]
struct State {
    times: u32,
    until: Option<Instant>,
    /// A message is testing whether the handler is reachable again.
    probing: bool,
}

impl Pause {
    /// The handler was unreachable. Messages that find this at the same time lengthen the pause
    /// once. Returns the length of the pause if this message began it.
    pub(super) fn begin(&self) -> Option<Duration> {
        let mut state = self.lock();
        state.probing = false;
        let now = Instant::now();
        let begun = state.until.is_none_or(|until| now >= until).then(|| {
            state.times += 1;
            let pause = backoff::unavailable(state.times);
            state.until = Some(now + pause);
            pause
        });
        drop(state);
        self.changed.notify_waiters();
        begun
    }

    /// The handler was reachable.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        if state.times > 0 {
            *state = State::default();
            drop(state);
            self.changed.notify_waiters();
        }
    }

    /// Whether the handler was unreachable for the last message. A single message is then enough to
    /// test it.
    pub(super) fn is_probing(&self) -> bool {
        self.lock().times > 0
    }

    /// A message goes to the handler. If it is a probe, no other follows until the probe ends.
    pub(super) fn start_message(self: &Arc<Self>) -> Option<Probe> {
        let mut state = self.lock();
        state.probing = state.times > 0;
        state.probing.then(|| Probe(self.clone()))
    }

    /// Whether polling is not paused and no probe is running.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over()
    }

    /// Waits until polling is not paused and no probe is running. Cancel-safe.
    pub(super) async fn over(&self) {
        loop {
            let changed = self.changed.notified();
            let until = {
                let state = self.lock();
                if state.is_over() {
                    return;
                }
                state.until.filter(|_| !state.probing)
            };
            match until {
                None => changed.await,
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = changed => {}
                },
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.lock().probing = false;
        self.0.changed.notify_waiters();
    }
}

impl State {
    fn is_over(&self) -> bool {
        !self.probing && self.until.is_none_or(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn polling_continues_when_a_probe_is_dropped() {
        let pause = Arc::new(Pause::default());
        pause.begin();
        pause.over().await;
        let probe = pause.start_message();
        assert!(probe.is_some() && !pause.is_over());
        drop(probe);
        pause.over().await;
        assert!(pause.is_probing(), "the handler was not reached yet");
    }

    #[test]
    fn a_message_is_not_a_probe_without_a_pause() {
        let pause = Arc::new(Pause::default());
        assert!(pause.start_message().is_none() && pause.is_over());
    }
}
