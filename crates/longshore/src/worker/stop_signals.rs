//! The signals that stop a worker.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT, SIGQUIT and SIGHUP, from its creation on. Create it before the work starts, so
/// that no signal is missed. Unix only.
///
/// If the process was started with SIGHUP ignored, as `nohup` does, SIGHUP stays ignored.
pub struct StopSignals(Vec<(&'static str, Signal)>);

impl StopSignals {
    /// Listens for the signals. From then on they no longer end the process, even after this value
    /// is dropped.
    ///
    /// # Errors
    /// If the process cannot listen for the signals.
    ///
    /// # Panics
    /// If it is called outside a Tokio runtime.
    pub fn listen() -> io::Result<Self> {
        let mut kinds = vec![
            ("SIGTERM", SignalKind::terminate()),
            ("SIGINT", SignalKind::interrupt()),
            ("SIGQUIT", SignalKind::quit()),
        ];
        if !ignores_hangup() {
            kinds.push(("SIGHUP", SignalKind::hangup()));
        }
        let signals = kinds.into_iter().map(|(name, kind)| Ok((name, signal(kind)?)));
        Ok(Self(signals.collect::<io::Result<_>>()?))
    }

    /// Waits for the next signal, and returns its name. Cancel-safe.
    pub async fn next(&mut self) -> &'static str {
        poll_fn(|cx| {
            for (name, signal) in &mut self.0 {
                if signal.poll_recv(cx).is_ready() {
                    return Poll::Ready(*name);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl fmt::Debug for StopSignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether the process was started with SIGHUP ignored. Only Linux answers this without unsafe
/// code; elsewhere SIGHUP stops the worker.
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_signal_one(&status))
}

fn ignores_signal_one(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// Held by a test that sends signals, because each signal reaches all tests of the process.
#[cfg(test)]
pub(super) static SIGNALS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn each_of_the_four_signals_is_received() {
        let _alone = SIGNALS.lock().await;
        let mut signals = StopSignals::listen().unwrap();
        let all = [
            (Signal::HUP, "SIGHUP"),
            (Signal::QUIT, "SIGQUIT"),
            (Signal::TERM, "SIGTERM"),
            (Signal::INT, "SIGINT"),
        ];
        // Under `nohup`, SIGHUP is ignored.
        let heard = |(signal, _): &(Signal, _)| *signal != Signal::HUP || !ignores_hangup();
        for (signal, name) in all.into_iter().filter(heard) {
            kill_process(getpid(), signal).unwrap();
            assert_eq!(signals.next().await, name);
        }
    }

    #[test]
    fn a_mask_says_whether_hangup_is_ignored() {
        assert!(ignores_signal_one("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_signal_one("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_signal_one("no mask"));
    }
}
