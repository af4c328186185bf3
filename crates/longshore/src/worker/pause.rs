//! Holds the intake back while nobody is there to handle messages, so that an application that is away
//! does not use up their receives.

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

/// Says that a message is out to find whether somebody is there again. Whatever ends its task, the
/// intake goes on.
#[derive(Debug)]
pub(super) struct Probe(Arc<Pause>);

#[derive(Debug, Default)]
struct State {
    times: u32,
    until: Option<Instant>,
    /// A message is out to find whether somebody is there again.
    probe_is_out: bool,
}

impl Pause {
    /// Nobody was there. Messages that find this out together lengthen the pause once.
    /// Returns the pause's length where this one began it.
    pub(super) fn begin(&self) -> Option<Duration> {
        let mut state = self.lock();
        state.probe_is_out = false;
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

    /// Somebody was there.
    pub(super) fn lift(&self) {
        let mut state = self.lock();
        if state.times > 0 {
            *state = State::default();
            drop(state);
            self.changed.notify_waiters();
        }
    }

    /// Whether the last message found nobody: a single one is then enough to find out again.
    pub(super) fn is_probing(&self) -> bool {
        self.lock().times > 0
    }

    /// A message goes to a handler; in a time of probing, no other follows until the probe is dropped,
    /// or has found somebody or nobody.
    pub(super) fn send(self: &Arc<Self>) -> Option<Probe> {
        let mut state = self.lock();
        state.probe_is_out = state.times > 0;
        state.probe_is_out.then(|| Probe(self.clone()))
    }

    /// Whether no pause is on and no probe is out.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over()
    }

    /// Waits until the pause is over and no probe is out. Cancel-safe.
    pub(super) async fn over(&self) {
        loop {
            let changed = self.changed.notified();
            let until = {
                let state = self.lock();
                if state.is_over() {
                    return;
                }
                state.until.filter(|_| !state.probe_is_out)
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
        self.0.lock().probe_is_out = false;
        self.0.changed.notify_waiters();
    }
}

impl State {
    fn is_over(&self) -> bool {
        !self.probe_is_out && self.until.is_none_or(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whatever_ends_a_probe_the_intake_goes_on() {
        let pause = Arc::new(Pause::default());
        pause.begin();
        pause.over().await;
        let probe = pause.send();
        assert!(probe.is_some() && !pause.is_over());
        drop(probe);
        pause.over().await;
        assert!(pause.is_probing(), "nobody was found yet");
    }

    #[test]
    fn a_message_is_no_probe_while_all_is_well() {
        let pause = Arc::new(Pause::default());
        assert!(pause.send().is_none() && pause.is_over());
    }
}
