//! Injected faults, so that tests can check how a consumer handles them. A rule selects the fault,
//! the action and the frequency. No fault is active by default. The same seed and the same sequence
//! of requests give the same faults.

mod active;
mod plan;
mod rule;

pub use active::Faults;
pub use rule::{Fault, Rule};

pub(crate) use plan::Plan;
