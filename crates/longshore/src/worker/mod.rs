//! The pipeline: poll, lease, process, settle, and the drain. Knows queues by their trait and handlers
//! by theirs.
//!
//! ```text
//! Poller: gather, wait for slots -> receive (1..10) -> Lease per message (heartbeats start)
//!   -> Processor: deadline, panic guard, handler -> Outcome
//!   -> Settler: delete | return, in batches of ten, per-entry results
//!   -> the lease is consumed; dropping one counts as abandoned
//! ```

mod backlog;
mod backoff;
mod faults;
mod fleet;
mod gather;
mod heartbeat;
mod held;
mod intake;
mod lease;
mod leases;
mod ledger;
mod outcome;
mod pause;
mod pipeline;
mod poller;
mod processor;
mod settler;
mod slots;
mod stop;

pub use fleet::{Report, Worker};
pub use ledger::Ledger;
pub use stop::Stop;
