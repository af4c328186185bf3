//! What the handlers of the deploys did with each order.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use longshore::handler::{Context, Handler, Verdict};
use longshore::queue::Message;
use tokio::sync::Notify;
use tokio::time::sleep;

/// How long the handler of a deploy takes: as long as a call of a slow service.
const HANDLER_TIME: Duration = Duration::from_millis(1_200);

/// The orders whose handler has started. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    started: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The orders whose handler has started at least once.
    started: HashSet<Arc<str>>,
    running: u64,
    repeated: u64,
}

/// A running handler.
struct Running(Journal);

impl Journal {
    /// A handler that writes to this journal.
    pub(super) fn handler(&self) -> impl Handler {
        let journal = self.clone();
        move |message: Message, context: Context| {
            let running = journal.start(&message);
            async move {
                tokio::select! {
                    () = sleep(HANDLER_TIME) => {}
                    () = context.stopping() => return Verdict::retry("interrupted"),
                }
                drop(running);
                Verdict::Done
            }
        }
    }

    /// Handlers that run now.
    pub(super) fn running(&self) -> u64 {
        self.lock().running
    }

    /// Orders whose handler has started again.
    pub(super) fn repeated(&self) -> u64 {
        self.lock().repeated
    }

    /// Waits until this number of handlers runs.
    pub(super) async fn until_running(&self, handlers: u64) {
        loop {
            let started = self.0.started.notified();
            if self.running() >= handlers {
                return;
            }
            started.await;
        }
    }

    fn start(&self, message: &Message) -> Running {
        let mut state = self.lock();
        state.running += 1;
        if !state.started.insert(message.id.clone()) {
            state.repeated += 1;
        }
        drop(state);
        self.0.started.notify_waiters();
        Running(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no code panics while it holds this lock")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
    }
}
