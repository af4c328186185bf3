//! The pipeline of each queue: poll, lease, process, settle, and the drain. It knows queues and
//! handlers by their traits.
//!
//! ```text
//! poll loop: gather, reserve slots -> receive (1..10) -> a lease per message (heartbeats start)
//!   -> processor: timeout, panic guard, handler -> outcome
//!   -> settler: delete or return, in batches of ten, per-entry results
//!   -> the lease is consumed; a lease that is dropped counts as abandoned
//! ```

mod backlog;
mod backoff;
mod batches;
mod breaker;
mod buffered;
mod builder;
mod counted_sender;
mod dead_letters;
mod disposition;
mod expiry;
mod extra_poll_loop;
mod fault_log;
mod gather;
mod groups;
mod heartbeat;
mod heartbeat_schedule;
#[cfg(all(test, shuttle))]
mod interleavings;
mod invoker;
mod lease;
mod lease_table;
mod ledger;
mod metered;
mod observer;
mod payload_deletes;
mod payloads;
mod pipeline;
mod poll_loop;
mod polling;
mod processor;
mod receiver;
mod rejects;
mod routing;
mod run;
mod settle_pauses;
mod settler;
mod slots;
mod stop;
mod stop_signals;
mod undeleted;
mod work;

pub use builder::{BuildError, WorkerBuilder};
pub use counted_sender::CountedSender;
pub use ledger::Ledger;
pub use run::{Report, Worker};
pub use stop::Stop;
pub use stop_signals::StopSignals;
