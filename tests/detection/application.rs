//! The application that processes the messages, and what is wrong with it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::{Context, Handler, Message, Verdict};
use tokio::time::sleep;

/// How the application treats a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// It takes this time.
    Works(Duration),
    /// It fails this share of its calls because of the message.
    Fails(f64),
    /// It rejects this share of the messages.
    Rejects(f64),
    /// It fails the messages of this group.
    FailsGroup(&'static str),
    /// Nothing listens.
    Away,
    /// It answers with 503.
    Broken,
    /// It never answers.
    Hangs,
}

/// One application, called by all workers.
#[derive(Clone)]
pub(crate) struct Application(Arc<Mutex<Mode>>);

impl Application {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Mode::Works(Duration::from_millis(200)))))
    }

    pub(crate) fn becomes(&self, mode: Mode) {
        *self.0.lock().expect("not poisoned") = mode;
    }

    fn mode(&self) -> Mode {
        *self.0.lock().expect("not poisoned")
    }
}

impl Handler for Application {
    async fn handle(&self, message: Message, _: Context) -> Verdict {
        match self.mode() {
            Mode::Works(time) => sleep(time).await,
            Mode::Fails(share) if fastrand::f64() < share => return Verdict::retry("out of range"),
            Mode::FailsGroup(group) if message.group_id.as_deref() == Some(group) => {
                return Verdict::retry("out of range");
            }
            Mode::Rejects(share) if fastrand::f64() < share => return Verdict::reject("no id"),
            Mode::Fails(_) | Mode::FailsGroup(_) | Mode::Rejects(_) => {
                sleep(Duration::from_millis(200)).await
            }
            Mode::Away => return Verdict::unavailable("connection refused"),
            Mode::Broken => return Verdict::outage("answered 503"),
            Mode::Hangs => std::future::pending().await,
        }
        Verdict::Done
    }
}
