//! What a service manager is told, where there is one: systemd, of a unit with `Type=notify`.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::convert::Infallible;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use crate::telemetry::health::Health;
use crate::worker::Stop;

/// How soon it is told what has changed.
const LOOK: Duration = Duration::from_millis(500);

/// Tells of readiness, of the stop and of what is the matter; and feeds the watchdog while every poll loop
/// makes progress. A program that stands still, or a loop that is stuck, is not fed. Runs until it is dropped.
pub(super) async fn inform(health: Health, stop: Stop) -> Infallible {
    let watchdog = sd_notify::watchdog_enabled();
    // Thrice in its time: one that is late, or lost, does not count.
    let mut looks = interval(watchdog.map_or(LOOK, |time| (time / 3).min(LOOK)));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told::default();
    loop {
        looks.tick().await;
        told.tell(&health, stop.has_begun());
        if watchdog.is_some() && health.stuck().is_empty() {
            send(&[NotifyState::Watchdog]);
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
    fn tell(&mut self, health: &Health, stopping: bool) {
        let unready = health.unready();
        if unready.is_empty() && !std::mem::replace(&mut self.ready, true) {
            send(&[NotifyState::Ready]);
        }
        if stopping && !std::mem::replace(&mut self.stopping, true) {
            send(&[NotifyState::Stopping]);
        }
        let status = if unready.is_empty() { "polling".to_owned() } else { unready.join("; ") };
        if self.status != status {
            send(&[NotifyState::Status(&status)]);
            self.status = status;
        }
    }
}

/// To nobody, where no manager listens.
fn send(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
