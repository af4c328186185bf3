//! What a service manager is told, where there is one: systemd, of a unit with `Type=notify`.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::convert::Infallible;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use longshore::health::Health;
use longshore::worker::Stop;

/// How soon it is told what has changed.
const LOOK: Duration = Duration::from_millis(500);
/// A watchdog with less patience is none that anybody meant.
const SHORTEST: Duration = Duration::from_millis(10);

/// Tells of readiness, of the stop and of what is the matter; and feeds the watchdog while every poll loop
/// makes progress. A program that stands still, or a loop that is stuck, is not fed. Runs until it is dropped.
pub(super) async fn inform(health: Health, stop: Stop) -> Infallible {
    let watchdog = sd_notify::watchdog_enabled().filter(|time| *time >= SHORTEST);
    // Thrice in its time: one that is late, or lost, does not count.
    let mut looks = interval(watchdog.map_or(LOOK, |time| (time / 3).min(LOOK)));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told::default();
    loop {
        looks.tick().await;
        let news = told.news(&health, stop.has_begun(), watchdog.is_some());
        if !news.is_empty()
            && let Err(error) = sd_notify::notify(&news)
        {
            tracing::debug!(%error, "the service manager cannot be told");
        }
    }
}

/// What it knows already.
#[derive(Default)]
struct Told {
    ready: bool,
    stopping: bool,
    status: String,
}

impl Told {
    fn news(&mut self, health: &Health, stopping: bool, watchdog: bool) -> Vec<NotifyState<'_>> {
        let unready = health.unready();
        let mut news = Vec::new();
        if unready.is_empty() && !std::mem::replace(&mut self.ready, true) {
            news.push(NotifyState::Ready);
        }
        if stopping && !std::mem::replace(&mut self.stopping, true) {
            news.push(NotifyState::Stopping);
        }
        if watchdog && health.stuck().is_empty() {
            news.push(NotifyState::Watchdog);
        }
        let status = if unready.is_empty() { "polling".to_owned() } else { unready.join("; ") };
        if self.status != status {
            self.status = status;
            news.push(NotifyState::Status(&self.status));
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore::health::Readiness;

    fn said(told: &mut Told, health: &Health, stopping: bool) -> String {
        told.news(health, stopping, true).iter().map(NotifyState::to_string).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_watchdog_is_fed_until_a_poll_loop_is_stuck() {
        let (mut told, health) = (Told::default(), Health::default());
        health.set_readiness("orders", Readiness::Polling);
        let pulse = health.pulse("orders");
        pulse.expect("receiving", Duration::from_secs(50));
        let first = said(&mut told, &health, false);
        assert!(first.contains("READY=1") && first.contains("STATUS=polling"), "{first}");
        tokio::time::advance(Duration::from_secs(49)).await;
        assert_eq!(said(&mut told, &health, false).trim(), "WATCHDOG=1");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(said(&mut told, &health, false), "");
        pulse.rest("waiting for a slot");
        assert_eq!(said(&mut told, &health, false).trim(), "WATCHDOG=1");
    }

    #[test]
    fn a_stop_is_told_once_and_is_no_reason_to_starve() {
        let (mut told, health) = (Told::default(), Health::default());
        health.drain(Duration::from_secs(22));
        let first = said(&mut told, &health, true);
        assert!(first.contains("STOPPING=1") && first.contains("WATCHDOG=1"), "{first}");
        assert_eq!(said(&mut told, &health, true).trim(), "WATCHDOG=1");
    }
}
