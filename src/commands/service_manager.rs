//! Notifications to the service manager, which is systemd for a unit with `Type=notify`.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::convert::Infallible;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use longshore::health::Health;
use longshore::worker::Stop;

/// Maximum time between two checks for changes.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// A shorter watchdog timeout is a mistake in the unit, so it is ignored.
const MIN_WATCHDOG: Duration = Duration::from_millis(10);

/// Reports readiness, the stop and the status. Also pings the watchdog while every poll loop makes
/// progress, so systemd restarts a worker that hangs. Runs until it is dropped.
pub(super) async fn notify(health: Health, stop: Stop) -> Infallible {
    let watchdog = sd_notify::watchdog_enabled().filter(|timeout| *timeout >= MIN_WATCHDOG);
    // Three pings per timeout, so that one late or lost ping has no effect.
    let period = watchdog.map_or(CHECK_INTERVAL, |timeout| (timeout / 3).min(CHECK_INTERVAL));
    let mut checks = interval(period);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = Sent::default();
    loop {
        checks.tick().await;
        let changes = sent.changes(&health, stop.has_begun(), watchdog.is_some());
        if !changes.is_empty()
            && let Err(error) = sd_notify::notify(&changes)
        {
            tracing::debug!(%error, "cannot notify the service manager");
        }
    }
}

/// What the service manager knows already.
#[derive(Default)]
struct Sent {
    ready: bool,
    stopping: bool,
    status: String,
}

impl Sent {
    /// The notifications to send now.
    fn changes(&mut self, health: &Health, stopping: bool, watchdog: bool) -> Vec<NotifyState<'_>> {
        let unready = health.unready();
        let mut changes = Vec::new();
        if unready.is_empty() && !std::mem::replace(&mut self.ready, true) {
            changes.push(NotifyState::Ready);
        }
        if stopping && !std::mem::replace(&mut self.stopping, true) {
            changes.push(NotifyState::Stopping);
        }
        if watchdog && health.stuck().is_empty() {
            changes.push(NotifyState::Watchdog);
        }
        let status = if unready.is_empty() { "polling".to_owned() } else { unready.join("; ") };
        if self.status != status {
            self.status = status;
            changes.push(NotifyState::Status(&self.status));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore::health::Readiness;

    fn changes(sent: &mut Sent, health: &Health, stopping: bool) -> String {
        sent.changes(health, stopping, true).iter().map(NotifyState::to_string).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_gets_no_ping_while_a_poll_loop_is_stuck() {
        let (mut sent, health) = (Sent::default(), Health::default());
        health.set_readiness("orders", Readiness::Polling);
        let pulse = health.pulse("orders");
        pulse.expect("receiving", Duration::from_secs(50));
        let first = changes(&mut sent, &health, false);
        assert!(first.contains("READY=1") && first.contains("STATUS=polling"), "{first}");
        tokio::time::advance(Duration::from_secs(49)).await;
        assert_eq!(changes(&mut sent, &health, false).trim(), "WATCHDOG=1");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(changes(&mut sent, &health, false), "");
        pulse.rest("waiting for a slot");
        assert_eq!(changes(&mut sent, &health, false).trim(), "WATCHDOG=1");
    }

    #[test]
    fn a_stop_is_reported_once_and_the_watchdog_still_gets_pings() {
        let (mut sent, health) = (Sent::default(), Health::default());
        health.drain(Duration::from_secs(22));
        let first = changes(&mut sent, &health, true);
        assert!(first.contains("STOPPING=1") && first.contains("WATCHDOG=1"), "{first}");
        assert_eq!(changes(&mut sent, &health, true).trim(), "WATCHDOG=1");
    }
}
