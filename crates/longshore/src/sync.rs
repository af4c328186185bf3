//! The locks and notifications of the slots, the leases and the circuit breaker. A build with
//! `--cfg shuttle` replaces them, so that tests decide which task continues at each of them.

#[cfg(shuttle)]
pub(crate) use {
    shuttle::sync::{Mutex, MutexGuard},
    shuttle_tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit},
};
#[cfg(not(shuttle))]
pub(crate) use {
    std::sync::{Mutex, MutexGuard},
    tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit},
};
