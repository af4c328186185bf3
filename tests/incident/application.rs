//! The application, and what became of its calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use longshore::{Context, Handler, Message, Verdict};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// A call takes between these times.
const FASTEST_MS: u64 = 500;
const SLOWEST_MS: u64 = 2_500;

/// One application, called by all workers of a cell. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Application(Arc<Mutex<Calls>>);

/// The handler of one process.
pub(crate) struct InProcess {
    application: Application,
    killed: CancellationToken,
}

/// What became of the calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    pub(crate) begun: u64,
    pub(crate) completed: u64,
    /// Calls that ended in the middle, because their worker was killed.
    pub(crate) aborted: u64,
    /// Calls with a message whose earlier call was aborted: work that was done again.
    pub(crate) repeated: u64,
    /// The longest time between the abort of a message's call and its next call.
    pub(crate) longest_gap: Duration,
    pub(crate) first_aborted: Option<Instant>,
    aborted_at: HashMap<String, Instant>,
}

/// A call, until it ends.
struct Call {
    application: Application,
    message: String,
    is_completed: bool,
}

impl Application {
    pub(crate) fn calls(&self) -> Calls {
        self.lock().clone()
    }

    /// The handler of a process, which lasts until it is killed.
    pub(crate) fn in_process(&self, killed: CancellationToken) -> InProcess {
        InProcess { application: self.clone(), killed }
    }

    fn begin(&self, message: &Message) -> Call {
        let mut calls = self.lock();
        calls.begun += 1;
        if let Some(at) = calls.aborted_at.remove(&*message.id) {
            calls.repeated += 1;
            calls.longest_gap = calls.longest_gap.max(at.elapsed());
        }
        Call { application: self.clone(), message: message.id.to_string(), is_completed: false }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl Handler for InProcess {
    async fn handle(&self, message: Message, _: Context) -> Verdict {
        if self.killed.is_cancelled() {
            return gone().await;
        }
        let mut call = self.application.begin(&message);
        let time = Duration::from_millis(fastrand::u64(FASTEST_MS..SLOWEST_MS));
        tokio::select! {
            biased;
            () = self.killed.cancelled() => {
                drop(call);
                return gone().await;
            }
            () = sleep(time) => {}
        }
        call.is_completed = true;
        Verdict::Done
    }
}

/// Nothing of a process that was killed runs any more.
async fn gone() -> Verdict {
    std::future::pending().await
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = self.application.lock();
        if self.is_completed {
            calls.completed += 1;
            return;
        }
        calls.aborted += 1;
        let now = Instant::now();
        calls.first_aborted.get_or_insert(now);
        calls.aborted_at.insert(std::mem::take(&mut self.message), now);
    }
}
