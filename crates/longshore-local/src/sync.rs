//! The locks and notifications of the live queues. A build with `--cfg shuttle` replaces them, so that
//! tests decide which task continues at each of them.

#[cfg(shuttle)]
pub(crate) use {
    shuttle::sync::atomic::{AtomicU64, AtomicUsize},
    shuttle::sync::{Mutex, MutexGuard},
    shuttle_tokio::sync::{Notify, oneshot},
};
#[cfg(not(shuttle))]
pub(crate) use {
    std::sync::atomic::{AtomicU64, AtomicUsize},
    std::sync::{Mutex, MutexGuard},
    tokio::sync::{Notify, oneshot},
};
