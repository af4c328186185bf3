//! One run of a runtime process, from its start to its exit.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{SetOnce, oneshot};
use tokio_util::sync::CancellationToken;

use super::interrupt::Interrupt;
use super::invocation::{Answer, Invocation};
use super::pool::{Pool, RuntimeState};

/// What the API knows of the runtime that uses it.
#[derive(Debug)]
pub(super) struct Life {
    pool: Arc<Pool>,
    runtime: usize,
    pub(super) interrupt: Interrupt,
    /// The invocations that the runtime has, by their request ids; `None` once it has ended.
    pending: Mutex<Option<HashMap<String, oneshot::Sender<Answer>>>>,
    over: CancellationToken,
    ready: SetOnce<()>,
    has_answered: AtomicBool,
    /// What the runtime reported about its failed initialization.
    init_error: Mutex<Option<String>>,
}

impl Life {
    pub(super) fn new(pool: Arc<Pool>, runtime: usize) -> Self {
        Self {
            pool,
            runtime,
            interrupt: Interrupt::default(),
            pending: Mutex::new(Some(HashMap::new())),
            over: CancellationToken::new(),
            ready: SetOnce::new(),
            has_answered: AtomicBool::new(false),
            init_error: Mutex::default(),
        }
    }

    /// The runtime asks for an invocation. Never completes after the runtime has ended, even if a
    /// process that it left behind has the connection open. Cancel-safe: if the runtime goes away,
    /// the invocation stays for another one.
    pub(super) async fn next(&self) -> Invocation {
        if !self.over.is_cancelled() {
            self.pool.set(self.runtime, RuntimeState::Ready);
            self.ready.set(()).ok();
        }
        tokio::select! {
            biased;
            () = self.over.cancelled() => std::future::pending().await,
            invocation = self.pool.next() => invocation,
        }
    }

    /// The runtime has this invocation from now on, and answers to `answer`.
    pub(super) fn take(
        &self,
        id: &str,
        taken: &SetOnce<Interrupt>,
        answer: oneshot::Sender<Answer>,
    ) {
        taken.set(self.interrupt.clone()).ok();
        match &mut *lock(&self.pending) {
            Some(pending) => drop(pending.insert(id.to_owned(), answer)),
            None => drop(answer.send(Answer::Exited("the runtime has ended".to_owned()))),
        }
    }

    /// The runtime has answered. False if it has no such invocation.
    pub(super) fn answer(&self, id: &str, answer: Answer) -> bool {
        let sender = lock(&self.pending).as_mut().and_then(|pending| pending.remove(id));
        let Some(sender) = sender else { return false };
        self.has_answered.store(true, Relaxed);
        // Without a receiver, the call was dropped at the end of its time.
        sender.send(answer).ok();
        true
    }

    pub(super) fn init_failed(&self, why: String) {
        *lock(&self.init_error) = Some(why);
    }

    /// Waits until the runtime has asked for its first invocation. Cancel-safe.
    pub(super) async fn ready(&self) {
        self.ready.wait().await;
    }

    pub(super) fn was_ready(&self) -> bool {
        self.ready.get().is_some()
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Relaxed)
    }

    pub(super) fn init_error(&self) -> Option<String> {
        lock(&self.init_error).clone()
    }

    /// The runtime has ended, and with it its invocations.
    pub(super) fn ended(&self, why: &str) {
        self.over.cancel();
        for (_, answer) in lock(&self.pending).take().into_iter().flatten() {
            answer.send(Answer::Exited(why.to_owned())).ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
